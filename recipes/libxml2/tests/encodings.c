/* Is a document read and written in encodings of libiconv, also where a character has no code? */
#include <assert.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

static void check(const char *name, const char *bytes, const char *written)
{
    char text[200];
    int length = snprintf(text, sizeof text, "<?xml version=\"1.0\" encoding=\"%s\"?>\n<a>%s</a>\n", name, bytes);
    xmlDoc *document = xmlReadMemory(text, length, "a.xml", NULL, 0);
    assert(document);
    assert(!strcmp((char *)xmlDocGetRootElement(document)->children->content, "\xe4\xb8\xad"));
    xmlNodeAddContent(xmlDocGetRootElement(document)->children, BAD_CAST "\xed\x95\x9c");
    xmlChar *out;
    xmlDocDumpMemory(document, &out, &length);
    snprintf(text, sizeof text, "<?xml version=\"1.0\" encoding=\"%s\"?>\n<a>%s%s</a>\n", name, bytes, written);
    if (strcmp((char *)out, text))
        printf("%s: %s\n", name, out);
    assert(!strcmp((char *)out, text));
    xmlFree(out);
    xmlFreeDoc(document);
}

int main(void)
{
    check("gb18030", "\xd6\xd0", "\x83\x36\x84\x33");
    check("GBK", "\xd6\xd0", "&#54620;");
    check("big5", "\xa4\xa4", "&#54620;");
    check("euc-kr", "\xf1\xe9", "\xc7\xd1");
    check("ISO-2022-JP", "\x1b$BCf\x1b(B", "&#54620;");
    check("EUC-TW", "\xc4\xe3", "&#54620;");
    const char *unknown = "<?xml version='1.0' encoding='no-such-encoding'?><a/>";
    assert(!xmlReadMemory(unknown, (int)strlen(unknown), "a.xml", NULL, XML_PARSE_NOERROR));
    xmlCleanupParser();
}
