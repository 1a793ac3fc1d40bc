"""Does the built site solve with the current packages of a channel that ``index`` has written?"""

from __future__ import annotations

from pathlib import Path

from tests.harness.built import BUILD_DIR, require
from tests.harness.channels import index
from tests.harness.node import node
from tests.harness.packages import write_package
from tests.harness.server import Counter, other_origin, running

#: Each version of a package needs that version, or a newer one, of the next package.
CHAIN = ("top", "middle", "bottom")

LOAD = """
    const loaded = await pyodide.loadPackage(%s);
    return loaded.map(({ name, version }) => `${name} ${version}`).sort();
"""


def test_a_solve_fetches_the_current_packages_and_others_only_if_it_must(tmp_path: Path) -> None:
    script = BUILD_DIR / "dist" / "pyodide.mjs"
    require(script.is_file(), "no build/dist: run make quickstart")
    for version in ("1.0", "2.0"):
        for name, needed in zip(CHAIN, (*CHAIN[1:], None), strict=True):
            depends = [f"{needed} >={version}"] if needed else []
            write_package(tmp_path, name, version, depends=depends)
    write_package(tmp_path, "old", "1.0", depends=["bottom <2"])
    index(tmp_path)
    counter = Counter(other_origin(tmp_path))

    def shards() -> list[str]:
        return [path for path, _, _ in counter.sent if "/shards/" in path]

    with running(counter) as address:
        # A page uses the lock of its first channel alone, so this one needs the solver.
        channels = [f"{(BUILD_DIR / 'channel').as_uri()}/", f"{address}/"]
        options = {"api": "314", "channels": channels, "packageCache": False}
        with node(script, **options) as started:
            loaded = started.run_js(LOAD % "['top']")
            assert loaded == ["bottom 2.0", "middle 2.0", "top 2.0"]
            assert len(shards()) == 1
        counter.sent.clear()
        with node(script, **options) as started:
            # The newest top excludes the only bottom that old accepts.
            loaded = started.run_js(LOAD % "['top', 'old']")
            assert loaded == ["bottom 1.0", "middle 1.0", "old 1.0", "top 1.0"]
            assert len(shards()) == 1 + len([*CHAIN, "old"])
