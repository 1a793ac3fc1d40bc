"""Do the JSON files of a channel conform to their schemas and to the declared types?"""

from __future__ import annotations

import dataclasses
import json
import typing
from pathlib import Path
from typing import Any

import msgpack
import pytest
import zstandard
from jsonschema import Draft202012Validator

from conda_emscripten import json_formats, report
from tests.harness.built import ROOT
from tests.harness.channels import index
from tests.harness.packages import write_package

SCHEMAS = ROOT / "docs" / "reference" / "schema"


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    return content


def validate(name: str, content: Any) -> None:
    Draft202012Validator(schema(name)).validate(content)


def objects(name: str) -> dict[str, dict[str, Any]]:
    """The objects that a schema describes, by name: the file's object and the nested objects."""
    whole = schema(name)
    definitions: dict[str, dict[str, Any]] = whole.get("$defs", {})
    found = {key: each for key, each in definitions.items() if "properties" in each}
    return {whole["title"]: whole, **found} if "properties" in whole else found


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A channel in which every key of every file occurs."""
    folder = tmp_path_factory.mktemp("channel")
    metadata = b"Name: six\nVersion: 1.0\nRequires-Dist: pytest; extra == 'test'\n"
    files = {"site-packages/six.py": b"", "site-packages/six-1.0.dist-info/METADATA": metadata}
    write_package(folder, "python", "1.0", subdir="emscripten-wasm32")
    write_package(folder, "six", "1.0", files, entry_points=["six = six:main"])
    write_package(folder, "headers", "2.0", {"include/a.h": b""})
    index(folder)
    return folder


@pytest.mark.parametrize("name", sorted(path.name for path in SCHEMAS.iterdir()))
def test_every_schema_is_strict_and_describes_each_property(name: str) -> None:
    content = json.loads((SCHEMAS / name).read_text())
    Draft202012Validator.check_schema(content)
    for described in objects(name.removesuffix(".schema.json")).values():
        assert described["additionalProperties"] is False
        assert all(field["description"] for field in described["properties"].values())


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("emscripten-wasm32/bundles.json", "bundles"),
        ("noarch/bundles.json", "bundles"),
        ("imports.json", "imports"),
        ("lock.json", "lock"),
        ("default-lock.json", "lock"),
        ("packages.json", "packages"),
        ("snapshots.json", "snapshots"),
    ],
)
def test_a_file_of_a_channel_fits_its_schema(channel: Path, file: str, name: str) -> None:
    content = json.loads((channel / file).read_text())
    validate(name, content)
    extended = {**content, "more": 1}
    assert not Draft202012Validator(schema(name)).is_valid(extended)


def test_the_bundles_in_a_shard_fit_their_schema(channel: Path) -> None:
    def hexadecimal(value: Any) -> Any:
        return value.hex() if isinstance(value, bytes) else value

    names: set[str | None] = set()
    for path in (channel / "noarch" / "shards").iterdir():
        shard = msgpack.unpackb(zstandard.ZstdDecompressor().decompress(path.read_bytes()))
        bundles = {
            file: {key: hexadecimal(value) for key, value in bundle.items()}
            for file, bundle in shard["bundles"].items()
        }
        validate("shard-bundles", bundles)
        names.update(bundle["bundle"] for bundle in bundles.values())
    assert names == {"six-1.0-h_0.lz4b", None}


def test_a_report_fits_its_schema(tmp_path: Path) -> None:
    package = report.PackageSize(name="a", version="1", size=10, bundle_size=0)
    row = report.Row(
        recipe="a",
        version="1",
        state="out of date",
        seconds=1.5,
        size=10,
        bundle_size=0,
        side_modules=1,
        tests={"passed": 3},
        error="",
        packages=[package],
    )
    report.write_report(tmp_path, [row])
    validate("channel-report", json.loads((tmp_path / "channel-report.json").read_text()))


@pytest.mark.parametrize(
    "name", ["bundles", "shard-bundles", "imports", "lock", "packages", "snapshots"]
)
def test_the_types_have_the_keys_of_the_schema(name: str) -> None:
    described = objects(name)
    assert described
    for title, content in described.items():
        hints = typing.get_type_hints(getattr(json_formats, title), include_extras=True)
        required = {
            key for key, hint in hints.items() if typing.get_origin(hint) is not typing.NotRequired
        }
        assert set(hints) == set(content["properties"]), title
        assert required == set(content["required"]), title


def test_the_rows_of_a_report_have_the_keys_of_the_schema() -> None:
    for title, content in objects("channel-report").items():
        fields = {field.name for field in dataclasses.fields(getattr(report, title))}
        assert fields == set(content["properties"]) == set(content["required"]), title
    states = objects("channel-report")["Row"]["properties"]["state"]["enum"]
    assert set(states) == set(typing.get_args(report.State))


def test_every_version_is_that_of_its_schema() -> None:
    described = {
        name: schema(name)["properties"]["version"]
        for name in ("bundles", "lock", "imports", "packages", "snapshots")
    }
    # Readers accept older versions, too.
    versions = {
        name: version["const"] if "const" in version else max(version["enum"])
        for name, version in described.items()
    }
    assert versions == {
        "bundles": json_formats.BUNDLES_VERSION,
        "lock": json_formats.LOCK_VERSION,
        "imports": json_formats.IMPORTS_VERSION,
        "packages": json_formats.PACKAGES_VERSION,
        "snapshots": json_formats.SNAPSHOTS_VERSION,
    }
