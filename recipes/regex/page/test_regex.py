"""Does regex match patterns that re does not support?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_patterns_beyond_those_of_re(evaluate: Evaluate) -> None:
    def program() -> Any:
        import regex

        return {
            "nested": regex.findall(r"\((?:[^()]|(?R))*\)", "a(b(c)d)e(f)"),
            "fuzzy": regex.findall(r"(?:colour){e<=1}", "color colour colours"),
            "lookbehind": regex.sub(r"(?<=\b\w+ )\w+", "#", "one two three"),
            "script": regex.findall(r"\p{Script=Greek}+", "abc αβγ где"),
            "graphemes": regex.findall(r"\X", "e\u0301🇳🇴x"),
            "captures": regex.match(r"(?:(\w)\s?)+", "a b c").captures(1),
            "sets": regex.findall(r"[\w--\d]+", "ab12cd", flags=regex.V1),
            "overlapped": regex.findall(r"..", "abcd", overlapped=True),
            "posix": regex.match(r"(?p)a|ab|abc", "abcd").group(),
        }

    outcome = evaluate(program)
    assert outcome == {
        "nested": ["(b(c)d)", "(f)"],
        "fuzzy": ["color", "colour", "colour"],
        "lookbehind": "one # #",
        "script": ["αβγ"],
        "graphemes": ["e\u0301", "🇳🇴", "x"],
        "captures": ["a", "b", "c"],
        "sets": ["ab", "cd"],
        "overlapped": ["ab", "bc", "cd"],
        "posix": "abc",
    }


def test_a_search_that_would_not_end_is_given_up(evaluate: Evaluate) -> None:
    def program() -> Any:
        import regex

        try:
            regex.fullmatch(r"(?:a|aa|a.)+b(?=\1)()", "a" * 60, timeout=0.2)
            result = "ended"
        except TimeoutError:
            result = "given up"
        return result

    outcome = evaluate(program)
    assert outcome == "given up"
