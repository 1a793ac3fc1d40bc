/* Is a document in another encoding read, and does XPath find what is in it? */
#include <assert.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

int main(void)
{
    const char *text = "<?xml version='1.0' encoding='ISO-8859-15'?><a><b>\xa4</b><b c='2'/></a>";
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "a.xml", NULL, 0);
    assert(document);
    xmlXPathContext *context = xmlXPathNewContext(document);
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST "count(//b) + //b/@c", context);
    assert(found && found->floatval == 4.0);
    xmlXPathFreeObject(found);
    found = xmlXPathEvalExpression(BAD_CAST "string(//b[1])", context);
    assert(found && strcmp((char *)found->stringval, "\xe2\x82\xac") == 0);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    assert(!xmlReadMemory("<a>", 3, "a.xml", NULL, XML_PARSE_NOERROR));
    xmlCleanupParser();
}
