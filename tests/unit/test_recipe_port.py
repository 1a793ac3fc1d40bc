"""Does a ported recipe say what its feedstock says for this platform?

Each folder of ``feedstocks/`` is a feedstock for a row of the table in docs/porting.md, with the
expected ``recipe.yaml``, further expected files, and the expected report.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from conda_emscripten.commands.app import run
from conda_emscripten.errors import CondaEmscriptenError, RecipeError, UsageError
from conda_emscripten.project import Project
from conda_emscripten.recipe_port.evaluate import Evaluator
from conda_emscripten.recipe_port.feedstock import open_feedstock
from conda_emscripten.recipe_port.port import Port
from conda_emscripten.recipe_port.requirements import pin, version_spec
from tests.harness.built import ROOT

FEEDSTOCKS = Path(__file__).parent / "feedstocks"
#: Packages of the channel that the feedstocks name.
RECIPES = ("click", "hdf5", "idna", "libpng", "numpy", "pytz", "six", "typing_extensions", "zlib")

RECIPE = """
package: {{name: demo, version: "1.20.3"}}
source: {{url: {url}, sha256: "{sha256}"}}
build: {{noarch: python, script: "{{{{ PYTHON }}}} -m pip install ."}}
requirements: {{host: [python, pip], run: [python]}}
test: {{imports: [demo]}}
about: {{home: https://example.org/, license: MIT, license_file: LICENSE, summary: An example}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with some of the channel's recipes, and with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    for name in RECIPES:
        shutil.copytree(ROOT / "recipes" / name, root / "recipes" / name)
    for name in ("pybind11", "cython"):
        folder = ROOT / "channel" / "bootstrap" / name
        shutil.copytree(folder, root / "channel" / "bootstrap" / name)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    return Project.find(root)


def port(project: Project, feedstock: Path | str) -> tuple[Path, list[str]]:
    """The folder of the ported recipe, and the report."""
    with open_feedstock(str(feedstock)) as opened:
        ported = Port(project, opened)
        return ported.write(), list(ported.report())


def feedstock_of(folder: Path, recipe: str, **files: str) -> Path:
    """Write a feedstock with a ``meta.yaml``."""
    for name, text in {"meta.yaml": recipe, **files}.items():
        (folder / "recipe").mkdir(parents=True, exist_ok=True)
        (folder / "recipe" / name).write_text(text)
    return folder


def recipe_of(url: str = "https://example.org/demo-1.20.3.tar.gz", sha256: str = "0" * 64) -> str:
    return RECIPE.format(url=url, sha256=sha256)


@pytest.mark.parametrize("name", sorted(each.name for each in FEEDSTOCKS.iterdir()))
def test_a_feedstock_becomes_the_expected_recipe(
    project: Project, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conda_emscripten.sources.SourceFetcher._from_url", lambda *_: None)
    folder, report = port(project, FEEDSTOCKS / name)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    made = {path.relative_to(folder).as_posix(): path.read_text() for path in files}
    made["report.txt"] = "".join(f"{line}\n" for line in report)
    expected_folder = FEEDSTOCKS / name / "expected"
    if os.environ.get("WRITE_EXPECTED"):
        for path, text in made.items():
            (expected_folder / path).parent.mkdir(parents=True, exist_ok=True)
            (expected_folder / path).write_text(text)
    files = [path for path in sorted(expected_folder.rglob("*")) if path.is_file()]
    expected = {path.relative_to(expected_folder).as_posix(): path.read_text() for path in files}
    assert made == expected


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://{host}/packages/source/D/Demo/Demo-{v}.tar.gz", "source/d/demo/Demo-{v}.tar.gz"),
        ("https://{host}/packages/source/d/de.mo/demo-{v}.zip", "source/d/de-mo/demo-{v}.zip"),
        ("http://f.{host}/packages/a1/b2/{hash}/de_mo-{v}.zip", "source/d/de-mo/de_mo-{v}.zip"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("host", ["pypi.io", "pypi.example.org"])
def test_each_form_of_an_index_url_becomes_canonical(
    project: Project, tmp_path: Path, url: str, canonical: str, host: str
) -> None:
    url = url.format(host=host, v="1.20.3", hash="c" * 60)
    folder, _ = port(project, feedstock_of(tmp_path / "feedstock", recipe_of(url)))
    expected = canonical.replace("{v}", "${{ version }}")
    assert f"url: https://pypi.io/packages/{expected}\n" in (folder / "recipe.yaml").read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% include 'secrets' %}\n", r"meta\.yaml:1: .*expression cannot be evaluated"),
        ("\n{% raise %}\n", r"meta\.yaml:2: unknown Jinja construct: .*'raise'"),
        ("\n\n{{ load_setup_py_data() }}\n", r"meta\.yaml:3: .*'load_setup_py_data' is undefined"),
        ("{{ ''.__class__.__mro__ }}\n", r"meta\.yaml:1: .*unsafe"),
        ("{{ 'x' * 10**9 }}\n", r"meta\.yaml:1: .*not allowed on large values"),
        ("{% for each in range(10**9) %}x{% endfor %}\n", r"meta\.yaml:1: .*not allowed"),
        ("a: 1  # [py == ]\n", r"meta\.yaml:1: the condition \[py == \] cannot be evaluated"),
        ("a: 1\n  b: [\n", r"meta\.yaml:2: the evaluated recipe is not YAML"),
        ("a: 1\n", r"meta\.yaml:1: the package has no name or no version"),
        ("\n", r"meta\.yaml:1: the recipe is empty"),
        ("package: {name: ../x, version: '1'}\n", r"meta\.yaml:1: '../x' is not the name"),
        (
            "package: {name: x, version: '1'}\nsource:\n  git_url: https://example.org/x.git\n",
            r"meta\.yaml:3: the source is the repository https://example\.org/x\.git",
        ),
        (
            "package: {name: x, version: '1'}\nsource:\n  url: u\n  patches: [a.patch]\n",
            r"meta\.yaml:4: the feedstock has no patch a\.patch",
        ),
        (
            "package: {name: x, version: '1'}\nbuild:\n  script: bash build-x.sh\n",
            r"the feedstock has no file build-x\.sh",
        ),
    ],
)
def test_what_cannot_be_evaluated_is_an_error_with_its_line(
    project: Project, tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(RecipeError, match=message):
        port(project, feedstock_of(tmp_path / "feedstock", text))
    assert sorted(each.name for each in project.recipes_dir.iterdir()) == sorted(RECIPES)


def test_a_recipe_that_does_not_render_leaves_no_folder(project: Project, tmp_path: Path) -> None:
    recipe = recipe_of().replace("license: MIT", "license: My own words")
    with pytest.raises(RecipeError, match="license"):
        port(project, feedstock_of(tmp_path / "feedstock", recipe))
    assert not (project.recipes_dir / "demo").exists()


def test_an_existing_recipe_stays(project: Project, tmp_path: Path) -> None:
    feedstock = feedstock_of(tmp_path / "feedstock", recipe_of().replace("demo, v", "six, v"))
    before = (project.recipes_dir / "six" / "recipe.yaml").read_text()
    with pytest.raises(UsageError, match="six exists"):
        port(project, feedstock)
    assert (project.recipes_dir / "six" / "recipe.yaml").read_text() == before


@pytest.mark.parametrize("prefix", ["a/", "", "a/python/"])
def test_a_patch_is_applied_to_the_source(project: Project, tmp_path: Path, prefix: str) -> None:
    feedstock = _patched(project, tmp_path, old="A = 1", prefix=prefix)
    folder, report = port(project, feedstock)
    assert (folder / "fix.patch").is_file()
    assert report == []


def test_a_patch_that_does_not_fit_is_an_error(project: Project, tmp_path: Path) -> None:
    feedstock = _patched(project, tmp_path, old="A = 2", prefix="a/")
    with pytest.raises(RecipeError, match=r"meta\.yaml:\d+: the patch fix\.patch does not fit"):
        port(project, feedstock)
    assert not (project.recipes_dir / "demo").exists()


def _patched(project: Project, tmp_path: Path, *, old: str, prefix: str) -> Path:
    """A feedstock with a patch of ``demo.py``, whose source is in the cache."""
    archive = tmp_path / "demo-1.20.3.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo("demo-1.20.3/demo.py")
        info.size = 6
        tar.addfile(info, io.BytesIO(b"A = 1\n"))
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    cached = project.cache_dir / "sources" / sha256 / archive.name
    cached.parent.mkdir(parents=True)
    shutil.copy(archive, cached)
    recipe = recipe_of(sha256=sha256).replace(f'"{sha256}"', f'"{sha256}", patches: [fix.patch]')
    new = prefix.replace("a", "b", 1)
    patch = f"--- {prefix}demo.py\n+++ {new}demo.py\n@@ -1 +1 @@\n-{old}\n+A = 3\n"
    return feedstock_of(tmp_path / "feedstock", recipe, **{"fix.patch": patch})


def test_a_git_repository_is_cloned_without_its_hooks_and_configuration(
    project: Project, tmp_path: Path
) -> None:
    repository = feedstock_of(tmp_path / "demo-feedstock", recipe_of())
    touched = tmp_path / "touched"
    commands = [
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "one"],
        ["config", "core.fsmonitor", f"touch {touched}"],
        ["config", "uploadpack.packObjectsHook", f"touch {touched}; exec"],
    ]
    for command in commands:
        subprocess.run(["git", *command], cwd=repository, check=True)
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {touched}\n")
    hook.chmod(0o755)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()
    for place in (str(repository), repository.as_uri()):
        folder, _ = port(project, place)
        head = (folder / "recipe.yaml").read_text().splitlines()[0]
        assert head.startswith("# Ported from ")
        assert head.endswith(f"demo-feedstock, commit {commit}.")
        shutil.rmtree(folder)
    assert not touched.exists()


def commit(repository: Path, recipe: str, **files: str) -> str:
    """Commit a feedstock; returns the commit."""
    feedstock_of(repository, recipe, **files)
    user = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for command in (["init", "-q"], ["add", "."], [*user, "commit", "-qm", "change"]):
        subprocess.run(["git", *command], cwd=repository, check=True)
    head = ["git", "rev-parse", "HEAD"]
    return subprocess.run(head, cwd=repository, check=True, capture_output=True, text=True).stdout


def update(project: Project, repository: Path) -> int:
    return run(["recipe", "port", str(repository), "--update", "--root", str(project.root)])


def test_an_update_merges_what_changed_in_the_feedstock_and_keeps_what_changed_here(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "demo-feedstock"
    commit(repository, recipe_of(), **{"build.sh": "one\n", "old.patch": "x"})
    folder, _ = port(project, repository.as_uri())
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("summary: An example", "summary: Changed here"))
    newer = recipe_of("https://example.org/demo-1.21.tar.gz", "1" * 64)
    newer = newer.replace("1.20.3", "1.21").replace("run: [python]", "run: [python, six]")
    newer = newer.replace("imports: [demo]", "imports: [demo], commands: [demo --help]")
    head = commit(repository, newer, **{"build.sh": "two\n"})
    assert update(project, repository) == 0
    text = recipe.read_text()
    origin = repository.as_uri()
    assert text.startswith(f"# Ported from {origin}, commit {head.strip()}.\n")
    assert 'version: "1.21"' in text
    assert "1" * 64 in text
    assert "- six\n" in text
    assert "summary: Changed here" in text
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == [
        "recipe/meta.yaml:6: the test `demo --help` is dropped",
        "recipes/demo/recipe.yaml changed",
    ]
    assert update(project, repository) == 0
    assert "demo: the feedstock has no changes for this recipe.\n" in capsys.readouterr().out
    assert recipe.read_text() == text


def test_an_update_that_conflicts_marks_the_lines(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "demo-feedstock"
    commit(repository, recipe_of())
    folder, _ = port(project, repository)
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("An example", "Changed here"))
    commit(repository, recipe_of().replace("An example", "Changed there"))
    assert update(project, repository) == 3
    lines = recipe.read_text().splitlines()
    number = lines.index("<<<<<<< this recipe") + 1
    assert lines[number : number + 6] == [
        "  summary: Changed here",
        "||||||| the feedstock's earlier commit",
        "  summary: An example",
        "=======",
        "  summary: Changed there",
        ">>>>>>> the feedstock",
    ]
    assert f"conflict with those here, in recipe.yaml:{number}." in capsys.readouterr().err


def test_an_update_that_does_not_render_changes_nothing(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "demo-feedstock"
    commit(repository, recipe_of())
    folder, _ = port(project, repository)
    before = (folder / "recipe.yaml").read_text()
    commit(repository, recipe_of().replace("license: MIT", "license: My own words"))
    assert update(project, repository) == 3
    assert (folder / "recipe.yaml").read_text() == before
    assert "license" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("", "demo has no recipe to update"),
        ("package: {}\n", "recipe.yaml:1: the line does not name the feedstock and its commit"),
        (f"# Ported from demo, commit {'0' * 40}.\n", f"has no commit {'0' * 40}"),
    ],
)
def test_a_recipe_without_an_earlier_commit_cannot_be_updated(
    project: Project,
    tmp_path: Path,
    first: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    commit(tmp_path / "demo-feedstock", recipe_of())
    if first:
        (project.recipes_dir / "demo").mkdir()
        (project.recipes_dir / "demo" / "recipe.yaml").write_text(first)
    assert update(project, tmp_path / "demo-feedstock") == 2
    assert message in capsys.readouterr().err
    assert update(project, feedstock_of(tmp_path / "folder", recipe_of())) == 2
    assert "is no git repository" in capsys.readouterr().err


def test_symbolic_links_out_of_the_feedstock_are_not_followed(
    project: Project, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    feedstock = feedstock_of(tmp_path / "feedstock", recipe_of())
    (feedstock / "LICENSE.txt").symlink_to(secret)
    (feedstock / "recipe" / "build.sh").symlink_to(secret)
    folder, _ = port(project, feedstock)
    assert [each.name for each in folder.iterdir()] == ["recipe.yaml"]


@pytest.mark.parametrize("place", ["missing", "file:///nowhere/at-all", "ext::sh -c 'exit 1'"])
def test_a_place_without_a_feedstock_is_an_error(
    project: Project, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"git clone failed"):
        port(project, place)
    (tmp_path / "missing").mkdir()
    with pytest.raises(CondaEmscriptenError):
        port(project, "missing")


def test_the_command_prints_the_report_and_the_findings(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feedstock = feedstock_of(
        tmp_path / "feedstock",
        recipe_of().replace("test: {", "test: {commands: [demo --help], "),
    )
    assert run(["recipe", "port", str(feedstock), "--root", str(project.root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "recipe/meta.yaml:6: the test `demo --help` is dropped"
    assert lines[-1] == "recipes/demo/recipe.yaml"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.2", "1.2.*"), ("1.2 h_1", "1.2.* h_1"), ("=1.2", "1.2.*"), ("1.2*", "1.2.*"),
     (">= 1, < 2", ">=1,<2"), ("==1.2", "==1.2"), ("* nompi_*", ""), ("", "")],
)  # fmt: skip
def test_versions_have_the_form_of_v1(text: str, expected: str) -> None:
    assert version_spec(text) == expected


def test_pins_have_the_options_of_v1() -> None:
    kept = pin("demo", "'libdemo', min_pin='x.x', max_pin=None, exact=True")
    assert kept == "${{ pin_subpackage('demo', lower_bound='x.x', upper_bound=None, exact=True) }}"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("unix and emscripten and wasm32", True),
        ("win or osx or linux or x86_64", False),
        ("build_platform != target_platform", True),
        ("py >= 313 and not py < 312", True),
        ("win and vc < 14", False),
        ("unheard_of", False),
        ("match(python, '>=3.9')", True),
        ("python is startingwith('3.13')", True),
        ("environ.get('CI', '') == 'yes'", False),
    ],
)
def test_conditions_are_those_of_this_platform(expression: str, *, expected: bool) -> None:
    evaluator = Evaluator(path="meta.yaml", variant={"py": 313, "python": "3.13"})
    assert evaluator.condition(expression, 1) is expected
