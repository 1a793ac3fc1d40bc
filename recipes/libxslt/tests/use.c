/* Does a style sheet transform a document, with a function of EXSLT? */
#include <assert.h>
#include <libexslt/exslt.h>
#include <libxml/parser.h>
#include <libxslt/transform.h>
#include <libxslt/xsltutils.h>
#include <string.h>

static xmlDoc *read_text(const char *text)
{
    return xmlReadMemory(text, (int)strlen(text), "a.xml", NULL, 0);
}

int main(void)
{
    exsltRegisterAll();
    xsltStylesheet *sheet = xsltParseStylesheetDoc(read_text(
        "<s:stylesheet version='1.0' xmlns:s='http://www.w3.org/1999/XSL/Transform'"
        " xmlns:math='http://exslt.org/math'><s:output method='text'/>"
        "<s:template match='/'><s:value-of select='math:max(//n)'/></s:template></s:stylesheet>"));
    assert(sheet);
    xmlDoc *document = read_text("<a><n>3</n><n>17</n><n>5</n></a>");
    xmlDoc *result = xsltApplyStylesheet(sheet, document, NULL);
    xmlChar *text;
    int length;
    assert(xsltSaveResultToString(&text, &length, result, sheet) == 0);
    assert(strcmp((char *)text, "17") == 0);
}
