"""How does a page in docs/use-from become a site, and what do tests do with the site's pages?"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.frontends.document import blocks, commands, write_files
from tests.harness.page import Page
from tests.harness.server import other_origin, running

#: These commands of a page install a front end. installed.py does that for tests.
_INSTALLS = ("npm install ", "pip install ")


def make(
    page: str,
    folder: Path,
    *,
    site: str,
    modules: Path | None = None,
    programs: Path | None = None,
) -> None:
    """Write the files of ``docs/use-from/<page>.md``, and run its other commands in ``folder``.

    Args:
        page: the name of the document.
        folder: exists and is empty.
        site: the address in place of ``https://example.org``, without a slash at the end.
        modules: becomes ``node_modules`` of ``folder``.
        programs: a folder of programs for the commands.

    Raises:
        subprocess.CalledProcessError: a command failed.
    """
    found = blocks(page, site=site)
    write_files(found, folder)
    if modules:
        (folder / "node_modules").symlink_to(modules)
    path = os.pathsep.join([*([str(programs)] if programs else []), os.environ["PATH"]])
    for block in commands(found):
        lines = [line for line in block.splitlines() if not line.startswith(_INSTALLS)]
        script = "\n".join(lines)
        subprocess.run(script, shell=True, check=True, cwd=folder, env=os.environ | {"PATH": path})


@contextmanager
def converted(page: str, folder: Path, *, site: str, programs: Path) -> Iterator[str]:
    """The address of the folder ``site`` that ``make`` has written, on an origin of its own."""
    make(page, folder, site=site, programs=programs)
    with running(other_origin(folder / "site")) as address:
        yield address


def focus(page: Page, selector: str) -> None:
    """Give the focus to the first element that matches ``selector``, also in shadow roots."""
    page.run_js(f"""
        const find = (root) => root.querySelector({selector!r})
            ?? [...root.querySelectorAll("*")].map((e) => e.shadowRoot && find(e.shadowRoot))
                .find(Boolean);
        find(document).focus();
    """)
