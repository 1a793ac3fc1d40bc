"""Is the surface of a molecule in a PDB file computed?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.programs import Evaluate

# Water and the first atoms of 1A8O.
PEPTIDE = """\
ATOM      9  N   ASP A 152      21.554  34.953  27.691  1.00 19.26           N
ATOM     10  CA  ASP A 152      21.835  36.306  28.144  1.00 20.88           C
ATOM     11  C   ASP A 152      21.947  37.322  27.000  1.00 19.01           C
ATOM     12  O   ASP A 152      21.678  38.510  27.187  1.00 18.04           O
ATOM     13  CB  ASP A 152      23.126  36.292  28.966  1.00 23.68           C
ATOM     14  CG  ASP A 152      23.098  37.275  30.112  1.00 28.51           C
ATOM     15  OD1 ASP A 152      23.433  38.456  29.884  1.00 31.95           O
ATOM     16  OD2 ASP A 152      22.749  36.865  31.241  1.00 28.49           O
HETATM   17  O   HOH A 301      40.000  40.000  40.000  1.00 30.00           O
END
"""


def test_the_area_of_a_pdb_file(evaluate: Evaluate) -> None:
    def program(pdb: str) -> Any:
        import tempfile

        import freesasa

        with tempfile.NamedTemporaryFile("w", suffix=".pdb") as file:
            file.write(pdb)
            file.flush()
            residue = freesasa.Structure(file.name)
            everything = freesasa.Structure(file.name, options={"hetatm": True})
        results = [freesasa.calc(structure) for structure in (residue, everything)]
        exact = freesasa.calc(
            residue, freesasa.Parameters({"algorithm": "ShrakeRupley", "n-points": 5000})
        )
        return {
            "atoms": [residue.nAtoms(), everything.nAtoms()],
            "residue": [results[0].totalArea(), exact.totalArea()],
            "water": results[1].totalArea() - results[0].totalArea(),
            "classes": freesasa.classifyResults(results[0], residue),
            "charged": freesasa.selectArea(["x, name OD1+OD2"], residue, results[0])["x"],
        }

    outcome = evaluate(program, PEPTIDE)
    assert outcome["atoms"] == [8, 9]
    area, exact = outcome["residue"]
    assert area == pytest.approx(exact, rel=0.01)
    # The area of a sphere: its radius is the sum of the radii of water's oxygen and of the probe.
    assert outcome["water"] == pytest.approx(4 * 3.141592653589793 * (1.46 + 1.4) ** 2, rel=0.05)
    assert sum(outcome["classes"].values()) == pytest.approx(area)
    assert 0 < outcome["charged"] < outcome["classes"]["Polar"] < area
