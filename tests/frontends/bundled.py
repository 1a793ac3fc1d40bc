"""How are the applications of docs/use-from/npm.md built?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount

from benchmarks.visits import Application
from conda_emscripten.serve import Files
from tests.frontends import installed
from tests.frontends.document import Block, blocks, commands, write_files
from tests.harness.built import BUILD_DIR
from tests.harness.server import site as served_site

PAGE = "npm"
#: Bundler -> the sections of the page with the files of its application; the last has the commands.
BUNDLERS = {
    "Vite": ["Vite"],
    "webpack": ["Vite", "webpack"],
    "esbuild": ["Vite", "webpack", "esbuild"],
}

#: The first output of each application is 42.
OUTPUT = "document.querySelector('#output')?.textContent.startsWith('42')"


def build(bundler: str, folder: Path, site: str) -> Path:
    """Build the application of a bundler in ``folder``.

    The front ends and ``build/npm`` must have been installed.

    Args:
        bundler: a key of ``BUNDLERS``.
        site: the address of a site, without a slash at the end.

    Returns:
        The folder with the application's ``index.html``.

    Raises:
        subprocess.CalledProcessError: a command failed; ``stdout`` says why.
    """
    sections = [blocks(PAGE, section, site=site) for section in BUNDLERS[bundler]]
    (folder / "package.json").write_text('{ "private": true }')
    (folder / "node_modules").symlink_to(installed.NODE_MODULES)
    for section in sections:
        write_files(section, folder)
    run(sections[-1], folder)
    return folder / "dist"


def application(bundler: str, folder: Path) -> Application:
    """The built application on the origin of the site, for a visit.

    Raises:
        NotInRegistryError: see ``installed``.
        subprocess.CalledProcessError: see ``build``.
    """
    installed.npm_package()
    built = Files(directory=build(bundler, folder, ""))
    if bundler == "Vite":
        assets = folder / "dist" / "assets"
        app = served_site(BUILD_DIR, assets=assets, application=folder / "dist")
        return Application(app, "/application/index.html", OUTPUT)
    channel = Mount("/channel", Files(directory=BUILD_DIR / "channel"))
    return Application(Starlette(routes=[channel, Mount("/", built)]), "/index.html", OUTPUT)


def run(section: Iterable[Block], folder: Path) -> str:
    """Run the commands of a section in ``folder``; returns their output.

    Raises:
        subprocess.CalledProcessError: a command failed; ``stdout`` has its output.
    """
    script = "".join(commands(section))
    return subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout
