"""What does a channel tell other tools and people about its packages?

This module writes files that the loader does not need. ``<subdir>/run_exports.json`` (CEP 12) and
``channeldata.json`` are for conda-build and similar tools. ``feed.atom`` (RFC 4287), and
``index.html`` with ``packages.json``, are for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rattler import Version

from conda_emscripten.files import write_if_changed, write_json
from conda_emscripten.json_formats import PACKAGES_VERSION, PackagesJson
from conda_emscripten.project import TARGET_PLATFORM

FEED_ENTRIES = 50
_ATOM = "http://www.w3.org/2005/Atom"
#: Keys of info/about.json, as rattler-build and conda-build write it.
_ABOUT = ("description", "dev_url", "doc_url", "home", "license", "summary")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A package file with its metadata.

    Attributes:
        file: the file name.
        record: the package's record in repodata.json.
        about: the content of info/about.json.
        run_exports: the content of info/run_exports.json.
        bundle_size: the size of the bundle in bytes; None without a bundle.
    """

    file: str
    record: Mapping[str, Any]
    about: Mapping[str, Any]
    run_exports: Mapping[str, Any]
    bundle_size: int | None

    @property
    def order(self) -> tuple[Version, int, int]:
        """The sort key of a package's entries: older entries come first."""
        record = self.record
        return (Version(record["version"]), record["build_number"], record.get("timestamp", 0))


def write_catalogue(channel: Path, entries: Mapping[str, Iterable[Entry]]) -> None:
    """Write the catalogue files of a channel.

    Args:
        channel: the folder of the channel.
        entries: subdir -> its packages.

    Raises:
        OSError: a file cannot be written.
    """
    by_name: dict[str, list[Entry]] = {}
    for subdir, listed in entries.items():
        write_json(channel / subdir / "run_exports.json", run_exports(subdir, listed))
        for entry in listed:
            by_name.setdefault(entry.record["name"], []).append(entry)
    for versions in by_name.values():
        versions.sort(key=lambda entry: entry.order, reverse=True)
    write_json(channel / "channeldata.json", channeldata(by_name, sorted(entries)))
    write_json(channel / "packages.json", packages(by_name), indent=None)
    write_if_changed(channel / "feed.atom", feed(by_name))
    write_if_changed(channel / "index.html", landing_page())


def landing_page() -> bytes:
    """The page of a channel. It is one file, since a channel may be hosted without the site."""
    folder = files("conda_emscripten")
    theme = (folder / "theme.css").read_text("utf-8")
    page = (folder / "landing.html").read_text("utf-8").replace("/* theme.css */", theme)
    return page.encode()


def run_exports(subdir: str, entries: Iterable[Entry]) -> dict[str, Any]:
    """The content of ``run_exports.json`` (CEP 12), with packages that have no run exports."""
    platform, _, arch = subdir.partition("-")
    return {
        "info": {"subdir": subdir, "version": 1, "platform": platform, "arch": arch or "noarch"},
        "packages": {},
        "packages.conda": {
            entry.file: {"run_exports": dict(entry.run_exports)}
            for entry in sorted(entries, key=lambda entry: entry.file)
        },
    }


def channeldata(by_name: Mapping[str, list[Entry]], subdirs: list[str]) -> dict[str, Any]:
    """The content of ``channeldata.json`` (conda-index): each package's newest metadata."""
    return {
        "channeldata_version": 1,
        "packages": {
            name: {
                **{key: _text(versions[0].about.get(key)) for key in _ABOUT},
                "license": _license(versions[0]),
                "run_exports": {
                    entry.record["version"]: dict(entry.run_exports)
                    for entry in reversed(versions)
                    if entry.run_exports
                },
                "subdirs": sorted({entry.record["subdir"] for entry in versions}),
                "timestamp": _seconds(versions[0]),
                "version": versions[0].record["version"],
            }
            for name, versions in sorted(by_name.items())
        },
        "subdirs": subdirs,
    }


def packages(by_name: Mapping[str, list[Entry]]) -> PackagesJson:
    """The content of ``packages.json``, which the channel's page shows."""
    return {
        "version": PACKAGES_VERSION,
        "platform": TARGET_PLATFORM,
        "packages": [
            {
                "name": name,
                "summary": _text(versions[0].about.get("summary")) or "",
                "home": _text(versions[0].about.get("home")) or "",
                "license": _license(versions[0]) or "",
                "isForPages": any(entry.bundle_size is not None for entry in versions),
                "versions": [
                    {
                        "version": entry.record["version"],
                        "build": entry.record["build"],
                        "file": f"{entry.record['subdir']}/{entry.file}",
                        "size": entry.record["size"],
                        "bundleSize": entry.bundle_size,
                        "timestamp": _seconds(entry),
                        "depends": entry.record["depends"],
                    }
                    for entry in versions
                ],
            }
            for name, versions in sorted(by_name.items())
        ],
    }


def feed(by_name: Mapping[str, list[Entry]]) -> bytes:
    """The newest package files as an Atom feed; files of the same second are sorted by name."""
    entries = [entry for versions in by_name.values() for entry in versions]
    entries.sort(key=lambda entry: (-_seconds(entry), entry.file))
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")

    def add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> None:
        ElementTree.SubElement(parent, f"{{{_ATOM}}}{tag}", attributes).text = text or None

    newest = _time(_seconds(entries[0])) if entries else _time(0)
    add(root, "id", "urn:conda-emscripten:channel")
    add(root, "title", f"New packages for {TARGET_PLATFORM}")
    add(root, "updated", newest)
    add(root, "link", rel="alternate", href="./")
    author = ElementTree.SubElement(root, f"{{{_ATOM}}}author")
    add(author, "name", "conda-emscripten")
    for entry in entries[:FEED_ENTRIES]:
        record = entry.record
        item = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        # RFC 4287 requires an id that belongs to these bytes only.
        add(item, "id", f"urn:sha256:{record['sha256']}")
        add(item, "title", f"{record['name']} {record['version']} ({record['build']})")
        add(item, "updated", _time(_seconds(entry)))
        add(item, "link", rel="alternate", href=f"./#{record['name']}")
        add(item, "link", rel="enclosure", href=f"{record['subdir']}/{entry.file}")
        add(item, "summary", _text(entry.about.get("summary")) or record["name"])
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _license(entry: Entry) -> str | None:
    return _text(entry.about.get("license") or entry.record.get("license"))


def _text(value: Any) -> str | None:
    """A value of about.json as text; for a list, its first item."""
    if isinstance(value, list):
        value = value[0] if value else None
    return str(value) if value is not None else None


def _seconds(entry: Entry) -> int:
    """Build time in seconds since 1970; 0: unknown. New records have milliseconds."""
    timestamp = int(entry.record.get("timestamp", 0))
    return timestamp // 1000 if timestamp > 253_402_300_799 else timestamp


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
