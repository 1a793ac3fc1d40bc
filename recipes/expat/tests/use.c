/* Are elements with namespaces and an entity read piece by piece, and is an error found where it is? */
#include <assert.h>
#include <expat.h>
#include <string.h>

static char seen[200];

static void start(void *data, const char *name, const char **attributes)
{
    (void)data;
    strcat(strcat(seen, "<"), name);
    for (; *attributes; attributes += 2) {
        strcat(strcat(strcat(strcat(seen, " "), attributes[0]), "="), attributes[1]);
    }
}

static void text(void *data, const char *characters, int length)
{
    (void)data;
    strncat(seen, characters, (size_t)length);
}

int main(void)
{
    const char *document = "<?xml version='1.0' encoding='ISO-8859-1'?>\n<!DOCTYPE a [<!ENTITY e 'entity'>]>\n"
                           "<a xmlns='urn:n' b='\xe9'>&e;<c/></a>";
    XML_Parser parser = XML_ParserCreateNS(NULL, '|');
    XML_SetStartElementHandler(parser, start);
    XML_SetCharacterDataHandler(parser, text);
    for (const char *at = document; *at; at++) {
        assert(XML_Parse(parser, at, 1, at[1] == '\0') == XML_STATUS_OK);
    }
    assert(strcmp(seen, "<urn:n|a b=\xc3\xa9" "entity<urn:n|c") == 0);

    XML_ParserReset(parser, NULL);
    assert(XML_Parse(parser, "<a>\n\n  </b>", 11, 1) == XML_STATUS_ERROR);
    assert(XML_GetErrorCode(parser) == XML_ERROR_TAG_MISMATCH);
    assert(XML_GetCurrentLineNumber(parser) == 3 && XML_GetCurrentColumnNumber(parser) == 4);
    XML_ParserFree(parser);
}
