"""Do pipelines of cytoolz give the results of other platforms?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_words_are_counted_in_a_pipeline(evaluate: Evaluate) -> None:
    def program() -> Any:
        from cytoolz.curried import frequencies, map, pipe, take, topk, valfilter

        text = "the cat and the dog and the bird saw the other cat"
        counts = pipe(text, str.split, map(str.upper), frequencies, valfilter(lambda n: n > 1))
        return [counts, list(topk(2, counts.values())), list(take(2, counts))]

    outcome = evaluate(program)
    assert outcome == [{"THE": 4, "CAT": 2, "AND": 2}, [4, 2], ["THE", "CAT"]]


def test_tables_are_grouped_joined_and_merged(evaluate: Evaluate) -> None:
    def program() -> Any:
        import cytoolz

        people = [("Ada", 1), ("Bob", 2), ("Cy", 1)]
        towns = [(1, "Rome"), (2, "Oslo")]
        return {
            "by town": {str(k): v for k, v in cytoolz.groupby(1, people).items()},
            "joined": sorted(a[0] + " " + b[1] for a, b in cytoolz.join(1, people, 0, towns)),
            "merged": cytoolz.merge_with(sum, {"a": 1}, {"a": 2, "b": 3}),
            "nested": cytoolz.get_in(["a", 0, "b"], {"a": [{"b": 7}]}),
            "windows": [list(w) for w in cytoolz.sliding_window(2, range(4))],
            "sorted": list(cytoolz.merge_sorted([1, 4, 9], [2, 3, 10])),
            "module": cytoolz.groupby.__module__,
        }

    outcome = evaluate(program)
    assert outcome == {
        "by town": {"1": [["Ada", 1], ["Cy", 1]], "2": [["Bob", 2]]},
        "joined": ["Ada Rome", "Bob Oslo", "Cy Rome"],
        "merged": {"a": 3, "b": 3},
        "nested": 7,
        "windows": [[0, 1], [1, 2], [2, 3]],
        "sorted": [1, 2, 3, 4, 9, 10],
        "module": "cytoolz.itertoolz",
    }
