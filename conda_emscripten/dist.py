"""How is the static site put together?

``build/dist`` holds what is WebAssembly out of the channel's packages ``pyodide-core``, the
interpreter, and ``pyodide-solver``, and what esbuild makes of ``runtime/js`` and ``loader``:
``pyodide.js``, ``pyodide.mjs`` and the pages.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from conda_emscripten.channel import Channel
from conda_emscripten.environment import create_environment
from conda_emscripten.errors import BuildError, UsageError
from conda_emscripten.project import TARGET_PLATFORM, Project

#: Where the package has the files of the site.
_PACKAGE_FOLDER = Path("lib/pyodide")
_PACKAGES = ("pyodide-core", "pyodide-solver")


def build_dist(project: Project) -> Path:
    """Make ``build/dist`` anew, and put it in place of the old one when it is whole.

    Raises:
        UsageError: a package is not in the channel, or ``npm install`` has not been run.
        BuildError: esbuild failed.
    """
    channel = Channel(path=project.channel_dir, subdirs=())
    files = channel.records(TARGET_PLATFORM)
    for package in _PACKAGES:
        if not any(file.startswith(f"{package}-") for file in files):
            raise UsageError(
                f"The package {package} is not in {project.channel_dir}. Build it first: "
                f"'conda-emscripten build --with-deps {package}'."
            )
    if not (project.root / "node_modules").is_dir():
        raise UsageError(f"Run 'npm install' in {project.root} first.")
    with tempfile.TemporaryDirectory(dir=project.build_dir, prefix=".dist") as folder:
        prefix, site = Path(folder) / "prefix", Path(folder) / "site"
        create_environment(
            prefix,
            list(_PACKAGES),
            channels=[channel.url],
            platform=TARGET_PLATFORM,
            cache_dir=project.cache_dir,
        )
        shutil.copytree(prefix / _PACKAGE_FOLDER, site)
        command = ["npm", "run", "--silent", "build", "--", str(site)]
        done = subprocess.run(
            command, cwd=project.root, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BuildError(f"'npm run build' failed:\n{done.stdout}{done.stderr}")
        # Any static server, and Node, then finds the default channel, <indexURL>channel/.
        (site / "channel").symlink_to(Path("..") / project.channel_dir.name)
        shutil.rmtree(project.dist_dir, ignore_errors=True)
        site.rename(project.dist_dir)
    project.dist_dir.chmod(0o755)
    return project.dist_dir
