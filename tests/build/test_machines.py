"""Do workers on other machines build what this machine would build?

The scheduler and the workers are processes of this machine. Each worker has a checkout, a build
folder and caches of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dask
import pytest

import conda_emscripten
from conda_emscripten.build_records import BuildRecords
from conda_emscripten.conda_package import read_info, read_package
from conda_emscripten.errors import BuildError, SchedulerError
from conda_emscripten.machines.cluster import connected
from conda_emscripten.project import Project
from tests.harness.built import ROOT
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox

PACKAGE = Path(conda_emscripten.__file__).parent
LIB = 'echo "$PREFIX" > "$PREFIX/lib.txt"'
RUN_EXPORTS = "requirements:\n  run_exports:\n    weak: [lib]\n"


def process(command: list[str], log: Path, **options: Any) -> subprocess.Popen[str]:
    with log.open("w") as file:
        return subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, text=True, **options
        )


def wait_for(text: str, log: Path, running: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + 120
    while text not in log.read_text():
        assert running.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return log.read_text()


def end(running: subprocess.Popen[str]) -> None:
    running.send_signal(signal.SIGINT)
    try:
        running.wait(timeout=30)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
        raise


@dataclass
class Machines:
    """A scheduler, and copies of a project on other machines."""

    folder: Path
    coordinator: Sandbox
    address: str
    env: Mapping[str, str]
    workers: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def copy(self, name: str) -> Sandbox:
        """A checkout with the recipes that the coordinator has now, and nothing built."""
        root = self.folder / name / "project"
        ignored = shutil.ignore_patterns("build")
        shutil.copytree(self.coordinator.project.root, root, ignore=ignored)
        cache = self.folder / name / "cache" / "conda-emscripten"
        return Sandbox(Project(root=root, build_dir=root / "build", cache_dir=cache))

    def start(self, checkouts: Mapping[str, Sandbox], **env: str) -> None:
        """Start a worker in each checkout, and wait until they have joined."""
        for name, sandbox in checkouts.items():
            command = sandbox.command("worker", self.address, "--name", name)
            own = {**sandbox.env, **self.env, **env}
            self.workers[name] = process(command, self.log(name), cwd=sandbox.project.root, env=own)
        for name in checkouts:
            wait_for(f"{name} builds for {self.address}", self.log(name), self.workers[name])

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def build(self, *names: str) -> subprocess.CompletedProcess[str]:
        return self.coordinator.run(
            "build", "--with-deps", "--scheduler", self.address, *names, env=self.env
        )


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scheduler")
    with started(folder, "--host", "127.0.0.1") as address:
        yield address


class started:  # noqa: N801  (a context manager)
    """A Dask scheduler on a free port; its address."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *options]
        command += ["--port", "0", "--dashboard-address", "127.0.0.1:0"]
        self.log = folder / "scheduler.log"
        self.process = process(command, self.log, cwd=folder)

    def __enter__(self) -> str:
        printed = wait_for("dashboard at", self.log, self.process)
        found = re.search(r"Scheduler at:\s+(\S+)", printed)
        assert found, printed
        return found[1]

    def __exit__(self, *_: object) -> None:
        end(self.process)


@pytest.fixture
def machines(sandbox: Sandbox, scheduler: str, tmp_path: Path) -> Iterator[Machines]:
    found = Machines(folder=tmp_path, coordinator=sandbox, address=scheduler, env={})
    yield found
    for worker in found.workers.values():
        if worker.poll() is None:
            end(worker)


def contents(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """What a build determines of the packages in the channel.

    The prefix of the build is in the path of the build folder; conda replaces it.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in sandbox.packages():
        file = sandbox.project.channel_dir / "emscripten-wasm32" / name
        info, files = read_info(file).files, read_package(file).files
        metadata: dict[str, Any] = {
            each: json.loads(info[f"info/{each}.json"].content)
            for each in ("paths", "index", "run_exports")
            if f"info/{each}.json" in info
        }
        del metadata["index"]["timestamp"]
        for path in metadata["paths"]["paths"]:
            if prefix := path.pop("prefix_placeholder", "").encode():
                content = files[path["_path"]].content
                assert hashlib.sha256(content).hexdigest() == path.pop("sha256")
                path["content"] = content.replace(prefix, b"the prefix")
        found[name] = metadata
    return found


def errors_of(sandbox: Sandbox) -> list[str]:
    """What the records say of failed recipes."""
    records = BuildRecords(folder=sandbox.project.build_dir / "records").beginning_with("")
    return [record.error for record in records if record.error]


def worker_of(pid: int, workers: Mapping[str, subprocess.Popen[str]]) -> str:
    """The name of the worker that a process descends from."""
    by_pid = {worker.pid: name for name, worker in workers.items()}
    while pid not in by_pid:
        assert pid > 1, "the process is not of a worker"
        pid = int(Path(f"/proc/{pid}/stat").read_text().split(") ")[1].split()[1])
    return by_pid[pid]


def test_one_worker_is_killed_and_one_refuses_and_the_packages_are_those_of_a_local_build(
    machines: Machines,
) -> None:
    coordinator, marker = machines.coordinator, machines.folder / "started"
    source = b"from the coordinator\n"
    sha256 = hashlib.sha256(source).hexdigest()
    coordinator.recipe("lib", RUN_EXPORTS, script=LIB)
    coordinator.recipe(
        "user",
        f"source:\n  url: http://127.0.0.1:1/data.txt\n  sha256: {sha256}\n"
        + USES_HOST_PLATFORM.format(host="lib")
        + "tests:\n- script: test -f $PREFIX/lib.txt\n",
        script='cp data.txt "$PREFIX/user.txt"',
    )
    coordinator.recipe(
        "slow",
        script=f'"if mkdir {marker}; then echo $PPID > {marker}/new; mv {marker}/new {marker}/pid; '
        'sleep 600; fi; echo done > $PREFIX/slow.txt"',
    )
    own = coordinator.project.cache_dir / "sources" / sha256
    own.mkdir(parents=True)
    (own / "data.txt").write_bytes(source)
    changed = machines.copy("a-changed")
    changed.recipe("lib", RUN_EXPORTS, script="true")
    changed.recipe("slow", script="true")
    machines.start({"a-changed": changed, "b": machines.copy("b"), "c": machines.copy("c")})
    command = coordinator.command(
        "build", "--with-deps", "--scheduler", machines.address, "user", "slow"
    )
    log = machines.log("build")
    build = process(command, log, cwd=coordinator.project.root, env=coordinator.env)
    deadline = time.monotonic() + 120
    while not (marker / "pid").exists():
        assert build.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    killed = worker_of(int((marker / "pid").read_text()), machines.workers)
    machines.workers[killed].kill()
    assert build.wait(timeout=120) == 0, log.read_text()
    printed = log.read_text()
    assert re.search("refused by a-changed: its recipe (lib|slow) differs", printed), printed
    assert f"slow: the worker {killed} has ended" in printed
    assert "failed" not in printed
    assert errors_of(coordinator) == []
    # A worker's package has its keys: this machine builds nothing again.
    assert coordinator.run("build", "--with-deps", "user", "slow", "--json").stdout.count(
        '"up to date"'
    ) == len(coordinator.packages())
    local = machines.copy("local")
    shutil.copytree(own, local.project.cache_dir / "sources" / sha256)
    done = local.run("build", "--with-deps", "user", "slow")
    assert done.returncode == 0, done.stderr
    assert list(contents(coordinator)) == list(contents(local)) and len(contents(local)) == 3
    assert contents(coordinator) == contents(local)


def test_a_job_that_all_workers_refuse_is_no_failure_of_the_recipe(machines: Machines) -> None:
    machines.coordinator.recipe("lib", script=LIB)
    machines.coordinator.recipe("user", USES_HOST_PLATFORM.format(host="lib"))
    changed = machines.copy("changed")
    changed.recipe("lib", script="true")
    machines.start({"changed": changed})
    done = machines.build("user")
    assert done.returncode == SchedulerError.exit_code, done.stdout + done.stderr
    assert "lib: every worker refuses the job." in done.stderr
    assert "changed: its recipe lib differs from the coordinator's" in done.stderr
    assert "Not built, because of failed dependencies: user" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert errors_of(machines.coordinator) == []


def test_a_failure_on_a_worker_is_the_recipe_s_with_its_log(machines: Machines) -> None:
    machines.coordinator.recipe("wrong", script='"echo this is wrong; exit 3"')
    machines.start({"a": machines.copy("a")})
    done = machines.build("wrong")
    assert done.returncode == BuildError.exit_code
    assert "this is wrong" in done.stderr and "The paths are those of the worker a." in done.stderr
    engine = machines.coordinator.engine()
    assert "this is wrong" in engine.log_file(engine.recipes.get("wrong")).read_text()
    assert "build failed" in errors_of(machines.coordinator)[0]


def test_changed_tests_run_on_a_worker(machines: Machines) -> None:
    machines.coordinator.recipe("lib", "tests:\n- script: test 1 = 1", script=LIB)
    machines.coordinator.engine().build(["lib"])
    machines.coordinator.recipe("lib", "tests:\n- script: echo again", script=LIB)
    machines.start({"a": machines.copy("a")})
    done = machines.build("lib")
    assert done.returncode == 0, done.stderr
    assert "tested" in done.stdout and "lib: testing" in machines.log("a").read_text()
    machines.coordinator.recipe("lib", "tests:\n- script: test 1 = 2", script=LIB)
    shutil.copytree(
        machines.coordinator.project.recipes_dir,
        machines.folder / "a" / "project" / "recipes",
        dirs_exist_ok=True,
    )
    done = machines.build("lib")
    assert done.returncode == 6 and "test failed" in done.stderr


def test_ctrl_c_ends_the_build_on_the_worker_and_the_worker_stays(machines: Machines) -> None:
    coordinator, marker = machines.coordinator, machines.folder / "started"
    sleep = f"sleep 600.{os.getpid()}"
    coordinator.recipe("slow", script=f'"touch {marker}; {sleep}"')
    coordinator.recipe("lib", script=LIB)
    machines.start({"a": machines.copy("a")})
    log = machines.log("build")
    command = coordinator.command("build", "--scheduler", machines.address, "slow")
    build = process(command, log, cwd=coordinator.project.root, env=coordinator.env)
    deadline = time.monotonic() + 120
    while not marker.exists():
        assert build.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    build.send_signal(signal.SIGINT)
    assert build.wait(timeout=60) == 130
    assert "Traceback" not in log.read_text() and "interrupted" in log.read_text()
    while subprocess.run(["pgrep", "-f", sleep], capture_output=True, check=False).stdout:
        assert time.monotonic() < deadline, "the build script outlives the coordinator"
        time.sleep(0.05)
    assert coordinator.packages() == [] and errors_of(coordinator) == []
    done = machines.build("lib")
    assert done.returncode == 0, done.stderr


def test_the_end_of_the_scheduler_ends_both_commands(machines: Machines, tmp_path: Path) -> None:
    coordinator, marker = machines.coordinator, machines.folder / "started"
    coordinator.recipe("slow", script=f'"touch {marker}; sleep 600"')
    with started(tmp_path, "--host", "127.0.0.1") as address:
        own = replace(machines, address=address)
        own.start({"a": own.copy("a")})
        log = own.log("build")
        command = coordinator.command("build", "--scheduler", address, "slow")
        build = process(command, log, cwd=coordinator.project.root, env=coordinator.env)
        deadline = time.monotonic() + 120
        while not marker.exists():
            assert build.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
    assert own.workers["a"].wait(timeout=60) == SchedulerError.exit_code
    assert f"The scheduler {address} has ended." in own.log("a").read_text()
    assert build.wait(timeout=60) == SchedulerError.exit_code
    assert f"The connection to the scheduler {address} is lost." in log.read_text()
    assert "Traceback" not in log.read_text() + own.log("a").read_text()
    assert errors_of(coordinator) == []


def test_a_connected_worker_is_never_missed(machines: Machines) -> None:
    machines.start({"a": machines.copy("a")})
    # Dask's client has a list of the workers that its own refreshes empty.
    with (
        dask.config.set({"distributed.client.scheduler-info-interval": "1ms"}),
        connected(machines.address, print) as cluster,
    ):
        found = [list(cluster.workers().values()) for _ in range(300)]
    assert found == [["a"]] * 300


def test_a_worker_of_another_version_gets_no_job(machines: Machines) -> None:
    other = machines.folder / "other"
    shutil.copytree(
        PACKAGE, other / "conda_emscripten", ignore=shutil.ignore_patterns("__pycache__")
    )
    init = other / "conda_emscripten" / "__init__.py"
    init.write_text(re.sub('"[^"]+"\n$', '"0.0.1"\n', init.read_text()))
    machines.coordinator.recipe("lib", script=LIB)
    machines.start({"old": machines.copy("old")}, PYTHONPATH=str(other))
    done = machines.build("lib")
    assert done.returncode == SchedulerError.exit_code
    assert re.search(r"old \(tcp://\S+\) has conda-emscripten 0\.0\.1, code", done.stderr)
    assert "help: Start workers from the same checkout" in done.stderr
    machines.start({"new": machines.copy("new")})
    done = machines.build("lib")
    assert done.returncode == 0, done.stderr
    assert "lib: on worker new" in done.stdout


def test_without_a_scheduler_both_commands_say_how_to_start_one(sandbox: Sandbox) -> None:
    sandbox.recipe("lib")
    nobody = "tcp://127.0.0.1:1"
    commands = (["build", "lib", "--scheduler", nobody], ["worker", nobody])
    running = [
        subprocess.Popen(
            sandbox.command(*command),
            cwd=sandbox.project.root,
            env=sandbox.env,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    for each in running:
        printed = each.communicate(timeout=60)[1]
        assert each.returncode == SchedulerError.exit_code, printed
        assert f"error: There is no scheduler at {nobody}: " in printed
        assert "dask scheduler" in printed and "Traceback" not in printed


def test_the_certificates_of_the_documentation_encrypt_a_build(
    machines: Machines, tmp_path: Path
) -> None:
    text = (ROOT / "docs" / "several-machines.md").read_text()
    section = text.partition("\n## Certificates\n")[2]
    blocks = re.findall(r"```(?:sh|yaml)\n(.*?)```", section, re.DOTALL)
    folder = tmp_path / "certificates"
    folder.mkdir()
    subprocess.run(["sh", "-e", "-c", blocks[0]], cwd=folder, check=True, capture_output=True)
    (folder / "dask.yaml").write_text(blocks[1].replace("/etc/conda-emscripten", str(folder)))
    env = {"DASK_CONFIG": str(folder / "dask.yaml")}
    os.environ.update(env)
    try:
        scheduler = started(folder, "--host", "tls://127.0.0.1")
    finally:
        del os.environ["DASK_CONFIG"]
    with scheduler as address:
        assert address.startswith("tls://")
        encrypted = replace(machines, address=address, env=env)
        encrypted.coordinator.recipe("lib", script=LIB)
        encrypted.start({"a": encrypted.copy("a")})
        done = encrypted.build("lib")
        assert done.returncode == 0, done.stderr
        without = replace(encrypted, env={}).build("lib")
        assert without.returncode == SchedulerError.exit_code
        assert "There are no certificates for the connection" in without.stderr
        end(encrypted.workers["a"])
