"""Does a check of parsed JSON name the wrong value?"""

from __future__ import annotations

import re
from typing import Any, NotRequired, TypedDict

import pytest

from conda_emscripten.json_check import Count, Digest, checked


class Inner(TypedDict):
    size: Count
    sha256: NotRequired[Digest | None]


class Outer(TypedDict):
    name: str
    ratio: NotRequired[float]
    parts: dict[str, list[Inner]]


SOUND = {"name": "n", "ratio": 1, "parts": {"a": [{"size": 0, "sha256": None}, {"size": 1}]}}


def test_a_value_of_the_form_is_returned_with_keys_of_later_versions() -> None:
    content = {**SOUND, "later": 1}
    assert checked(content, Outer, "file") is content


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": None}, "file: $.name is not a string"),
        ({"ratio": True}, "file: $.ratio is not a number"),
        ({"parts": []}, "file: $.parts is not an object"),
        ({"parts": {"a": {}}}, "file: $.parts['a'] is not a list"),
        ({"parts": {"a": [{"size": 1}, 2]}}, "file: $.parts['a'][1] is not an object"),
        ({"parts": {"a": [{}]}}, "file: $.parts['a'][0].size is missing"),
        ({"parts": {"a": [{"size": True}]}}, "[0].size is not a whole number"),
        ({"parts": {"a": [{"size": 1.0}]}}, "[0].size is not a whole number"),
        ({"parts": {"a": [{"size": -1}]}}, "[0].size is less than 0"),
        ({"parts": {"a": [{"size": 1, "sha256": "ab"}]}}, "[0].sha256 is not a sha256"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        checked({**SOUND, **change}, Outer, "file")


@pytest.mark.parametrize("content", [None, 1, "text", []])
def test_the_whole_must_be_an_object(content: Any) -> None:
    with pytest.raises(ValueError, match=r"file: \$ is not an object"):
        checked(content, Outer, "file")
