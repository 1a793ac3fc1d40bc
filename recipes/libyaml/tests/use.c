/* Do the events of a document come in order? */
#include <assert.h>
#include <string.h>
#include <yaml.h>

int main(void)
{
    const char *text = "- one\n- {two: [3, 4]}\n";
    yaml_parser_t parser;
    yaml_event_t event;
    int scalars = 0, type;
    assert(yaml_parser_initialize(&parser));
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    do {
        assert(yaml_parser_parse(&parser, &event));
        type = event.type;
        scalars += type == YAML_SCALAR_EVENT;
        yaml_event_delete(&event);
    } while (type != YAML_STREAM_END_EVENT);
    yaml_parser_delete(&parser);
    assert(scalars == 4);
    assert(strcmp(yaml_get_version_string(), "0.2.5") == 0);
}
