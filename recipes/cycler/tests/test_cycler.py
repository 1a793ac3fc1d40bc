"""Are cycles added, multiplied, sliced and repeated as documented?"""

import pytest
from cycler import Cycler, concat, cycler


def test_a_sum_walks_in_step():
    both = cycler(c="rgb") + cycler(lw=[1, 2, 3])
    assert list(both) == [{"c": "r", "lw": 1}, {"c": "g", "lw": 2}, {"c": "b", "lw": 3}]


def test_a_product_has_every_pair():
    pairs = cycler(c="rg") * cycler(lw=[1, 2])
    assert [(p["c"], p["lw"]) for p in pairs] == [("r", 1), ("r", 2), ("g", 1), ("g", 2)]


def test_an_integer_repeats():
    assert len(cycler(c="rgb") * 2) == 6
    assert 2 * cycler(c="rgb") == cycler(c="rgb") * 2


def test_a_slice_and_by_key():
    assert cycler(c="rgb")[::-1].by_key() == {"c": ["b", "g", "r"]}


def test_it_goes_round():
    endless = cycler(c="rg")()
    assert [next(endless)["c"] for _ in range(5)] == list("rgrgr")


def test_concatenation_wants_the_same_keys():
    assert len(concat(cycler(c="rg"), cycler(c="b"))) == 3
    with pytest.raises(ValueError):
        concat(cycler(c="rg"), cycler(lw=[1]))


def test_a_key_twice_and_lengths_that_differ_are_errors():
    with pytest.raises(ValueError):
        cycler(c="rg") + cycler(c="bk")
    with pytest.raises(ValueError):
        cycler(c="rg") + cycler(lw=[1])


def test_positional_arguments():
    assert isinstance(cycler("c", "rgb"), Cycler)
    assert cycler("c", "rgb") == cycler(cycler(c="rgb"))
