"""Do the solvers of PySAT agree on which formulas can be satisfied?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate

SOLVERS = [
    "cadical103",
    "cadical153",
    "cadical195",
    "cadical300",
    "ergo",
    "gluecard3",
    "gluecard4",
    "glucose3",
    "glucose4",
    "glucose42",
    "lingeling",
    "maplechrono",
    "maplecm",
    "maplesat",
    "mergesat3",
    "minicard",
    "minisat22",
    "minisat-gh",
]


@pytest.mark.parametrize("solver", SOLVERS)
def test_pigeons_and_holes(evaluate: Evaluate, solver: str) -> None:
    def program(name: str) -> Any:
        from itertools import combinations

        from pysat.solvers import Solver

        def pigeons(count, holes):
            place = lambda pigeon, hole: pigeon * holes + hole + 1
            yield from ([place(p, h) for h in range(holes)] for p in range(count))
            for h in range(holes):
                yield from ([-place(p, h), -place(q, h)] for p, q in combinations(range(count), 2))

        clauses = list(pigeons(6, 6))
        with Solver(name=name, bootstrap_with=clauses) as sat:
            model = sat.solve() and set(sat.get_model())
            forced = sat.solve(assumptions=[1, 8]) and set(sat.get_model())
            sat.add_clause([-1])
            contradicted = sat.solve(assumptions=[1, 8])
            core = sat.get_core()
        with Solver(name=name, bootstrap_with=list(pigeons(6, 5))) as sat:
            impossible = sat.solve()
        return {
            "models": all(any(literal in model for literal in clause) for clause in clauses),
            "forced": {1, 8} <= forced,
            "contradicted": contradicted,
            "core": core,
            "impossible": impossible,
        }

    outcome = evaluate(program, solver)
    assert outcome == {
        "models": True,
        "forced": True,
        "contradicted": False,
        "core": [1],
        "impossible": False,
    }


def test_the_best_of_soft_clauses_is_found(evaluate: Evaluate) -> None:
    def program() -> Any:
        from pysat.card import CardEnc
        from pysat.examples.rc2 import RC2
        from pysat.formula import WCNF

        wcnf = WCNF()
        wcnf.extend(CardEnc.atmost(lits=[1, 2, 3, 4], bound=2, top_id=4).clauses)
        for literal, weight in ((1, 5), (2, 3), (3, 7), (4, 1)):
            wcnf.append([literal], weight=weight)
        with RC2(wcnf) as rc2:
            model = rc2.compute()
            return [rc2.cost, [literal for literal in model if 0 < literal < 5]]

    outcome = evaluate(program)
    assert outcome == [4, [1, 3]]


def test_an_absent_solver_says_so(evaluate: Evaluate) -> None:
    def program() -> Any:
        from pysat.solvers import Solver

        try:
            Solver(name="kissat404")
        except Exception as error:
            result = str(error)
        return result

    outcome = evaluate(program)
    assert "kissat404_new" in outcome
