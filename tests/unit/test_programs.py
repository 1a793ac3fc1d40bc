"""Does a function of a test run in another interpreter without changes?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.programs import source


def elsewhere(function: Callable[..., Any], *arguments: Any) -> Any:
    definitions, call = source(function, *arguments)
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{definitions}\nprint({call})"],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def double(number: int) -> int:
    return number * 2


def quadruple(number: int) -> int:
    return double(double(number))


def test_arguments_and_results_go_as_json() -> None:
    def swap(first: Any, second: Any) -> Any:
        return [second, first]

    assert elsewhere(swap, "'\"\\\n€", {"a": [1, None]}) == [{"a": [1, None]}, "'\"\\\n€"]


def test_lines_of_a_string_keep_their_indentation() -> None:
    def text() -> str:
        return """first
    second
third
"""

    assert elsewhere(text) == "first\n    second\nthird\n"


def test_functions_of_the_module_come_along() -> None:
    def numbers() -> list[int]:
        return [quadruple(number) for number in range(3)]

    assert elsewhere(numbers) == [0, 4, 8]


def test_a_variable_of_the_test_is_refused() -> None:
    outside = 3

    def inside() -> int:
        return outside

    with pytest.raises(ValueError, match="inside uses outside of its test"):
        source(inside)
