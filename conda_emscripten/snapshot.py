"""How is a snapshot made for a channel?

This module starts the interpreter of ``build/dist`` in Node, loads packages, imports modules and
saves the memory. The clock, the random numbers and the hash seed of this interpreter are fixed, so
that the same packages give the same file.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.channel import locked
from conda_emscripten.errors import BuildError, ChannelError, UsageError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.json_formats import SnapshotEntry
from conda_emscripten.project import Project
from conda_emscripten.snapshot_file import compressed, read_snapshot
from conda_emscripten.snapshot_store import add_snapshot

#: The program, whose standard input has its options as JSON.
_PROGRAM = """
import { readFileSync, writeFileSync } from "node:fs";
const { site, channel, output, specs, imports, api } = JSON.parse(readFileSync(0, "utf8"));

// Python's clock, and the random numbers of its system, are the same each time.
const time = 1e12;
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length > 0 ? args : [time]));
  }
  static now = () => time;
};
let milliseconds = 0;
performance.now = () => (milliseconds += 0.001);
let state = 1;
const random = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
Math.random = random;
const { subtle } = crypto;
const getRandomValues = (view) => {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random() * 256;
  return view;
};
Object.defineProperty(globalThis, "crypto", { value: { subtle, getRandomValues } });

try {
  const { loadPyodide } = await import(site);
  const pyodide = await loadPyodide({
    api, channels: [channel], packages: specs, packageCache: false, env: { PYTHONHASHSEED: "0" },
    errorCallback: () => {}, stderr: (line) => console.error(line),
  });
  if (specs.length === 0) {
    // The packages of the modules, and what 0.16's API loads itself.
    await pyodide.loadPackagesFromImports(imports.map((name) => `import ${name}`).join("\\n"));
  }
  pyodide.runPython("__import__('importlib').invalidate_caches()"); // no time has passed
  for (const module of imports) pyodide.runPython(`__import__(${JSON.stringify(module)}) and None`);
  // What JavaScript has dropped is released in Python, too.
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  writeFileSync(output, await pyodide.snapshot());
} catch (error) {
  console.error(error.name === "PythonError" ? error.message : `${error.name}: ${error.message}`);
  process.exit(1);
}
process.exit(0);
"""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a snapshot is made from, beside the site and its channel.

    Attributes:
        specs: MatchSpecs of the packages to load; without any, those of the modules.
        imports: names of the modules to import.
        api: the JavaScript API, as in ``loadPyodide({api})``.
    """

    specs: Sequence[str]
    imports: Sequence[str]
    api: str = "314"


def write_snapshot(project: Project, inputs: Inputs, output: Path) -> int:
    """Make a snapshot and write its file.

    Returns:
        Its size in bytes.

    Raises:
        UsageError, BuildError: see ``make_snapshot``; or the file cannot be written.
    """
    data = make_snapshot(project, inputs)
    with os_errors(UsageError, f"{output} cannot be written", help="Choose another --output."):
        atomic_write(output, data)
    return len(data)


def publish_snapshot(
    project: Project, inputs: Inputs, name: str | None = None
) -> tuple[str, SnapshotEntry]:
    """Make a snapshot and add it to the project's channel.

    Args:
        name: its name in the channel; by default the modules, joined by "-".

    Returns:
        The name and the entry in ``snapshots.json``.

    Raises:
        UsageError, BuildError: see ``make_snapshot``; or the name is not allowed.
        ChannelError: the channel is in use, or a file cannot be written.
    """
    name = name or "-".join(module.replace(".", "_") for module in inputs.imports)
    if inputs.imports and not re.fullmatch(r"[\w-]+", name):
        raise UsageError(
            f"{name!r} cannot be the name of a snapshot.",
            help="Give --name letters, digits, '-' and '_'.",
        )
    data = make_snapshot(project, inputs)
    channel = project.channel_dir
    with locked(project.build_dir), os_errors(ChannelError, f"{channel} cannot be written"):
        return name, add_snapshot(channel, name, data, inputs.imports)


def make_snapshot(project: Project, inputs: Inputs) -> bytes:
    """The file of a snapshot. The same inputs, site and channel give the same bytes.

    Raises:
        UsageError: there is no site, or no module to import.
        BuildError: a package cannot be loaded, a module cannot be imported, or the interpreter
            cannot be saved then; or Node is not installed.
    """
    script = project.dist_dir / "pyodide.mjs"
    if not script.is_file():
        raise UsageError(f"{script} does not exist.", help="Run 'conda-emscripten dist'.")
    if not inputs.imports:
        raise UsageError(
            "There is no module to import.",
            help="Name one: conda-emscripten snapshot --import numpy",
        )
    with tempfile.TemporaryDirectory(prefix="snapshot-") as folder:
        output = Path(folder, "snapshot")
        options = {
            "site": script.as_uri(),
            "channel": project.channel_dir.as_uri() + "/",
            "output": str(output),
            "specs": list(inputs.specs),
            "imports": list(inputs.imports),
            "api": inputs.api,
        }
        command = ["node", "--expose-gc", "--input-type=module", "--eval", _PROGRAM]
        try:
            done = subprocess.run(
                command, input=json.dumps(options), capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise BuildError(
                "'node' is not in PATH.",
                help="Install the program; 'conda-emscripten doctor' prints how.",
            ) from error
        if done.returncode:
            raise BuildError(
                f"The snapshot cannot be made:\n{done.stderr.strip()}\n",
                help="Correct the names of the packages and modules, or leave out the module that "
                "has such state.",
            )
        return compressed(read_snapshot(output.read_bytes()))
