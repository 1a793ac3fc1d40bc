"""Is an exported feedstock one that conda-smithy renders, with the packages of its recipe?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
import yaml
from rattler_build import VariantConfig

from conda_emscripten.errors import CondaEmscriptenError, RecipeError, UsageError
from conda_emscripten.feedstock_export import (
    FeedstockExport,
    forge_config,
    with_conda_forge_rules,
)
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.recipe import Output, render
from conda_emscripten.recipes import RecipeSet

ROOT = Path(__file__).resolve().parents[2]
CHANNEL = "https://channel.example.org"

_PLATFORM = {
    "enum": ["emscripten_wasm32", "linux_64", "linux_aarch64", "osx_64", "osx_arm64", "win_64"]
}
_PROVIDER = {"enum": ["azure", "github_actions", "default", "emulated", "native", None]}
#: The keys that an export writes, as conda-smithy 2026.8 and conda-forge's documentation have them.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "conda_build_tool": {"enum": ["conda-build", "mambabuild", "rattler-build"]},
        "conda_install_tool": {"enum": ["conda", "mamba", "micromamba", "pixi"]},
        "build_platform": {"propertyNames": _PLATFORM, "additionalProperties": _PLATFORM},
        "provider": {"propertyNames": _PLATFORM, "additionalProperties": _PROVIDER},
        "noarch_platforms": {"type": "array", "items": _PLATFORM},
        "test": {"enum": ["all", "native", "native_and_emulated", None]},
        "workflow_settings": {
            "additionalProperties": False,
            "properties": {"build_workspace_dir": {"type": "string"}},
        },
        "github_actions": {
            "additionalProperties": False,
            "properties": {"upload_packages": {"type": "boolean"}},
        },
    },
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.find(ROOT, tmp_path_factory.mktemp("feedstocks") / "build")


def export(
    project: Project, name: str, folder: Path, *, channel: str = CHANNEL, maintainer: str = "me"
) -> Path:
    FeedstockExport(
        project=project, name=name, channel=channel, maintainers=[maintainer] if maintainer else []
    ).write(folder)
    return folder


def small_project(folder: Path, recipe: str) -> Project:
    """A project with the recipe ``small`` alone."""
    file = folder / "recipes" / "small" / "recipe.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        f"package: {{name: small, version: '1'}}\nbuild: {{number: 0, script: 'true'}}\n{recipe}"
    )
    shutil.copy(ROOT / "conda_build_config.yaml", folder)
    return Project.find(folder)


@pytest.fixture(params=["documentation", "conda-smithy"])
def schema(request: pytest.FixtureRequest) -> jsonschema.Draft202012Validator:
    """The schema of conda-forge.yml: the part above, and the whole one if it is installed."""
    if request.param == "documentation":
        return jsonschema.Draft202012Validator(SCHEMA)
    if (smithy := find_spec("conda_smithy")) is None or smithy.origin is None:
        pytest.skip("conda-smithy is not in this Python (it comes with conda: environment.yml)")
    text = Path(smithy.origin).with_name("data").joinpath("conda-forge.json").read_text()
    return jsonschema.Draft202012Validator(json.loads(text))


def test_the_configuration_has_the_form_of_the_schema(
    schema: jsonschema.Draft202012Validator, project: Project, tmp_path: Path
) -> None:
    written = yaml.safe_load(
        (export(project, "six", tmp_path / "x") / "conda-forge.yml").read_text()
    )
    assert written == forge_config()
    assert [error.message for error in schema.iter_errors(written)] == []
    for wrong in ({"test": "some"}, {"noarch_platforms": ["wasm"]}, {"nothing": 1}):
        assert list(schema.iter_errors({**written, **wrong})) != []


def test_every_recipe_exports_and_renders_to_the_same_packages(
    project: Project, tmp_path: Path
) -> None:
    recipes, exported = RecipeSet(project), 0
    for name in recipes.names():
        outputs = recipes.select(name, everything=True)
        if "path: ../" in (outputs[0].folder / "recipe.yaml").read_text():
            with pytest.raises(RecipeError, match="outside its folder"):
                export(project, name, tmp_path / name)
            continue
        folder, exported = export(project, name, tmp_path / name), exported + 1
        file = folder / "recipe" / "recipe.yaml"
        rendered = render(file, TARGET_PLATFORM, VariantConfig())
        assert [each.key for each in rendered] == [each.key for each in outputs], name
        for before, after in zip(outputs, rendered, strict=True):
            assert added(before, after) <= {"emscripten_emscripten-wasm32", "python"}, name
    assert exported > 100


def added(before: Output, after: Output) -> set[str]:
    """Names of the requirements that the export added or changed."""
    return {
        name
        for section in ("build", "host", "run", "test")
        for name, specs in after.requirements(section).items()
        if before.requirements(section).get(name) != specs
    }


def test_a_feedstock_has_the_recipes_files_and_no_page_tests(
    project: Project, tmp_path: Path
) -> None:
    folder = export(project, "numpy", tmp_path / "numpy-feedstock")
    assert (folder / "recipe" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    own = ROOT / "recipes" / "numpy"
    for name in ("patches", "tests"):
        files = [path.name for path in (folder / "recipe" / name).iterdir()]
        assert sorted(files) == sorted(path.name for path in (own / name).iterdir())
    assert not (folder / "recipe" / "page").exists()
    variants = yaml.safe_load((folder / "recipe" / "variants.yaml").read_text())
    assert variants["channel_sources"] == [f"{CHANNEL},conda-forge"]
    assert variants["numpy_version"] and variants["c_compiler"] == ["emscripten"]


def test_requirements_get_what_the_linter_asks_for_and_comments_stay() -> None:
    text = """\
build:
  noarch: python
requirements: # all
  build:
    - ${{ compiler('c') }} # the compiler
    - make
  run: [python, six]
"""
    assert (
        with_conda_forge_rules(text)
        == """\
build:
  noarch: python
requirements: # all
  build:
    - ${{ compiler('c') }}
    - ${{ stdlib('c') }} # the compiler
    - make
  run: ["python >=${{ python_min }}", six]
"""
    )
    assert with_conda_forge_rules(with_conda_forge_rules(text)) == with_conda_forge_rules(text)


def test_maintainers_are_those_of_the_recipe_or_of_the_option(tmp_path: Path) -> None:
    named = "extra:\n  recipe-maintainers: [somebody]\n"
    folder = export(small_project(tmp_path / "a", named), "small", tmp_path / "1", maintainer="")
    assert (folder / "recipe" / "recipe.yaml").read_text().endswith(named)
    other = small_project(tmp_path / "b", "extra:\n  note: text\n")
    text = (export(other, "small", tmp_path / "2") / "recipe" / "recipe.yaml").read_text()
    assert yaml.safe_load(text)["extra"] == {"recipe-maintainers": ["me"], "note": "text"}


@pytest.mark.parametrize(
    ("recipe", "arguments", "message"),
    [
        ("", {"maintainer": ""}, "names no maintainers"),
        ("", {"maintainer": "me and you"}, "'me and you' is not a name on GitHub"),
        ("", {"channel": "a,b"}, "'a,b' is not the address of a channel"),
        ("extra: {recipe-maintainers: [somebody]}", {}, "names its maintainers: somebody"),
        ("source: {path: ../../other}", {}, "outside its folder"),
        ("requirements: [", {}, "recipe.yaml: parse error"),
    ],
)
def test_an_error_leaves_no_folder(
    recipe: str, arguments: dict[str, str], message: str, tmp_path: Path
) -> None:
    project = small_project(tmp_path / "project", recipe)
    (tmp_path / "other").mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(CondaEmscriptenError, match=message):
        export(project, "small", tmp_path / "feedstock", **arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_folder_with_files_stays(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(UsageError, match="is not an empty folder"):
            export(project, "six", folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("name", ["six", "regex", "libxml2", "numpy"])
def test_conda_smithy_renders_and_lints_a_feedstock(
    name: str, project: Project, tmp_path: Path
) -> None:
    if find_spec("conda_smithy") is None or shutil.which("rattler-build") is None:
        pytest.skip("conda-smithy is not in this Python (it comes with conda: environment.yml)")
    folder = export(project, name, tmp_path / f"{name}-feedstock")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    smithy = [sys.executable, "-m", "conda_emscripten.smithy"]
    variants = ("--exclusive-config-file", "recipe/variants.yaml")
    for arguments in (["rerender", "--no-check-uptodate", *variants], ["recipe-lint", "recipe"]):
        done = subprocess.run(
            [*smithy, *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    jobs = yaml.safe_load((folder / ".github" / "workflows" / "conda-build.yml").read_text())
    names = {job["CONFIG"] for job in jobs["jobs"]["build"]["strategy"]["matrix"]["include"]}
    assert names and all(job.startswith("emscripten_wasm32_") for job in names)


def test_without_conda_smithy_the_corrected_command_says_what_to_install() -> None:
    if find_spec("conda_smithy") is not None:
        pytest.skip("conda-smithy is in this Python")
    done = subprocess.run(
        [sys.executable, "-m", "conda_emscripten.smithy", "rerender"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    error, help = done.stderr.splitlines()
    assert done.returncode == 1
    assert error.startswith("error: conda-smithy is not installed in ")
    assert help.startswith("help: Install conda-smithy")
