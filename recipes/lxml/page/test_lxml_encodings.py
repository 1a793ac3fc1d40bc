"""Does lxml read and write the encodings of GNU libiconv as its wheels for Linux do?

``encodings.json`` has the encodings of GNU libiconv 1.18. Each has a text, and the bytes that lxml
6.1.3's wheel writes for an element with this text, or null if the encoding has no letters of XML.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.harness.programs import Evaluate

ENCODINGS = json.loads(Path(__file__).with_name("encodings.json").read_text(encoding="utf-8"))

#: The wheel does not read these declarations either: the name has a colon, or the declaration
#: itself is not in ASCII.
NOT_DECLARED = {
    "ARMSCII-8",
    "BIG5-HKSCS:1999",
    "BIG5-HKSCS:2001",
    "BIG5-HKSCS:2004",
    "GB18030:2022",
    "ISO-IR-165",
    "UTF-7",
}
#: Our libxml2, 2.9, does not read this declaration, which the newer one in the wheel reads.
NOT_DECLARED_IN_2_9 = "UCS-2-SWAPPED"


def test_documents_are_written_and_read_in_all_encodings(evaluate: Evaluate) -> None:
    def program(encodings: list[list[str]]) -> Any:
        from lxml import etree

        results = []
        for name, text, _ in encodings:
            root = etree.Element("a")
            root.text = text
            try:
                written = etree.tostring(root, encoding=name, xml_declaration=False).hex()
            except etree.SerialisationError:
                results.append([name, None, False])
                continue
            try:
                document = etree.tostring(root, encoding=name, xml_declaration=True)
                read = etree.fromstring(document).text == text
            except etree.XMLSyntaxError:
                read = False
            results.append([name, written, read])
        return results

    outcome = evaluate(program, ENCODINGS)
    assert outcome == [
        [name, written, written is not None and name not in {*NOT_DECLARED, NOT_DECLARED_IN_2_9}]
        for name, _, written in ENCODINGS
    ]


def test_a_parser_with_the_encoding_needs_no_declaration(evaluate: Evaluate) -> None:
    def program(name: str) -> Any:
        from lxml import etree

        root = etree.Element("a")
        root.text = "\u00e9\u4e2d"
        document = etree.tostring(root, encoding=name)
        return etree.fromstring(document, etree.XMLParser(encoding=name)).text == root.text

    assert evaluate(program, NOT_DECLARED_IN_2_9) is True


def test_a_character_without_a_code_is_a_reference(evaluate: Evaluate) -> None:
    def program() -> Any:
        from lxml import etree

        root = etree.Element("a")
        root.text = "\u4e2d\ud55c\u0e01\U00012345"
        names = ["euc-kr", "big5", "gbk", "shift_jis", "iso-8859-15", "tis-620", "gb18030"]
        return [etree.tostring(root, encoding=name, xml_declaration=False).hex() for name in names]

    outcome = evaluate(program)
    hangul, thai, cuneiform = (b"&#%d;" % code for code in (0xD55C, 0xE01, 0x12345))
    contents = [
        b"\xf1\xe9\xc7\xd1" + thai + cuneiform,
        b"\xa4\xa4" + hangul + thai + cuneiform,
        b"\xd6\xd0" + hangul + thai + cuneiform,
        b"\x92\x86" + hangul + thai + cuneiform,
        b"&#20013;" + hangul + thai + cuneiform,
        b"&#20013;" + hangul + b"\xa1" + cuneiform,
        "\u4e2d\ud55c\u0e01\U00012345".encode("gb18030"),
    ]
    assert outcome == [(b"<a>" + content + b"</a>").hex() for content in contents]


def test_every_parser_reads_the_encodings(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io
        import pathlib
        import shutil
        import tempfile

        from lxml import etree, html

        def document(name: str, body: str) -> bytes:
            return f'<?xml version="1.0" encoding="{name}"?>{body}'.encode(name)

        results = {}
        page = '<html><head><meta charset="gb18030"></head><body><p>\u4e2d\u6587</p></body></html>'
        results["meta"] = html.fromstring(page.encode("gb18030")).findtext(".//p")
        forced = html.HTMLParser(encoding="euc-kr")
        results["forced"] = html.fromstring("<p>\ud55c</p>".encode("euc-kr"), parser=forced).text
        long = document("big5", "<a>" + "<b>\u4e2d\u6587</b>" * 20000 + "</a>")
        events = etree.iterparse(io.BytesIO(long), tag="b")
        results["iterparse"] = {element.text for _, element in events} == {"\u4e2d\u6587"}
        feed = etree.XMLParser()
        for byte in document("gbk", "<a>\u4e2d\u6587</a>"):  # also half a character at a time
            feed.feed(bytes([byte]))
        results["feed"] = feed.close().text
        sheet = etree.XML(
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
            '<xsl:output encoding="euc-kr"/>'
            '<xsl:template match="/"><b><xsl:value-of select="."/></b></xsl:template>'
            "</xsl:stylesheet>"
        )
        result = etree.XSLT(sheet)(etree.fromstring(document("big5", "<a>\u4e2d\u6f22</a>")))
        results["xslt"] = bytes(result).decode("euc-kr")
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "included.xml").write_bytes(document("gb2312", "<b>\u4e2d</b>"))
        including = (
            '<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="included.xml"/></a>'
        )
        (folder / "including.xml").write_bytes(document("euc-kr", including))
        tree = etree.parse(folder / "including.xml")
        tree.xinclude()
        results["xinclude"] = tree.findtext("b")
        shutil.rmtree(folder)
        results["docinfo"] = etree.ElementTree(
            etree.fromstring(document("big5", "<a/>"))
        ).docinfo.encoding
        return results

    outcome = evaluate(program)
    assert outcome == {
        "meta": "中文",
        "forced": "한",
        "iterparse": True,
        "feed": "中文",
        "xslt": '<?xml version="1.0" encoding="euc-kr"?>\n<b>中漢</b>\n',
        "xinclude": "中",
        "docinfo": "big5",
    }


def test_wrong_bytes_and_unknown_encodings_are_errors(evaluate: Evaluate) -> None:
    def program() -> Any:
        from lxml import etree

        results = []
        for name, body in [
            ("no-such-encoding", b"x"),
            ("euc-kr", b"\xff\xff"),
            ("gb18030", b"\x81\x30\x20\x20"),
            ("big5", b"\xa4<"),
            ("shift_jis", b"\x81\x30"),
        ]:
            try:
                etree.fromstring(
                    b'<?xml version="1.0" encoding="%s"?><a>%s</a>' % (name.encode(), body)
                )
                results.append(name)
            except etree.XMLSyntaxError as error:
                results.append(error.msg.split(":")[0].split(",")[0].lower())
        try:
            etree.tostring(etree.Element("a"), encoding="no-such-encoding")
        except LookupError as error:
            results.append(str(error))
        return results

    outcome = evaluate(program)
    assert outcome[0].startswith("unsupported encoding")
    assert "ok" not in outcome
    assert not {"euc-kr", "gb18030", "big5", "shift_jis"} & set(outcome)
    assert "no-such-encoding" in outcome[-1]
