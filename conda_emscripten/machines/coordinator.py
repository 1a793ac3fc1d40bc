"""How does the engine build outputs on other machines?

This module gives each job to a worker of a Dask scheduler, sends the files that the worker lacks,
and stores the built package in the coordinator's build cache. The engine alone decides which output
is next, and alone writes the channel. A job whose worker ends or refuses goes to another worker.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from conda_emscripten.builder import Builder, OutputBuilder, Task, log_file
from conda_emscripten.content_key import Built
from conda_emscripten.current_tests import NeedsBuildError
from conda_emscripten.errors import (
    BuildError,
    PackageTestError,
    RecipeError,
    SchedulerError,
    SourceError,
)
from conda_emscripten.files import os_errors, sha256_file
from conda_emscripten.machines import worker
from conda_emscripten.machines.cluster import AGAIN, Cluster, LostError
from conda_emscripten.machines.protocol import Job, Parcel, identity, resource
from conda_emscripten.package_store import ChannelPackage, PackageStore
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM
from conda_emscripten.recipe import Output

#: Workers that may end during one job. More than these are probably ended by the build itself.
_LOST_WORKERS = 3

#: The failures of a recipe that a worker reports.
_FAILURES = {
    kind.__name__: kind
    for kind in (BuildError, NeedsBuildError, PackageTestError, RecipeError, SourceError)
}


@dataclass(kw_only=True)
class RemoteBuilder(OutputBuilder):
    """Carries out tasks on other machines.

    Attributes:
        local: the builder of this machine.
        store: the packages of the project.
        cluster: the workers.
        bootstrap_channel: the URL of a channel with the build platform's tools; "" for the
            project's own.
        force: build outputs even if a worker's build cache has their packages.
    """

    local: Builder
    store: PackageStore
    cluster: Cluster
    bootstrap_channel: str
    force: bool

    @property
    def slots(self) -> int:
        """The number of workers."""
        return max(1, len(self.cluster.workers()))

    def stop(self) -> None:
        """End the jobs of all workers."""
        self.cluster.stop()

    def run(self, task: Task) -> tuple[str, Built]:
        """See ``OutputBuilder.run``."""
        topic = f"conda-emscripten-{uuid.uuid4().hex}"

        def on_event(event: tuple[float, Mapping[str, str]]) -> None:
            message = event[1]
            if "line" in message:
                task.show(message["line"])
            else:
                self.cluster.tell(f"{task.output.label}: on worker {message['machine']}")

        job, parcels = self._job(task, topic)
        self.cluster.client.subscribe_topic(topic, on_event)
        try:
            return self._place(task, job, parcels)
        finally:
            with suppress(Exception):  # the connection is lost
                self.cluster.client.unsubscribe_topic(topic)

    def _place(
        self, task: Task, job: Job, parcels: Mapping[str, tuple[Path, Parcel]]
    ) -> tuple[str, Built]:
        """Do a job on the first worker that does not refuse or end."""
        refused: dict[str, str] = {}
        lost: list[str] = []
        while True:
            with self.cluster.free_worker(job.output, refused) as (address, name):
                try:
                    answer = self._do(task.output, job, parcels, address)
                    if "refused" not in answer:
                        return self._finish(task, answer)
                except LostError:
                    lost.append(name)
                    self.cluster.tell(f"{job.output}: the worker {name} has ended")
                    if len(lost) >= _LOST_WORKERS:
                        raise SchedulerError(
                            f"{job.output}: {len(lost)} workers ended during this job: "
                            f"{', '.join(lost)}.",
                            help="Look for the cause in the logs of these machines, for example "
                            f"too little memory. {AGAIN}",
                        ) from None
                else:
                    refused[address] = f"{name}: {answer['refused']}"
                    self.cluster.tell(f"{job.output}: refused by {refused[address]}")

    def _do(
        self, output: Output, job: Job, parcels: Mapping[str, tuple[Path, Parcel]], address: str
    ) -> dict[str, Any]:
        """Send a worker a job and what the worker lacks for the job; returns its last answer."""
        while True:
            answer: dict[str, Any] = self.cluster.call(
                address, worker.run, job.to_json(), resources={resource(identity()): 1}
            )
            if "packages" not in answer:
                return answer
            for sha256 in answer["packages"]:
                self.cluster.send(address, *parcels[sha256])
            for source in output.sources if answer["sources"] else ():
                if source.sha256 in answer["sources"]:
                    with suppress(SourceError):  # the worker may reach what this machine cannot
                        file = self.local.fetcher.fetch(source)
                        self.cluster.send(address, file, _parcel(file, file.parent.name, job.topic))
            job = replace(job, sources_sent=job.sources_sent or bool(answer["sources"]))

    def _finish(self, task: Task, answer: Mapping[str, Any]) -> tuple[str, Built]:
        """Store a worker's package in the build cache, and its log; or raise the worker's error."""
        address, cache, output = answer["worker"], self.store.cache, task.output
        task.tests.update(answer["tests"])
        with os_errors(BuildError, f"{output.key}: a file of a worker cannot be written"):
            if answer["log"]:
                log = log_file(self.local.project, output)
                log.parent.mkdir(parents=True, exist_ok=True)
                self.cluster.take(address, answer["log"], log)
            if "error" in answer:
                raise _FAILURES.get(answer["error"], BuildError)(
                    answer["message"],
                    help=f"{answer['help']} The paths are those of the worker {answer['name']}.",
                )
            cache.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache.folder, prefix=".") as folder:
                file = Path(folder) / Path(answer["file"]).name
                self.cluster.take(address, answer["file"], file)
                if sha256_file(file) != answer["sha256"]:
                    raise LostError
                built = Built.from_json(answer["built"])
                entry = self.local.reuse.recorded_key(output) or answer["sha256"]
                cache.store(
                    entry,
                    name=output.key,
                    packages=[(answer["subdir"], file)],
                    seconds=answer["seconds"],
                    tests=answer["tests"],
                    built=built,
                )
        return entry, built

    def _job(self, task: Task, topic: str) -> tuple[Job, dict[str, tuple[Path, Parcel]]]:
        """The job of a task, and the file and parcel of each package that it may need."""
        recipes, output, package = self.local.recipes, task.output, task.package
        earlier = None
        parcels: dict[str, tuple[Path, Parcel]] = {}
        installed = []
        for each in self._installed(output):
            if described := self.store.describe(each):
                file = self.store.package(each)
                assert file is not None
                record = self.store.records.read(each)
                build = {"seconds": record.seconds, "tests": dict(record.tests)}
                build["built"] = record.built.to_json()
                parcel = _parcel(file, described.sha256, topic)
                parcel = replace(parcel, output=each.key, subdir=described.subdir, build=build)
                parcels[described.sha256] = (file, parcel)
                installed.append(described)
        if package:
            subdir, file = package
            earlier = ChannelPackage(
                output=output.label,
                static_key="",
                subdir=subdir,
                file=file.name,
                sha256=sha256_file(file),
            )
            build = {"seconds": 0.0, "tests": {}, "built": task.built.to_json()}
            parcel = _parcel(file, earlier.sha256, topic)
            parcel = replace(parcel, output=output.key, subdir=subdir, build=build)
            parcels[earlier.sha256] = (file, parcel)
        job = Job(
            output=output.label,
            static_key=recipes.static_key(output),
            keys={
                each.label: recipes.static_key(each) for each in recipes.in_build_order([output])
            },
            installed=tuple(installed),
            package=earlier,
            built=task.built.to_json(),
            bootstrap_channel=self.bootstrap_channel,
            force=self.force,
            keep_work=self.local.keep_work,
            sources_sent=False,
            topic=topic,
        )
        return job, parcels

    def _installed(self, output: Output) -> list[Output]:
        """The outputs whose packages an environment of ``output`` can have, in any version.

        A worker solves its environments with these packages alone.
        """
        recipes = self.local.recipes
        sections = ("build", "host", "run", "run_exports", "test")
        names = set(output.requirements(*sections))
        names.update(each.name for each in recipes.needs(output))
        queue, found = list(names), dict[Output, None]()
        while queue:
            for each in self._by_name.get(queue.pop(), ()):
                if each is output or each in found:
                    continue
                found[each] = None
                needed = set(each.requirements("run", "run_exports"))
                if interface := self.store.records.read(each).built.interface:
                    needed.update(interface.depends)
                queue += needed - names
                names |= needed
        return list(found)

    @cached_property
    def _by_name(self) -> dict[str, list[Output]]:
        by_name: dict[str, list[Output]] = {}
        for platform in (TARGET_PLATFORM, BUILD_PLATFORM):
            for output in self.local.recipes.outputs(platform):
                by_name.setdefault(output.name, []).append(output)
        return by_name


def _parcel(file: Path, sha256: str, topic: str) -> Parcel:
    return Parcel(sha256=sha256, name=file.name, size=file.stat().st_size, topic=topic)
