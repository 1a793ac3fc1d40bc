"""Do ``recipe outdated`` and ``recipe bump`` find newer versions, and change nothing else?"""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conda_emscripten.commands.app import run
from conda_emscripten.errors import ChannelError
from conda_emscripten.mirrors import AptFile, MirrorError
from conda_emscripten.package_states import outdated_table, packages_table
from conda_emscripten.project import Project
from conda_emscripten.recipe_bump import newest
from conda_emscripten.recipe_bump.newest import upstream_version
from tests.harness.built import ROOT
from tests.harness.sdists import FolderIndex, write_sdist

RECIPE = """\
# A comment at the top.
context:
  version: "1.0"  # and beside the version

package:
  name: demo
  version: ${{ version }}

source:
  - url: https://pypi.io/packages/source/d/demo/demo-${{ version }}.tar.gz
    sha256: SHA256   # of the sdist
    PATCHES
  - url: https://pypi.io/packages/source/d/data/data-1.0.tar.gz
    sha256: 0000000000000000000000000000000000000000000000000000000000000000
    target_directory: data

build:
  number:   3
  noarch: python
  script: "true"

requirements:
  run: [python]
"""

PATCH = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
Subject: [PATCH] Say more

A test.
---
diff --git a/demo.py b/demo.py
--- a/demo.py
+++ b/demo.py
@@ -2,7 +2,7 @@
 2
 3
 4
-say = 1
+say = 2
 5
 6
 7
"""

#: The file that the patch changes.
DEMO = "1\n2\n3\n4\nsay = 1\n5\n6\n7\n8\n"


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderIndex:
    """An index with demo 1.0, the only one in pip's configuration."""
    made = FolderIndex(tmp_path / "index")
    for key, value in made.env.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made.add("demo", {"demo.py": DEMO})
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project without recipes."""
    root = tmp_path / "project"
    (root / "recipes").mkdir(parents=True)
    (root / "channel" / "bootstrap").mkdir(parents=True)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    return root


@pytest.fixture
def recipe(root: Path) -> Path:
    """The recipe of demo 1.0, with a source that has a version of its own."""
    return write_recipe(root, RECIPE.replace("    PATCHES\n", ""))


@pytest.fixture
def patched(root: Path) -> Path:
    """The recipe of demo 1.0, with a patch."""
    file = write_recipe(root, RECIPE.replace("PATCHES", "patches: [patches/0001-more.patch]"))
    (file.parent / "patches").mkdir()
    (file.parent / "patches" / "0001-more.patch").write_text(PATCH)
    return file


def write_recipe(root: Path, text: str, name: str = "demo") -> Path:
    """Write a recipe; "SHA256" becomes a digest."""
    file = root / "recipes" / name / "recipe.yaml"
    file.parent.mkdir()
    file.write_text(text.replace("SHA256", "1" * 64))
    return file


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def bump(root: Path, *names: str) -> int:
    """The exit code of ``recipe bump``."""
    return run(["recipe", "bump", *names, "--root", str(root)])


def outdated(
    root: Path, capsys: pytest.CaptureFixture[str], *names: str
) -> dict[str, dict[str, str | None]]:
    """What ``recipe outdated --json`` says, by recipe."""
    capsys.readouterr()
    assert run(["recipe", "outdated", *names, "--json", "--root", str(root)]) == 0
    return {line["recipe"]: line for line in json.loads(capsys.readouterr().out)}


# recipe outdated


@pytest.mark.usefixtures("recipe")
def test_pre_releases_yanked_files_and_other_pythons_do_not_count(
    root: Path, index: FolderIndex, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in ("1.1", "1.2", "1.3", "2.0rc1"):
        index.add("demo", {}, version=version)
    page = tmp_path / "index" / "demo" / "index.html"
    lines = page.read_text().splitlines()
    for number, line in enumerate(lines):
        if "demo-1.2" in line:
            lines[number] = line.replace("<a ", '<a data-yanked="broken" ')
        if "demo-1.3" in line:
            lines[number] = line.replace("<a ", '<a data-requires-python="&gt;=3.14" ')
    page.write_text("\n".join(lines))
    found = outdated(root, capsys)["demo"]
    assert (found["version"], found["newest"], found["state"]) == ("1.0", "1.1", "outdated")


@pytest.mark.usefixtures("recipe")
def test_a_recipe_of_the_newest_version_is_up_to_date(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outdated(root, capsys)["demo"]["state"] == "up to date"
    assert run(["recipe", "outdated", "--root", str(root)]) == 0
    assert capsys.readouterr().out == "1 up to date\n"


def test_an_older_variant_stays_in_its_series(
    root: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    digests = """'${{ {"2.4.6": "a", "2.5.5": "b"}[version] }}'"""
    text = RECIPE.replace("    PATCHES\n", "").replace('"1.0"', "${{ demo_version }}")
    digests = digests.replace('"a"', f'"{"a" * 64}"').replace('"b"', f'"{"b" * 64}"')
    file = write_recipe(root, text.replace("SHA256", digests))
    (file.parent / "variants.yaml").write_text('demo_version: ["2.5.5", "2.4.6"]\n')
    for version in ("2.4.6", "2.4.7", "2.5.5", "3.0"):
        index.add("demo", {}, version=version)
    found = outdated(root, capsys)
    assert found["demo=2.4.6"]["newest"] == "2.4.7"
    assert found["demo=2.4.6"]["note"] == "series 2.4"
    assert found["demo=2.5.5"]["newest"] == "3.0"
    before = file.read_text()
    assert bump(root, "demo") == 3
    error = capsys.readouterr().err
    assert "builds the versions 2.5.5, 2.4.6 of variants.yaml" in " ".join(error.split())
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("debian", "upstream"),
    [
        ("2.12.7+dfsg+really2.9.14-2.1+deb13u1", "2.9.14"),
        ("1:1.3.dfsg+really1.3.1-1+b1", "1.3.1"),
        ("1.21.5+ds-1", "1.21.5"),
        ("1.14.5+repack-3", "1.14.5"),
        ("3.5.7-1~deb13u1", "3.5.7"),
        ("20240727.1", "20240727.1"),
    ],
)
def test_upstreams_version_is_read_from_debians(debian: str, upstream: str) -> None:
    assert upstream_version(debian) == upstream


def debian_recipe(root: Path) -> Path:
    """A recipe whose source Debian's archive has, too."""
    text = RECIPE.replace("    PATCHES\n", "").replace(
        "https://pypi.io/packages/source/d/demo/", "https://demo.invalid/"
    )
    (root / "channel" / "mirrors.yaml").write_text(
        "https://demo.invalid/demo-1.0.tar.gz:\n"
        "  apt-source: {suite: trixie, package: demo, file: demo_1.0+ds.orig.tar.xz}\n"
    )
    return write_recipe(root, text)


def test_a_source_in_debian_is_bound_by_the_mirror(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    debian_recipe(root)
    versions = ["1.0+ds-2"]

    def apt_versions(wanted: AptFile, _state: Path) -> list[str]:
        assert (wanted.suite, wanted.package) == ("trixie", "demo")
        return versions

    monkeypatch.setattr(newest, "apt_versions", apt_versions)
    found = outdated(root, capsys)["demo"]
    assert (found["state"], found["note"]) == ("bound by mirror", "trixie: demo")
    versions.append("1.1+ds-1~deb13u1")
    assert outdated(root, capsys)["demo"]["newest"] == "1.1"


def test_without_apt_a_source_in_debian_is_unknown(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    debian_recipe(root)

    def apt_versions(_wanted: AptFile, _state: Path) -> list[str]:
        raise MirrorError("apt-get is not installed on this machine.")

    monkeypatch.setattr(newest, "apt_versions", apt_versions)
    found = outdated(root, capsys)["demo"]
    assert found["state"] == "unknown"
    assert found["note"] == "apt-get is not installed on this machine."


# recipe bump


def test_version_sha256_and_build_number_change_and_nothing_else(
    root: Path, patched: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    # The patch applies to other lines of the new version.
    sdist = index.add("demo", {"demo.py": "import this\n\n" + DEMO}, version="1.10")
    before = patched.read_text()
    assert bump(root, "demo") == 0
    expected = before.replace('version: "1.0"', 'version: "1.10"').replace("1" * 64, sha256(sdist))
    assert patched.read_text() == expected.replace("number:   3", "number:   0")
    out = capsys.readouterr().out
    assert out.splitlines()[-2:] == [
        "demo: 1.0 -> 1.10",
        "demo: data-1.0.tar.gz is as before: its URL does not contain the version",
    ]


def test_a_named_version_may_be_older(root: Path, recipe: Path, index: FolderIndex) -> None:
    index.add("demo", {}, version="0.9")
    assert bump(root, "demo=0.9") == 0
    assert 'version: "0.9"' in recipe.read_text()


def test_a_patch_that_does_not_apply_is_named(
    root: Path, patched: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add("demo", {"demo.py": DEMO.replace("1", "3")}, version="1.1")
    before = patched.read_text()
    assert bump(root, "demo") == 3
    error = " ".join(capsys.readouterr().err.split())
    assert "patches/0001-more.patch does not apply to demo-1.1.tar.gz: patch failed" in error
    assert patched.read_text() == before


def test_bytes_without_the_index_sha256_are_refused(
    root: Path, recipe: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    sdist = index.add("demo", {"demo.py": ""}, version="1.1")
    write_sdist(sdist, {"demo.py": "import os"})
    before = recipe.read_text()
    assert bump(root, "demo") == 4
    assert f"sha256 is {sha256(sdist)}" in capsys.readouterr().err
    assert recipe.read_text() == before


def test_one_recipe_without_newer_version_does_not_stop_the_next(
    root: Path, recipe: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add("other", {}, version="1.1")
    text = recipe.read_text().replace("/d/demo/demo-", "/o/other/other-")
    other = write_recipe(root, text.replace("name: demo", "name: other"), "other")
    assert bump(root, "demo", "other") == 2
    printed = capsys.readouterr()
    assert "demo 1.0 has no newer version: up to date." in " ".join(printed.err.split())
    assert "other: 1.0 -> 1.1" in printed.out
    assert 'version: "1.1"' in other.read_text()


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("dmeo", 2, "There is no recipe 'dmeo'"),
        ("demo=9.9", 2, "demo has no release '==9.9' for Python 3.13"),
        ("demo=new", 2, "'new' is not a version"),
        ("demo=1.0", 2, "demo 1.0 has no newer version"),
    ],
)
def test_a_wrong_name_or_version_is_one_error(
    root: Path, recipe: Path, capsys: pytest.CaptureFixture[str], name: str, code: int, message: str
) -> None:
    before = recipe.read_text()
    assert bump(root, name) == code
    error = capsys.readouterr().err
    assert message in " ".join(error.split())
    assert error.count("error: ") == error.count("help: ") == 1
    assert recipe.read_text() == before


@pytest.mark.usefixtures("recipe")
def test_without_network_the_error_names_the_index(
    root: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    for command in ("outdated", "bump"):
        assert run(["recipe", command, "demo", "--root", str(root)]) == 4
        error = capsys.readouterr().err
        assert error.startswith("error: The package index cannot be read: ")
        assert "http://127.0.0.1:1/simple" in error


def test_a_version_that_is_no_literal_of_the_context_is_changed_by_hand(
    root: Path, recipe: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add("demo", {}, version="1.1")
    recipe.write_text(recipe.read_text().replace('"1.0"', '${{ "1" ~ ".0" }}'))
    before = recipe.read_text()
    assert bump(root, "demo") == 3
    assert "'context' has no line 'version: \"1.0\"'" in " ".join(capsys.readouterr().err.split())
    assert recipe.read_text() == before


def compare(root: Path, *arguments: str) -> int:
    """The exit code of ``recipe outdated``."""
    return run(["recipe", "outdated", *arguments, "--root", str(root)])


@pytest.mark.usefixtures("recipe")
def test_a_requirement_of_another_recipe_is_an_obstacle(
    root: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add("demo", {"demo.py": DEMO}, version="2.0")
    text = RECIPE.replace("    PATCHES\n", "").replace("name: demo", "name: user")
    write_recipe(root, text.replace("run: [python]", "run: ['demo >=1']"), "user")
    assert compare(root, "--why", "demo") == 0
    assert "1.0 -> 2.0  outdated (not tried; no known obstacle)" in capsys.readouterr().out
    file = root / "recipes" / "user" / "recipe.yaml"
    file.write_text(file.read_text().replace("demo >=1", "demo >=1,<2"))
    assert compare(root, "--why", "demo") == 0
    assert "1.0 -> 2.0  outdated (user requires demo >=1,<2)" in capsys.readouterr().out


def test_a_patch_that_does_not_apply_is_an_obstacle(
    root: Path, patched: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    before = patched.read_text()
    index.add("demo", {"demo.py": DEMO.replace("say = 1", "say = 3")}, version="2.0")
    assert compare(root, "--why", "demo") == 0
    note = "(patches/0001-more.patch does not apply to demo-2.0.tar.gz: patch failed: demo.py:2)"
    assert note in capsys.readouterr().out
    assert patched.read_text() == before


@pytest.mark.usefixtures("recipe")
def test_saved_versions_and_counts_are_tables_of_the_documentation(
    root: Path, index: FolderIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    index.add("demo", {"demo.py": DEMO}, version="2.0")
    assert compare(root, "--save", "demo") == 2
    assert "--save is for all recipes" in capsys.readouterr().err
    assert compare(root, "--save") == 0
    (root / "recipes" / "results.json").write_text(
        '{"demo": {"version": "0.9", "passed": 1200, "skipped": 1}}'
    )
    project = Project.find(root)
    table = outdated_table(project)
    assert "\n| demo | 1.0 | 2.0 | not tried; no known obstacle |\n" in table
    assert str(datetime.now(UTC).date()) in table
    line = "| demo | 1.0 | failed | 1,200 passed, 1 skipped (of 0.9) | 2.0 |"
    assert line in packages_table(project).splitlines()
    (root / "recipes" / "outdated.json").write_text('{"recipes": [1]}')
    with pytest.raises(ChannelError, match=r"outdated\.json is damaged") as caught:
        outdated_table(project)
    assert caught.value.help.endswith("recipe outdated --save")
