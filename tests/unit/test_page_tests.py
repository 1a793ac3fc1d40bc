"""Do the tests in ``recipes/<name>/page/`` stay out of the packages and of their keys?"""

from __future__ import annotations

import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from rattler_build import (
    PlatformConfig,
    RenderConfig,
    Stage0Recipe,
    ToolConfiguration,
    VariantConfig,
)

from conda_emscripten.project import Project
from conda_emscripten.recipes import RecipeSet
from tests.harness.built import ROOT

PAGES = sorted(ROOT.glob("recipes/*/page"))

RECIPE = """\
package:
  name: tiny
  version: "1"
build:
  noarch: generic
  script: touch "$PREFIX/tiny"
about:
  license: MIT
"""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_a_recipe_keeps_its_page_tests_out_of_its_package(page: Path) -> None:
    ignored = (page / ".condapackageignore").read_text().splitlines()
    assert [line for line in ignored if not line.startswith("#")] == ["*"]


def test_a_package_contains_the_recipe_without_its_page_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "cache"))
    recipe = tmp_path / "tiny"
    shutil.copytree(PAGES[0], recipe / "page")
    (recipe / "page" / "data").mkdir()
    (recipe / "page" / "data" / "table.csv").touch()
    (recipe / "tests").mkdir()
    (recipe / "tests" / "run.sh").touch()
    (recipe / "recipe.yaml").write_text(RECIPE)
    platform = PlatformConfig(target_platform="linux-64", build_platform="linux-64")
    stage0 = Stage0Recipe.from_file(recipe / "recipe.yaml")
    (output,) = stage0.render(VariantConfig(), RenderConfig(platform=platform))
    built = output.run_build(ToolConfiguration(), output_dir=tmp_path / "out", channels=[])
    (package,) = built.packages
    assert _recipe_files(package) == {
        "recipe.yaml",
        "rendered_recipe.yaml",
        "tests/run.sh",
        "variant_config.yaml",
    }


def test_a_change_of_page_tests_changes_no_key(tmp_path: Path) -> None:
    recipe = tmp_path / "recipes" / "tiny"
    recipe.mkdir(parents=True)
    (recipe / "recipe.yaml").write_text(RECIPE)
    shutil.copy(ROOT / "conda_build_config.yaml", tmp_path)

    def key() -> str:
        recipes = RecipeSet(Project.find(tmp_path), bootstrap=False)
        return recipes.static_key(recipes.get("tiny"))

    before = key()
    shutil.copytree(PAGES[0], recipe / "page")
    assert key() == before
    (recipe / "files" / "page").mkdir(parents=True)
    (recipe / "files" / "page" / "index.html").touch()
    assert key() != before


def _recipe_files(package: Path) -> set[str]:
    """The files of ``info/recipe/`` in a ``.conda`` package."""
    with zipfile.ZipFile(package) as container:
        info = container.read(f"info-{package.stem}.tar.zst")
    stream = zstandard.ZstdDecompressor().stream_reader(info)
    with tarfile.open(fileobj=io.BytesIO(stream.read())) as archive:
        names = archive.getnames()
    return {name.removeprefix("info/recipe/") for name in names if name.startswith("info/recipe/")}
