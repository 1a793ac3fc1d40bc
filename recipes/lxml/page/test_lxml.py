"""Does lxml query, transform, validate and repair documents, and locate errors?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


# A feed of the standard's own example (RFC 4287, 1.1), in another encoding.
def feed() -> Any:
    from lxml import etree

    text = """<?xml version="1.0" encoding="ISO-8859-15"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title type="text">dive into mark \u20ac</title>
  <subtitle type="html">A &lt;em&gt;lot&lt;/em&gt; of effort</subtitle>
  <updated>2005-07-31T12:29:29Z</updated>
  <id>tag:example.org,2003:3</id>
  <link rel="alternate" type="text/html" hreflang="en" href="http://example.org/"/>
  <link rel="self" type="application/atom+xml" href="http://example.org/feed.atom"/>
  <entry>
    <title>Atom draft-07 snapshot</title>
    <link rel="alternate" type="text/html" href="http://example.org/2005/04/02/atom"/>
    <link rel="enclosure" type="audio/mpeg" length="1337" href="http://example.org/audio/ph34r_my_podcast.mp3"/>
    <id>tag:example.org,2003:3.2397</id>
    <updated>2005-07-31T12:29:29Z</updated>
    <author><name>Mark Pilgrim</name></author>
    <contributor><name>Sam Ruby</name></contributor>
    <contributor><name>Joe Gregorio</name></contributor>
    <content type="xhtml" xml:lang="en">
      <div xmlns="http://www.w3.org/1999/xhtml">
        <p><i>[Update: The Atom draft is finished.]</i></p>
      </div>
    </content>
  </entry>
</feed>"""
    return etree.fromstring(text.encode("iso-8859-15"))


def test_xpath_finds_in_a_feed(evaluate: Evaluate) -> None:
    def program() -> Any:
        tree = feed()
        names = {"a": "http://www.w3.org/2005/Atom", "h": "http://www.w3.org/1999/xhtml"}
        find = lambda path: tree.xpath(path, namespaces=names)
        return [
            find("string(a:title)"),
            find("//a:name[../self::a:contributor]/text()"),
            find("sum(//a:link/@length)"),
            find("count(//a:link[@rel = 'alternate'])"),
            find("boolean(//h:p[contains(., 'draft is finished')])"),
            [link.sourceline for link in find("//a:entry/a:link")],
            find("string(//*[lang('en')]//h:i)"),
        ]

    outcome = evaluate(program)
    assert outcome == [
        "dive into mark €",
        ["Sam Ruby", "Joe Gregorio"],
        1337,
        2,
        True,
        [11, 12],
        "[Update: The Atom draft is finished.]",
    ]


def test_xslt_makes_a_page_of_a_feed(evaluate: Evaluate) -> None:
    def program() -> Any:
        from lxml import etree

        class Extension:
            def year(self, context, date):
                return date[0].text[:4]

        sheet = etree.XSLT(
            etree.XML("""
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:a="http://www.w3.org/2005/Atom" xmlns:my="urn:my" xmlns:str="http://exslt.org/strings"
  exclude-result-prefixes="a my str">
  <xsl:output method="html" indent="no"/>
  <xsl:param name="class"/>
  <xsl:key name="people" match="a:name" use="name(..)"/>
  <xsl:template match="/a:feed">
    <ul class="{$class}"><xsl:apply-templates select="a:entry"/></ul>
  </xsl:template>
  <xsl:template match="a:entry">
    <li><xsl:value-of select="a:title"/>, <xsl:value-of select="my:year(a:updated)"/>
      <xsl:for-each select="key('people', 'contributor')">
        <xsl:sort select="." order="descending"/>
        <br/><xsl:value-of select="str:tokenize(., ' ')[2]"/>
      </xsl:for-each>
    </li>
  </xsl:template>
</xsl:stylesheet>"""),
            extensions=etree.Extension(Extension(), ns="urn:my"),
        )
        return str(sheet(feed(), **{"class": etree.XSLT.strparam("posts")}))

    outcome = evaluate(program)
    assert outcome == (
        '<ul class="posts"><li>Atom draft-07 snapshot, 2005<br>Ruby<br>Gregorio</li></ul>\n'
    )


def test_html_is_repaired_and_its_form_filled(evaluate: Evaluate) -> None:
    def program() -> Any:
        from lxml import html

        page = html.fromstring(
            """<title>Shop</title><p>Nice &eacute;<b>bold<p>next
  <a href="/cart?a=1&b=2">cart</a>
  <form action=order><input name=who value=Ada>
  <select name=size><option>S<option selected>M</select>
  <input type=checkbox name=gift value=yes></form>""",
            base_url="https://example.org/shop/",
        )
        page.make_links_absolute()
        form = page.forms[0]
        form.fields["who"] = "Bob"
        form.inputs["gift"].checked = True
        return [
            [p.text_content().split() for p in page.iter("p")],
            [link[2] for link in page.iterlinks()],
            form.form_values(),
        ]

    outcome = evaluate(program)
    assert outcome == [
        [["Nice", "ébold"], ["next", "cart"]],
        ["https://example.org/cart?a=1&b=2", "https://example.org/shop/order"],
        [["who", "Bob"], ["size", "M"], ["gift", "yes"]],
    ]


def test_schemas_find_faults_and_their_lines(evaluate: Evaluate) -> None:
    def program() -> Any:
        from lxml import etree, isoschematron

        order = etree.fromstring(
            "<order>\n<item price='3'/>\n<item price='x'/>\n<total>7</total>\n</order>"
        )
        xsd = etree.XMLSchema(
            etree.XML("""
  <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
    <xs:element name="order"><xs:complexType><xs:sequence>
      <xs:element name="item" maxOccurs="unbounded"><xs:complexType>
        <xs:attribute name="price" type="xs:decimal" use="required"/>
      </xs:complexType></xs:element>
      <xs:element name="total" type="xs:decimal"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema>""")
        )
        rng = etree.RelaxNG(
            etree.XML("""
  <element name="order" xmlns="http://relaxng.org/ns/structure/1.0"
      datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
    <oneOrMore><element name="item">
      <attribute name="price"><data type="decimal"/></attribute>
    </element></oneOrMore>
    <element name="total"><data type="decimal"/></element>
  </element>""")
        )
        rules = isoschematron.Schematron(
            etree.XML("""
  <schema xmlns="http://purl.oclc.org/dsdl/schematron">
    <pattern><rule context="total">
      <assert test=". = sum(../item/@price)">The total is wrong.</assert>
    </rule></pattern>
  </schema>""")
        )
        result = [[schema.validate(order)] for schema in (xsd, rng, rules)]
        result[0] += [xsd.error_log[0].line, xsd.error_log[0].type_name]
        order[1].set("price", "4")
        result += [[schema.validate(order)] for schema in (xsd, rng, rules)]
        return result

    outcome = evaluate(program)
    assert outcome == [
        [False, 3, "SCHEMAV_CVC_DATATYPE_VALID_1_2_1"],
        [False],
        [False],
        [True],
        [True],
        [True],
    ]


def test_a_parse_error_has_its_line(evaluate: Evaluate) -> None:
    def program() -> Any:
        from lxml import etree

        try:
            etree.fromstring("<a>\n  <b>\n    <c></b>\n</a>")
        except etree.XMLSyntaxError as error:
            result = [error.lineno, error.msg.partition(",")[0]]
        recovered = etree.fromstring("<a><b>text</a>", etree.XMLParser(recover=True))
        result.append(etree.tostring(recovered).decode())
        return result

    outcome = evaluate(program)
    assert outcome == [
        3,
        "Opening and ending tag mismatch: c line 3 and b",
        "<a><b>text</b></a>",
    ]


def test_a_large_document_is_read_in_pieces(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        from lxml import etree, objectify

        buffer = io.BytesIO()
        with etree.xmlfile(buffer, encoding="utf-8") as file, file.element("log"):
            for number in range(20000):
                file.write(etree.Element("entry", number=str(number)))
        size = buffer.tell()
        buffer.seek(0)
        total = 0
        for _, entry in etree.iterparse(buffer, tag="entry"):
            total += int(entry.get("number"))
            entry.clear()
        tree = objectify.fromstring("<r><n>1</n><n>2.5</n><ok>true</ok></r>")
        return [size > 400000, total, tree.n[0] + tree.n[1], bool(tree.ok)]

    outcome = evaluate(program)
    assert outcome == [True, 199990000, 3.5, True]
