"""Does the schema for editors accept this channel's recipes, and find what is wrong in others?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from conda_emscripten.commands.app import app
from conda_emscripten.lint.recipe_rules import RULES

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "reference" / "schema" / "recipe.schema.json"
RECIPES = sorted(
    [*ROOT.glob("recipes/*/recipe.yaml"), *ROOT.glob("channel/bootstrap/*/recipe.yaml")]
)

GOOD = """\
context: {version: "1.0"}
package: {name: small, version: "${{ version }}"}
source:
  - url: "https://example.org/small-${{ version }}.tar.gz"
    sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  - if: unix
    then: {path: files}
build:
  number: 0
  skip: host_platform != "emscripten-wasm32"
  script: {content: [make, make install], env: {CC: emcc}}
requirements:
  build: ["${{ compiler('c') }}", {if: unix, then: make, else: [nmake]}]
  host: [zlib >=1.3, {pin_compatible: {name: zlib, upper_bound: x.x}}]
  run_exports: {weak: [{pin_subpackage: {name: small, exact: true}}]}
tests:
  - {script: small --version, requirements: {run: [bash]}, files: {source: [tests/]}}
  - {if: unix, then: {python: {imports: [small]}}}
about: {license: MIT, summary: An example}
"""


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(FILE.read_text()))


def faults(schema: Draft202012Validator, text: str) -> list[str]:
    """The messages of all errors, also of those in alternatives."""

    def messages(errors: Any) -> Iterator[str]:
        for error in errors:
            yield error.message
            yield from messages(error.context)

    return list(messages(schema.iter_errors(yaml.safe_load(text))))


def test_the_file_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(app, ["recipe", "schema"])
    assert printed.exit_code == 0
    assert FILE.read_text() == printed.stdout, "run: conda-emscripten recipe schema > the file"


def test_every_recipe_is_valid(schema: Draft202012Validator) -> None:
    found = {file.parent.name: faults(schema, file.read_text()) for file in RECIPES}
    assert len(found) > 150
    assert {name: messages for name, messages in found.items() if messages} == {}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    sha256:", "    md5:", "'sha256' is a required property"),
        ("sha256: aaaa", "sha256: aaag", "does not match"),
        ("  number: 0\n", "", "'number' is a required property"),
        ("number: 0", "number: -1", "less than the minimum"),
        ("license: MIT, ", "", "'license' is a required property"),
        (", summary: An example", "", "'summary' is a required property"),
        ("about:", "abuot:", "'abuot' was unexpected"),
        ("zlib >=1.3", "zlib>=1.3", "should not be valid under"),
        ("[make, make install]", "{make: install}", "is not of type 'string'"),
        ("{if: unix, then: make, else: [nmake]}", "{if: unix}", "'then' is a required property"),
        ("{path: files}", "{pth: files}", "'pth' was unexpected"),
        ("upper_bound: x.x", "max_pin: x.x", "'max_pin' was unexpected"),
        ("weak: [", "week: [", "'week' was unexpected"),
        ("{imports: [small]}", "{import: [small]}", "'import' was unexpected"),
        ("source:\n", "outputs: [{}]\nsource:\n", "should not be valid under"),
        ("name: small, version", "name: Small, version", "does not match"),
    ],
)
def test_a_wrong_recipe_is_not_valid(
    old: str, new: str, message: str, schema: Draft202012Validator
) -> None:
    assert faults(schema, GOOD) == []
    assert GOOD.count(old) == 1
    assert any(message in fault for fault in faults(schema, GOOD.replace(old, new)))


def test_the_documentation_names_the_rules_of_the_schema() -> None:
    text = (ROOT / "docs" / "reference" / "lint.md").read_text()
    (names,) = re.findall(r"the rules ((?:R\d+,? )+and R\d+)", " ".join(text.split()))
    assert re.findall(r"R\d+", names) == [rule.code for rule in RULES if rule.schema]
