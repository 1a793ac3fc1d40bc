"""Draws the five feedstocks of docs/porting.md that are ported and built.

The names of ``names.tsv`` are shuffled with the seed of ``draw.py``. Taken are the first three
projects with compiled modules and the first two others for which this holds: ``drawn.tsv`` and the
table of docs/porting.md do not have the project, no recipe makes it, and recipes make all that its
newest release needs. Prints the projects with the reason for each that is passed over. A project
whose feedstock needs a package that no recipe makes is passed over by hand.

    python -m benchmarks.recipes.draw_feedstocks
"""

from __future__ import annotations

import random
import re

from benchmarks.measure import ROOT
from benchmarks.recipes.draw import FOLDER, SEED
from conda_emscripten.errors import CondaEmscriptenError
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.index_reader import IndexReader
from conda_emscripten.recipe_new.tree import parse_wish, plan

#: Some more than are needed, as a feedstock can be passed over.
WANTED = {"extension": 5, "-": 3}


def main() -> None:
    """Print the drawn projects and those that are passed over."""
    rows = [line.split("\t") for line in (FOLDER / "names.tsv").read_text().splitlines()[1:]]
    drawn = {line.split("\t")[1] for line in (FOLDER / "drawn.tsv").read_text().splitlines()[1:]}
    text = (ROOT / "docs" / "porting.md").read_text()
    listed = set(re.findall(r"^\| ([\w.-]+) \| v[01] \|", text, re.MULTILINE))
    with IndexReader.open(Project.find(ROOT)) as reader:
        for mark, wanted in WANTED.items():
            names = [name for _, name, of in rows if of == mark]
            random.Random(SEED).shuffle(names)
            taken = 0
            for name in names:
                if name in drawn | listed or reader.names.is_made(reader.names.of(name)):
                    continue
                reason = _reason(reader, name)
                print(f"{name}: {reason or 'taken'}", flush=True)
                taken += not reason
                if taken == wanted:
                    break


def _reason(reader: IndexReader, name: str) -> str:
    """Why a project is passed over; empty if it is taken."""
    try:
        (planned,) = plan(reader, parse_wish(name), tree=False)
    except CondaEmscriptenError as error:
        return error.message
    return f"needs {', '.join(planned.missing)}" if planned.missing else ""


if __name__ == "__main__":
    main()
