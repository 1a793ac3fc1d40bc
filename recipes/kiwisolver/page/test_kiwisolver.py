"""Are constraints of a layout solved, and are contradictory constraints refused?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_three_boxes_share_a_row(evaluate: Evaluate) -> None:
    def program() -> Any:
        from kiwisolver import Solver, Variable

        solver = Solver()
        left = [Variable(f"left{i}") for i in range(3)]
        right = [Variable(f"right{i}") for i in range(3)]
        width = Variable("width")
        solver.addConstraint(left[0] == 0)
        solver.addConstraint(right[2] == width)
        for i in range(3):
            solver.addConstraint(right[i] - left[i] >= 50)
            if i:
                solver.addConstraint(left[i] == right[i - 1] + 10)
                solver.addConstraint((right[i] - left[i] == right[0] - left[0]) | "strong")
        solver.addEditVariable(width, "strong")
        widths = []
        for suggested in (320, 100):
            solver.suggestValue(width, suggested)
            solver.updateVariables()
            widths.append([round(r.value() - l.value(), 6) for l, r in zip(left, right)])
        return widths

    outcome = evaluate(program)
    # A width of 100 is too small: each box has its minimum.
    assert outcome == [[100, 100, 100], [50, 50, 50]]


def test_a_contradiction_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        from kiwisolver import DuplicateConstraint, Solver, UnsatisfiableConstraint, Variable

        x, solver, result = Variable("x"), Solver(), []
        first = x >= 10
        solver.addConstraint(first)
        for constraint in (x <= 5, first):
            try:
                solver.addConstraint(constraint)
            except (UnsatisfiableConstraint, DuplicateConstraint) as error:
                result.append(type(error).__name__)
        return result

    outcome = evaluate(program)
    assert outcome == ["UnsatisfiableConstraint", "DuplicateConstraint"]
