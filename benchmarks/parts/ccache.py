"""Processor time of compiling zlib with clang alone, and with ccache, its cache empty or full."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import ROOT, RUNS
from benchmarks.report import table
from conda_emscripten.environment import create_environment
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import SourceFetcher

FLAGS = ("-target", "wasm32-unknown-emscripten", "-O2", "-fPIC", "-DHAVE_UNISTD_H", "-w")


def measure() -> str:
    """Milliseconds of user and system time for each source file, as a table."""
    project = Project.find(ROOT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prefix = folder / "prefix"
        create_environment(
            prefix,
            ["emscripten_emscripten-wasm32"],
            channels=[project.channel_dir.as_uri(), project.bootstrap_dir.as_uri()],
            platform=BUILD_PLATFORM,
            cache_dir=project.cache_dir,
        )
        sources = _sources(project, folder)
        upstream = prefix / "opt" / "emsdk" / "upstream"
        sysroot = f"--sysroot={upstream}/emscripten/cache/sysroot"
        clang = [str(upstream / "bin" / "clang"), *FLAGS, sysroot]
        ccache = [str(prefix / "bin" / "ccache"), *clang]
        env = {**os.environ, "CCACHE_DIR": str(folder / "ccache")}
        samples: dict[str, list[tuple[float, float]]] = {}
        for _ in range(RUNS):
            shutil.rmtree(env["CCACHE_DIR"], ignore_errors=True)
            for label, command in (
                ("clang", clang),
                ("ccache, empty cache", ccache),
                ("ccache, full cache", ccache),
            ):
                samples.setdefault(label, []).append(_compile(command, sources, env))
    rows = []
    for label, times in samples.items():
        user, system = (statistics.median(column) for column in zip(*times, strict=True))
        rows.append([label, f"{user:.0f} ms", f"{system:.0f} ms"])
    return table(["each source file of zlib", "user", "system"], rows)


def _sources(project: Project, folder: Path) -> list[Path]:
    fetcher = SourceFetcher(cache_dir=project.cache_dir, mirrors_file=project.mirrors_file)
    (source,) = RecipeSet(project).get("zlib").sources
    with tarfile.open(fetcher.fetch(source)) as archive:
        archive.extractall(folder / "zlib", filter="data")
    return sorted(folder.glob("zlib/*/*.c"))


def _compile(
    command: list[str], sources: list[Path], env: Mapping[str, str]
) -> tuple[float, float]:
    """Milliseconds of user and of system time for each source."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for source in sources:
        output = str(source.with_suffix(".o"))
        subprocess.run([*command, "-c", str(source), "-o", output], env=env, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return 1000 * user / len(sources), 1000 * system / len(sources)
