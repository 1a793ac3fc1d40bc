"""How does a test run a real nginx, whether or not it is installed?"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conda_emscripten.project import Project
from tests.harness.server import wait_for_port

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIGURATION = ROOT / "channel" / "hosting" / "nginx.conf"


def program() -> Path | None:
    """The machine's nginx, or nginx from Debian's package; None if neither is available.

    The package is unpacked into the cache and not installed, so that it starts no service.
    """
    installed = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if installed:
        return Path(installed)
    folder = Project.find(ROOT).cache_dir / "nginx"
    found = folder / "usr" / "sbin" / "nginx"
    if not found.is_file():
        if not shutil.which("apt-get"):
            return None
        with tempfile.TemporaryDirectory() as aside:
            command = ["apt-get", "download", "--quiet", "nginx"]
            if subprocess.run(command, cwd=aside, capture_output=True, check=False).returncode:
                return None
            (package,) = Path(aside).glob("*.deb")
            subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
    works = subprocess.run([found, "-v"], capture_output=True, check=False).returncode == 0
    return found if works else None


@contextmanager
def nginx(executable: Path, root: Path) -> Iterator[str]:
    """Serve a folder with the project's configuration; yields the address without a slash."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="nginx-") as folder:
        scratch = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;"
            f"events {{}} http {{ access_log off; {scratch}"
            f"server {{ listen 127.0.0.1:{port}; root {root}; include {CONFIGURATION}; }} }}"
        )
        log = f"{folder}/error.log"
        command = [str(executable), "-p", folder, "-c", str(configuration), "-e", log]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            wait_for_port(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=10)
