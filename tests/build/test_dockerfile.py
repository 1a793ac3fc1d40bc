"""Do the commands of the Dockerfile run, in their order, on a new Debian?

``CONDA_EMSCRIPTEN_DOCKERFILE=tools`` (or ``built``) runs the commands of the stage and of the
stages that it starts from, as root in a new root folder of mmdebstrap. This installs several
hundred packages, and ``built`` also runs the quickstart. Docker is not needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness.built import ROOT

DOCKERFILE = ROOT / "Dockerfile"
#: Debian's name of a version, which the image is called by.
SUITES = {"debian:12": "bookworm", "debian:13": "trixie"}
#: How this machine reaches package indexes.
CONFIGURATION = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/npmrc"),
    *("/root/.npmrc", "/root/.config/pip/pip.conf"),
)
VARIABLES = re.compile(
    r"PIP_\w+|NODE_\w+|npm_config_\w+|SSL_\w+|CONDA_EMSCRIPTEN_CACHES|PYODIDE_JOBS"
)

#: Runs a command in a root folder, in a namespace whose mounts end with the command.
CHROOT = """
mount -t proc proc "$1/proc"
IFS=:
for folder in $CONDA_EMSCRIPTEN_CACHES; do
  mkdir -p "$1$folder"
  mount --bind "$folder" "$1$folder"
done
exec chroot "$1" /bin/sh -c "cd '$2' && $3"
"""


@dataclass(frozen=True)
class Instruction:
    """An instruction of a Dockerfile, for example ``RUN`` and its command."""

    word: str
    text: str


def stages() -> dict[str, list[Instruction]]:
    """The instructions of each stage by its name, in order, with those of the stage before."""
    text = re.sub(r"(?m)^#.*\n", "", DOCKERFILE.read_text()).replace("\\\n", "")
    found: dict[str, list[Instruction]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = [*found.get(base, [Instruction(word, base)])]
        else:
            found[name].append(Instruction(word, " ".join(rest.split())))
    return found


def test_the_stages_are_those_of_the_documentation() -> None:
    assert list(stages()) == ["tools", "built"]
    assert stages()["built"][-1] == Instruction("RUN", "make quickstart")
    assert stages()["tools"][0].text in SUITES
    text = (ROOT / "docs" / "continuous-integration.md").read_text()
    assert "docker build --target tools" in text


def test_every_command_is_one_of_the_shell_and_every_copied_file_exists() -> None:
    for instruction in stages()["built"]:
        if instruction.word == "RUN":
            command = ["sh", "-n", "-c", instruction.text]
            subprocess.run(command, check=True)
        if instruction.word == "COPY":
            *sources, _ = instruction.text.split()
            assert all((ROOT / source).exists() for source in sources)


@pytest.mark.skipif(
    "CONDA_EMSCRIPTEN_DOCKERFILE" not in os.environ,
    reason="installs a Debian: CONDA_EMSCRIPTEN_DOCKERFILE=tools runs it",
)
def test_the_commands_run_in_order_on_a_new_debian(tmp_path: Path) -> None:
    for program in ("mmdebstrap", "unshare"):
        assert shutil.which(program), f"install {program}"
    instructions = stages()[os.environ["CONDA_EMSCRIPTEN_DOCKERFILE"]]
    root, folder = tmp_path / "root", "/"
    ran = []
    for word, text in ((each.word, each.text) for each in instructions):
        if word == "FROM":
            make_root(root, SUITES[text])
        elif word == "WORKDIR":
            folder = text
            (root / text.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            *sources, target = text.split()
            for source in sources:
                copy(
                    source,
                    root / folder.lstrip("/") / target if target == "." else root / target[1:],
                )
        elif word == "RUN":
            command = [
                "unshare",
                "--mount",
                "--",
                "sh",
                "-ec",
                CHROOT,
                "sh",
                str(root),
                folder,
                text,
            ]
            subprocess.run(command, env=environment(), check=True)
            ran.append(text)
        else:
            assert word in {"EXPOSE", "CMD"}
    assert ran == [each.text for each in instructions if each.word == "RUN"]
    # Programs that a build and its tests start.
    programs = ["git", "make", "node", "npm", "python3", "gcc", "chromium", "firefox-esr"]
    check = " && ".join(f"command -v {program}" for program in programs)
    subprocess.run(["chroot", str(root), "sh", "-c", check], env=environment(), check=True)


def make_root(root: Path, suite: str) -> None:
    """Install a minimal Debian from this machine's mirror, as an image of Docker has it."""
    query = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Component: main"]
    mirrors = subprocess.run(query, check=True, capture_output=True, text=True).stdout.split()
    command = [
        "mmdebstrap",
        "--variant=minbase",
        suite,
        str(root),
        f"deb {mirrors[0]} {suite} main",
    ]
    subprocess.run(command, check=True)
    certificates = (os.environ.get(name, "") for name in ("PIP_CERT", "NODE_EXTRA_CA_CERTS"))
    for name in (*CONFIGURATION, *filter(None, certificates)):
        if Path(name).is_file():
            (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, root / name[1:])


def copy(source: str, target: Path) -> None:
    """Copy a file, or what git knows of the checkout, as ``.dockerignore`` leaves out the rest."""
    if source != ".":
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, target)
        return
    clone = ["git", "clone", "--quiet", str(ROOT), str(target)]
    subprocess.run(clone, check=True)


def environment() -> dict[str, str]:
    """The variables of a container, and those with which this machine reaches package indexes."""
    passed = {name: value for name, value in os.environ.items() if VARIABLES.fullmatch(name)}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"CONDA_EMSCRIPTEN_CACHES": "", **passed, "PATH": path, "HOME": "/root"}
