"""Do the benchmarks' programs work with the built site?"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import many
from benchmarks.parts import first_script, several_machines
from conda_emscripten.build_plan import make_plan
from conda_emscripten.build_records import BuildRecord
from tests.harness.built import BUILD_DIR, ROOT, require
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox
from tests.harness.server import running, site


@pytest.mark.parametrize("with_lock", ["true", "false"])
def test_the_solver_of_the_site_answers_on_the_channel_of_many_records(
    with_lock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver = BUILD_DIR / "dist" / "solver.mjs"
    require(solver.is_file(), "build/dist is missing: run `make quickstart`.")
    monkeypatch.setattr(many, "NAMES", 30)
    many.write_many(tmp_path / "many")
    program = (
        f'import {{ ours }} from "{(ROOT / "benchmarks/pages/solve.mjs").as_uri()}";'
        "const [module, site, lock] = process.argv.slice(1);"
        "const wasm = `${site}/solver.wasm`;"
        'const solve = await ours(module, `${site}/many/`, lock === "true", { wasm });'
        'console.log(await solve("package-29 >=2"));'
    )
    with running(site(BUILD_DIR, many=tmp_path / "many")) as address:
        command = ["node", "--input-type=module", "--eval", program, solver.as_uri()]
        arguments = [address, with_lock]
        done = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    assert int(done.stdout) >= 1


def test_the_first_script_imports_its_package_again_in_each_warm_run(tmp_path: Path) -> None:
    site = BUILD_DIR / "dist"
    require((site / "pyodide.mjs").is_file(), "build/dist is missing: run `make quickstart`.")
    package = first_script.PACKAGE
    files = tmp_path / "files.json"
    module = f"{first_script.FOLDER}/{package}/__init__.py"
    files.write_text(json.dumps({module: "print('imported')"}))
    program = ROOT / "benchmarks" / "node" / "first_script.mjs"
    script = first_script.SCRIPTS[f"`import {package}`"]
    done = subprocess.run(
        ["node", program, site, script, files], check=True, stdout=subprocess.PIPE, text=True
    )
    *imports, sample = done.stdout.splitlines()
    assert set(imports) == {"imported"}
    assert len(imports) >= 1 + 2
    times = json.loads(sample)
    assert 0 < times["warm"] <= times["first"] < times["ready"]


def test_a_simulated_build_takes_the_critical_path_or_its_share_of_the_work(
    sandbox: Sandbox,
) -> None:
    sandbox.recipe("first")
    sandbox.recipe("second", USES_HOST_PLATFORM.format(host="first"))
    for name in ("third", "fourth"):
        sandbox.recipe(name)
    engine = sandbox.engine()
    for name, seconds in {"first": 10, "second": 10, "third": 5, "fourth": 5}.items():
        engine.store.records.write(engine.recipes.get(name), BuildRecord(seconds=seconds))
    plan = make_plan(["fourth", "third", "second", "first"], engine.recipes, engine.store)
    path = [node.output.name for node in several_machines.critical_path(plan)]
    assert path == ["first", "second"]
    times = [several_machines.simulate(plan, workers) for workers in (1, 2, 16)]
    assert times == [30, 20, 20]
