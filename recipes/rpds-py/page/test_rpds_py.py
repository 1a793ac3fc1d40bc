"""Do rpds's collections share what they have in common, and raise Python's errors?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_versions_of_a_map_live_side_by_side(evaluate: Evaluate) -> None:
    def program() -> Any:
        from rpds import HashTrieMap

        versions: list[Any] = [HashTrieMap()]
        for number in range(1000):
            versions.append(versions[-1].insert(f"k{number % 100}", number))
        last = versions[-1].remove("k7")
        return [
            len(versions[50]),
            versions[500]["k3"],
            versions[-1]["k7"],
            "k7" in last,
            hash(last) == hash(versions[-1].remove("k7")),
        ]

    assert evaluate(program) == [50, 403, 907, False, True]


def test_errors_are_those_of_python_s_collections(evaluate: Evaluate) -> None:
    def program() -> Any:
        import rpds

        collections: Any = rpds
        actions: list[Any] = [
            lambda: collections.HashTrieMap({"a": 1})["b"],
            lambda: collections.HashTrieMap().insert([], 1),
            lambda: collections.HashTrieSet([1]).remove(2),
            lambda: collections.List().first,
            lambda: collections.Queue().dequeue(),
        ]
        found = []
        for action in actions:
            try:
                action()
            except Exception as error:
                found.append(type(error).__name__)
        return found

    assert evaluate(program) == ["KeyError", "TypeError", "KeyError", "IndexError", "IndexError"]
