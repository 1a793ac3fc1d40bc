"""Do the files for other tools and the feed describe the packages of the channel?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from conda_emscripten.catalogue import FEED_ENTRIES, Entry, write_catalogue

ATOM = "{http://www.w3.org/2005/Atom}"
MILLISECONDS = 1_763_900_000_000


def entry(name: str, version: str, *, age: int = 0, **changed: Any) -> Entry:
    """A package; ``age`` in seconds."""
    fields: dict[str, Any] = {
        "about": {"summary": f"{name} {version}", "license": "MIT", "home": "https://example.org"},
        "run_exports": {},
        "bundle_size": 10,
    }
    return Entry(
        file=f"{name}-{version}-h_0.conda",
        record={
            "name": name,
            "version": version,
            "build": "h_0",
            "build_number": 0,
            "subdir": "noarch",
            "sha256": f"{name}{version}",
            "size": 100,
            "timestamp": MILLISECONDS - age * 1000,
            "depends": ["python"],
        },
        **{**fields, **changed},
    )


def catalogue(folder: Path, *entries: Entry) -> Path:
    (folder / "noarch").mkdir(exist_ok=True)
    write_catalogue(folder, {"noarch": entries})
    return folder


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def test_run_exports_are_those_of_the_packages(tmp_path: Path) -> None:
    exports = {"weak": ["liba >=1.0,<2.0a0"], "strong": ["abi 1.*"]}
    channel = catalogue(tmp_path, entry("liba", "1.0", run_exports=exports), entry("b", "1.0"))
    content = load(channel / "noarch" / "run_exports.json")
    assert content["info"]["subdir"] == "noarch"
    assert content["packages.conda"] == {
        "b-1.0-h_0.conda": {"run_exports": {}},
        "liba-1.0-h_0.conda": {"run_exports": exports},
    }


def test_channeldata_is_the_newest_version_s(tmp_path: Path) -> None:
    exports = {"weak": ["a"]}
    channel = catalogue(
        tmp_path, entry("a", "1.10"), entry("a", "1.9", run_exports=exports), entry("a", "1.2")
    )
    content = load(channel / "channeldata.json")
    assert content["subdirs"] == ["noarch"]
    package = content["packages"]["a"]
    assert (package["version"], package["summary"]) == ("1.10", "a 1.10")
    assert package["run_exports"] == {"1.9": exports}
    assert package["timestamp"] == MILLISECONDS // 1000
    assert package["license"] == "MIT"


def test_about_may_have_lists_and_lack_everything(tmp_path: Path) -> None:
    lists = entry("a", "1", about={"home": ["https://one", "https://two"], "summary": None})
    channel = catalogue(tmp_path, lists, entry("b", "1", about={}))
    packages = load(channel / "channeldata.json")["packages"]
    assert packages["a"]["home"] == "https://one"
    assert packages["b"]["license"] is None
    assert [one["home"] for one in load(channel / "packages.json")["packages"]] == [
        "https://one",
        "",
    ]


def test_the_feed_has_the_newest_files_first(tmp_path: Path) -> None:
    entries = [entry("p", f"1.{number}", age=number * 60) for number in range(60)]
    evil = entry("evil", "1", about={"summary": "<b>&"})
    channel = catalogue(tmp_path, *reversed(entries), evil)
    feed = ElementTree.parse(channel / "feed.atom").getroot()
    items = feed.findall(f"{ATOM}entry")
    assert len(items) == FEED_ENTRIES
    titles = [item.findtext(f"{ATOM}title") for item in items]
    assert titles[:3] == ["evil 1 (h_0)", "p 1.0 (h_0)", "p 1.1 (h_0)"]
    assert items[0].findtext(f"{ATOM}summary") == "<b>&"
    assert feed.findtext(f"{ATOM}updated") == "2025-11-23T12:13:20Z"
    identifiers = [item.findtext(f"{ATOM}id") for item in items]
    assert len(set(identifiers)) == FEED_ENTRIES
    for tag in ("id", "title", "updated"):  # RFC 4287, 4.1.1 and 4.1.2
        assert feed.find(f"{ATOM}{tag}") is not None
        assert all(item.find(f"{ATOM}{tag}") is not None for item in items)


def test_unchanged_files_keep_their_mtime(tmp_path: Path) -> None:
    channel = catalogue(tmp_path, entry("a", "1"))
    before = {path: path.stat().st_mtime_ns for path in channel.rglob("*") if path.is_file()}
    assert len(before) == 5
    catalogue(tmp_path, entry("a", "1"))
    assert {path: path.stat().st_mtime_ns for path in before} == before
