"""Do paths, ini files, captured output and XML work?"""

import py
import py.xml


def test_paths(tmp_path):
    folder = py.path.local(tmp_path)
    folder.join("a", "b.txt").write("text", ensure=True)
    assert folder.join("a", "b.txt").read() == "text"
    assert [p.basename for p in folder.visit("*.txt")] == ["b.txt"]
    assert folder.join("a").relto(folder) == "a"
    folder.join("a").remove()
    assert folder.listdir() == []


def test_an_ini_file(tmp_path):
    ini = tmp_path / "some.ini"
    ini.write_text("[part]\nkey = value\n")
    assert py.iniconfig.IniConfig(str(ini))["part"]["key"] == "value"


def test_captured_output():
    _, out, _ = py.io.StdCapture.call(print, "hello")
    assert out == "hello\n"


def test_xml_is_escaped():
    assert str(py.xml.html.p("a < b")) == "<p>a &lt; b</p>"
