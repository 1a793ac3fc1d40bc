"""Does a recipe of a conda-forge feedstock render with the project's variant?"""

from __future__ import annotations

from pathlib import Path

from conda_emscripten.project import Project
from conda_emscripten.recipe import read_variant, render

CONFIG = Project.find(Path(__file__)).root / "conda_build_config.yaml"


def test_the_keys_of_feedstocks_have_a_value(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("""
package: {name: example, version: "1"}
build:
  skip: [mpi != "nompi", is_freethreading, is_abi3, cuda_compiler_version != "None"]
requirements:
  build: ["${{ compiler('c') }}", "${{ stdlib('c') }}", "${{ compiler('rust') }}"]
  host: ["python ${{ python_min }}.*", "${{ compiler('fortran') }}"]
""")
    [output] = render(recipe, "emscripten-wasm32", read_variant(CONFIG))
    assert output.requirements("build") == {
        "emscripten_emscripten-wasm32": ["emscripten_emscripten-wasm32 3.1.69.*"] * 2,
        "rust_emscripten-wasm32": ["rust_emscripten-wasm32"],
    }
    assert output.requirements("host") == {
        "flang_emscripten-wasm32": ["flang_emscripten-wasm32"],
        "python": ["python 3.13.*"],
    }
    assert not output.content["build"].get("skip")
