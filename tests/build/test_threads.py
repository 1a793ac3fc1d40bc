"""Do two threads that ask for the same recipes get the same answers?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from conda_emscripten import recipes as recipes_module
from conda_emscripten.folder_keys import FolderKeys
from conda_emscripten.recipe import Output, render
from conda_emscripten.recipes import RecipeSet
from tests.harness.sandbox import Sandbox


def test_a_recipe_that_another_thread_renders_is_not_missing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_render(*arguments: Any) -> tuple[Output, ...]:
        time.sleep(0.2)
        return render(*arguments)

    sandbox.recipe("lib")
    monkeypatch.setattr(recipes_module, "render", slow_render)
    recipes = RecipeSet(sandbox.project)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(recipes.get, ["lib", "lib"])
    assert first is second


def test_a_key_that_another_thread_computes_is_no_cycle(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_files(recipes: RecipeSet, output: Output) -> dict[str, str]:
        time.sleep(0.2)
        return files(recipes, output)

    sandbox.recipe("lib")
    recipes = RecipeSet(sandbox.project)
    keys, files = FolderKeys(recipes), RecipeSet.files
    monkeypatch.setattr(RecipeSet, "files", slow_files)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(keys.static_key, [recipes.get("lib")] * 2)
    assert first == second
