"""Are the areas of spheres those of geometry, and those of a peptide consistent?"""

import math
from pathlib import Path

import freesasa
import pytest

# The first residues of 1A8O, the C-terminal domain of the capsid of HIV-1.
PEPTIDE = """\
ATOM      9  N   ASP A 152      21.554  34.953  27.691  1.00 19.26           N
ATOM     10  CA  ASP A 152      21.835  36.306  28.144  1.00 20.88           C
ATOM     11  C   ASP A 152      21.947  37.322  27.000  1.00 19.01           C
ATOM     12  O   ASP A 152      21.678  38.510  27.187  1.00 18.04           O
ATOM     13  CB  ASP A 152      23.126  36.292  28.966  1.00 23.68           C
ATOM     14  CG  ASP A 152      23.098  37.275  30.112  1.00 28.51           C
ATOM     15  OD1 ASP A 152      23.433  38.456  29.884  1.00 31.95           O
ATOM     16  OD2 ASP A 152      22.749  36.865  31.241  1.00 28.49           O
ATOM     17  N   ILE A 153      22.322  36.838  25.818  1.00 16.79           N
ATOM     18  CA  ILE A 153      22.498  37.681  24.632  1.00 15.93           C
ATOM     19  C   ILE A 153      21.220  38.389  24.164  1.00 14.17           C
ATOM     20  O   ILE A 153      20.214  37.743  23.876  1.00 12.57           O
ATOM     21  CB  ILE A 153      23.062  36.854  23.441  1.00 16.32           C
ATOM     22  CG1 ILE A 153      24.282  36.029  23.879  1.00 17.00           C
ATOM     23  CG2 ILE A 153      23.423  37.769  22.280  1.00 15.06           C
ATOM     24  CD1 ILE A 153      25.429  36.840  24.455  1.00 15.40           C
END
"""


@pytest.fixture
def peptide(tmp_path: Path) -> freesasa.Structure:
    file = tmp_path / "peptide.pdb"
    file.write_text(PEPTIDE)
    return freesasa.Structure(str(file))


@pytest.mark.parametrize("algorithm", [freesasa.LeeRichards, freesasa.ShrakeRupley])
def test_one_sphere(algorithm: str) -> None:
    parameters = freesasa.Parameters({"algorithm": algorithm, "probe-radius": 1.5, "n-slices": 100})
    result = freesasa.calcCoord([0, 0, 0], [2], parameters)
    assert result.totalArea() == pytest.approx(4 * math.pi * 3.5**2)


@pytest.mark.parametrize("algorithm", [freesasa.LeeRichards, freesasa.ShrakeRupley])
def test_two_spheres_hide_a_cap_of_each_other(algorithm: str) -> None:
    parameters = freesasa.Parameters(
        {"algorithm": algorithm, "probe-radius": 1, "n-slices": 500, "n-points": 5000}
    )
    result = freesasa.calcCoord([0, 0, 0, 3, 0, 0], [1, 1], parameters)
    radius, cap = 2, 2 - 3 / 2
    area = 4 * math.pi * radius**2 - 2 * math.pi * radius * cap
    assert [result.atomArea(0), result.atomArea(1)] == pytest.approx([area, area], rel=2e-3)


def test_a_peptide_has_the_same_area_by_both_algorithms(peptide: freesasa.Structure) -> None:
    assert peptide.nAtoms() == 16
    areas = [
        freesasa.calc(peptide, freesasa.Parameters(parameters)).totalArea()
        for parameters in (
            {"algorithm": freesasa.LeeRichards, "n-slices": 200},
            {"algorithm": freesasa.ShrakeRupley, "n-points": 5000},
        )
    ]
    assert areas[0] == pytest.approx(areas[1], rel=2e-3)


def test_parts_of_a_peptide_add_up(peptide: freesasa.Structure) -> None:
    result = freesasa.calc(peptide)
    total = result.totalArea()
    classes = freesasa.classifyResults(result, peptide)
    residues = result.residueAreas()["A"]
    selected = freesasa.selectArea(
        ["acid, resn asp", "chain, name n+ca+c+o", "side, not name n+ca+c+o"], peptide, result
    )
    assert set(classes) == {"Polar", "Apolar"}
    assert sum(classes.values()) == pytest.approx(total)
    assert [residues[number].residueType for number in ("152", "153")] == ["ASP", "ILE"]
    assert sum(residue.total for residue in residues.values()) == pytest.approx(total)
    assert selected["acid"] == pytest.approx(residues["152"].total)
    assert selected["chain"] + selected["side"] == pytest.approx(total)


def test_results_are_written_as_pdb(peptide: freesasa.Structure, tmp_path: Path) -> None:
    result = freesasa.calc(peptide)
    file = tmp_path / "result.pdb"
    result.write_pdb(str(file))
    atoms = [line for line in file.read_text().splitlines() if line.startswith("ATOM")]
    areas = [float(line[60:66]) for line in atoms]
    assert areas == pytest.approx([result.atomArea(i) for i in range(16)], abs=0.006)


def test_errors_are_exceptions(peptide: freesasa.Structure) -> None:
    freesasa.setVerbosity(freesasa.silent)
    with pytest.raises(OSError, match="could not be opened"):
        freesasa.Structure("no such file")
    with pytest.raises(Exception, match="Error parsing"):
        freesasa.selectArea(["x, no such thing"], peptide, freesasa.calc(peptide))
