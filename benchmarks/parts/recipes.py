"""Share of 40 drawn projects whose new recipe builds and imports without an edit."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import BENCH_DIR, BUILD_DIR, ROOT
from benchmarks.report import table
from conda_emscripten.files import write_json
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.conda_names import CondaNames

REPEATS = "one run per project, with --tree --no-suite, in a clone of the checkout"
DRAWN = ROOT / "benchmarks" / "recipes" / "drawn.tsv"
FOLDER = BENCH_DIR / "recipes"
#: Outcomes of earlier calls, so that an interrupted run continues. Remove the file to start anew.
OUTCOMES = FOLDER / "outcomes.json"
#: Seconds for one project with all that it needs. The next call continues an unfinished project.
LIMIT = 360
#: The result of a project that needs more.
UNFINISHED = f"not finished in {LIMIT // 60} minutes"
#: The exit code of `recipe new`, and what it stands for.
RESULTS = {0: "builds and imports", 5: "does not build", 6: "builds, does not import"}


def measure() -> str:
    """All drawn projects with their outcomes, and the shares, as Markdown tables."""
    outcomes: dict[str, Any] = json.loads(OUTCOMES.read_text()) if OUTCOMES.is_file() else {}
    checkout = _checkout()
    projects = list(_drawn())
    for _, name, version in projects:
        if name not in outcomes or outcomes[name]["result"] == UNFINISHED:
            outcomes[name] = _try(checkout, name, version)
            print(f"{name}: {outcomes[name]['result']}", flush=True)
            write_json(OUTCOMES, outcomes)
    return tables(projects, outcomes)


def tables(projects: list[tuple[str, str, str]], outcomes: dict[str, Any]) -> str:
    """The shares, and the outcome of each project; a project without one was not tried."""
    shares = []
    rows = []
    for kind in ("pure", "compiled"):
        names = [name for of, name, _ in projects if of == kind]
        tried = [outcomes[name] for name in names if name in outcomes]
        good = sum(outcome["result"] == RESULTS[0] for outcome in tried)
        open_still = sum(outcome["result"] == UNFINISHED for outcome in tried)
        share = f"{good / len(tried):.0%}" if tried else ""
        shares.append([kind, *map(str, (len(names), len(tried), open_still, good)), share])
        for name in names:
            if outcome := outcomes.get(name):
                cells = [name, kind, outcome["result"], f"{outcome['seconds']:.0f} s"]
                rows.append([*cells, str(outcome["recipes"]), outcome["reason"]])
            else:
                rows.append([name, kind, "not tried", "", "", ""])
    head = ["project", "kind", "result", "time", "recipes", "reason"]
    return "\n\n".join(
        [
            table(
                ["kind", "projects", "tried", UNFINISHED, RESULTS[0], "share of the tried"], shares
            ),
            table(head, rows),
        ]
    )


def _drawn() -> Iterator[tuple[str, str, str]]:
    """Kind, name and version of each drawn project; passed over projects have a reason."""
    for line in DRAWN.read_text().splitlines()[1:]:
        kind, name, version, reason = line.split("\t")
        if reason == "-":
            yield kind, name, version


def _checkout() -> Path:
    """A clone of the checkout whose channel has the same packages.

    Recipes whose package is not in the channel lose their suites: only new recipes are measured.
    """
    checkout = FOLDER / "checkout"
    if not checkout.is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
        for part in ("bootstrap", "channel", "records"):
            shutil.copytree(BUILD_DIR / part, checkout / "build" / part)
        for recipe in (checkout / "recipes").glob("*/recipe.yaml"):
            if not _packages(checkout, recipe.parent.name):
                content = yaml.safe_load(recipe.read_text())
                content.pop("tests", None)
                recipe.write_text(yaml.safe_dump(content, sort_keys=False))
    return checkout


def _recipes(checkout: Path) -> set[Path]:
    """The recipe folders of the clone, those of tools too."""
    folders = (checkout / "recipes", checkout / "channel" / "bootstrap")
    return {path.parent for folder in folders for path in folder.glob("*/recipe.yaml")}


def _packages(checkout: Path, name: str) -> list[Path]:
    """The packages of a recipe in the channels of the clone."""
    return list((checkout / "build").glob(f"[bc]*/*/{name}-*.conda"))


def _try(checkout: Path, name: str, version: str) -> dict[str, Any]:
    """Write and build the recipe of a project, and keep the new recipes that have a package.

    After a failure none is kept, as the recipe that failed may be one of what the project needs.
    """
    own = checkout / "recipes" / CondaNames(Project.find(checkout)).of(name)
    if own.is_dir():  # the channel has the project by now
        shutil.rmtree(own)
    before = _recipes(checkout)
    command = [sys.executable, "-m", "conda_emscripten", "recipe", "new", f"{name}=={version}"]
    command += ["--tree", "--no-suite", "--jobs", "1", "--root", str(checkout)]
    started = time.monotonic()
    log = FOLDER / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        try:
            result = RESULTS.get(process.wait(LIMIT), "no recipe")
        except subprocess.TimeoutExpired:
            process.terminate()  # and not kill(): the command ends its workers
            process.wait()
            result = UNFINISHED
    seconds = time.monotonic() - started
    new = _recipes(checkout) - before
    for folder in new:
        if result not in (RESULTS[0], UNFINISHED) or not _packages(checkout, folder.name):
            shutil.rmtree(folder)
    logs = [log, *(checkout / "build" / "logs").glob(f"*-{name}.log")]
    reason = "" if result in (RESULTS[0], UNFINISHED) else _reason(logs)
    return {"result": result, "seconds": seconds, "recipes": len(new), "reason": reason}


def _reason(logs: list[Path]) -> str:
    """The first error of the last log that has one, in one line that a table can have."""
    for log in reversed(logs):
        text = log.read_text()
        if found := re.search(r"^.*?\b((?:fatal |[A-Z]\w*)?[Ee]rror: .+)", text, re.MULTILINE):
            return found[1].removeprefix("error: ").replace("|", "/")[:160]
    return ""
