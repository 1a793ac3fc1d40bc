"""Does a client of a published channel find every file that an index names, at any moment?"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conda_emscripten import publish_targets
from conda_emscripten.errors import PublishError
from conda_emscripten.publish import publish
from conda_emscripten.publish_targets import Bucket, ChannelFile, Folder
from tests.harness.built import ROOT
from tests.harness.channels import index
from tests.harness.packages import write_package
from tests.harness.published import Place, check, contents
from tests.harness.s3 import bucket_server
from tests.harness.server import running

#: The files that tests remove from the channel.
LEAVING = ("six-1.0-h_0.conda", "numpy-1.0-h_0.conda")


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A channel that no test changes."""
    path = tmp_path_factory.mktemp("indexed")
    (path / "emscripten-wasm32").mkdir()
    for name in ("python", "six", "numpy"):
        write_package(path, name, "1.0")
    index(path)
    return path


@pytest.fixture
def channel(indexed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed, tmp_path / "channel"))


def test_a_folder_is_complete_at_every_moment(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    moments = []
    put, remove = Folder.put, Folder.remove

    def watched_put(self: Folder, file: ChannelFile) -> None:
        put(self, file)
        moments.append(check(contents(target), LEAVING))

    def watched_remove(self: Folder, name: str) -> None:
        remove(self, name)
        moments.append(check(contents(target), LEAVING))

    monkeypatch.setattr(Folder, "put", watched_put)
    monkeypatch.setattr(Folder, "remove", watched_remove)
    publish(channel, str(target))
    assert moments[-1] > 10
    # A package is added, a package is removed, and a package has a new build.
    write_package(channel, "pandas", "3.0")
    write_package(channel, "six", "2.0")
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    index(channel)
    plan = publish(channel, str(target), prune=True)
    assert [name for name in plan.remove if name.endswith(("conda", "lz4b"))] == [
        "noarch/six-1.0-h_0.conda",
        "noarch/six-1.0-h_0.lz4b",
    ]
    assert check(contents(target)) == check(contents(channel))


def test_unchanged_files_are_not_sent_again(channel: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    lines: list[str] = []
    first = publish(channel, str(target), tell=lines.append)
    assert lines == [f"send {file.name}" for file in first.send]
    assert not any(Path(file.name).name.startswith(".") for file in first.send)
    assert publish(channel, target.as_uri()).send == []
    (target / "noarch" / "six-1.0-h_0.lz4b").unlink()  # as if it had been interrupted
    (target / "index.html").write_text("old")
    (target / "mine.txt").write_text("stays")
    again = publish(channel, str(target), prune=True)
    assert [file.name for file in again.send] == ["noarch/six-1.0-h_0.lz4b", "index.html"]
    assert again.remove == []


def test_a_dry_run_writes_nothing(channel: Path, tmp_path: Path) -> None:
    plan = publish(channel, str(tmp_path / "target"), dry_run=True)
    assert len(plan.send) > 10
    assert not (tmp_path / "target").exists()


def test_other_bytes_for_a_name_are_refused_before_anything_is_written(
    channel: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    publish(channel, str(target))
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    path = channel / "noarch" / "six-1.0-h_0.conda"
    path.write_bytes(path.read_bytes().replace(b"metadata.json", b"metadatA.json"))
    write_package(channel, "another", "1.0")
    index(channel)
    with pytest.raises(PublishError, match=r"six-1.0-h_0.conda: is published with other bytes"):
        publish(channel, str(target))
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "damage",
    [
        "noarch/six-1.0-h_0.conda",
        "noarch/six-1.0-h_0.lz4b",
        "noarch/repodata_shards.msgpack.zst",
        "default-lock.json",
        "noarch/bundles.json",
    ],
)
def test_a_channel_that_is_not_complete_is_not_published(
    channel: Path, tmp_path: Path, damage: str
) -> None:
    (channel / damage).unlink()
    with pytest.raises(PublishError, match="conda-emscripten index"):
        publish(channel, str(tmp_path / "target"))
    assert not (tmp_path / "target").exists()


def test_a_package_that_is_newer_than_its_index_is_not_published(
    channel: Path, tmp_path: Path
) -> None:
    with (channel / "noarch" / "six-1.0-h_0.conda").open("ab") as file:
        file.write(b"more")
    with pytest.raises(PublishError, match="differs from its entry in the index"):
        publish(channel, str(tmp_path / "target"))


@pytest.mark.parametrize("name", ["repodata.json", "bundles.json", "repodata_shards.msgpack.zst"])
def test_a_channel_with_a_damaged_index_is_not_published(
    channel: Path, tmp_path: Path, name: str
) -> None:
    (channel / "noarch" / name).write_bytes(b"{}")
    with pytest.raises(PublishError, match=rf"noarch/{name}: is damaged") as caught:
        publish(channel, str(tmp_path / "target"))
    assert "conda-emscripten index" in caught.value.help
    assert not (tmp_path / "target").exists()


def test_a_shard_with_other_bytes_is_not_published(channel: Path, tmp_path: Path) -> None:
    shard = next((channel / "noarch" / "shards").iterdir())
    shard.write_bytes(b"damaged")
    with pytest.raises(PublishError, match=rf"{shard}: differs from its entry"):
        publish(channel, str(tmp_path / "target"))


def test_a_published_channel_can_be_moved(channel: Path, tmp_path: Path) -> None:
    """No file of a channel names the channel's address."""
    publish(channel, str(tmp_path / "one"))
    shutil.move(tmp_path / "one", tmp_path / "two")
    files = contents(tmp_path / "two")
    assert check(files) > 10
    for name, data in files.items():
        assert str(tmp_path).encode() not in data, name


# Faults


def run_publish(
    channel: Path, target: str, *options: str, file_size: int | None = None
) -> subprocess.CompletedProcess[str]:
    """The command itself, for the channel of a build directory.

    Args:
        channel: the channel.
        target: the command's argument.
        options: further arguments.
        file_size: the largest file that the command can write, in bytes.
    """
    command = [sys.executable, "-m", "conda_emscripten", "publish", target, *options]
    command += ["--root", str(ROOT), "--build-dir", str(channel.parent)]

    def limit() -> None:
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, preexec_fn=limit
    )


def assert_error(done: subprocess.CompletedProcess[str], *texts: str) -> None:
    """The command ended with one error of ``publish`` that has these texts."""
    assert done.returncode == PublishError.exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(re.findall("^error:", done.stderr, re.MULTILINE)) == 1, done.stderr
    for text in texts:
        assert text in done.stderr


@pytest.mark.parametrize(
    ("target", "texts"),
    [
        ("ftp://example.org/channel", ["'ftp://example.org/channel' is not a target", "s3://"]),
        ("s3://", ["'s3://' is not a target"]),
        ("file://other-machine/channel", ["is not a target"]),
        ("https://[bad/channel", ["is not a target"]),
        ("prefix+http://127.0.0.1:9/", ["names no channel", "127.0.0.1:9/CHANNEL"]),
        ("quetz+http://127.0.0.1:9/main", ["QUETZ_API_KEY is not set"]),
        # Not even root can write there.
        ("/sys/channel", ["/sys/channel/published.json: cannot be written: ", "permissions"]),
        ("{tmp}/file", ["/file is not a folder", "Give a folder"]),
        ("{tmp}/file/target", ["/file/target", "Not a directory"]),
        (
            "{tmp}/blocked",
            ["/blocked/noarch/", ": Not a directory", "Check the path"],
        ),
        ("{tmp}/channel", ["is the channel itself"]),
    ],
)
def test_a_target_that_cannot_be_written_is_one_error(
    channel: Path, tmp_path: Path, target: str, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUETZ_API_KEY", raising=False)
    (tmp_path / "file").touch()
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "noarch").touch()
    assert_error(run_publish(channel, target.format(tmp=tmp_path)), *texts)


def test_without_a_channel_the_error_says_what_to_run(tmp_path: Path) -> None:
    done = run_publish(tmp_path / "channel", str(tmp_path / "target"))
    assert_error(done, f"There is no channel in {tmp_path / 'channel'}", "conda-emscripten build")


def test_a_file_that_is_too_large_for_the_target_is_named_and_the_rest_sent_later(
    channel: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    (largest,) = sorted(contents(channel).values(), key=len)[-1:]
    done = run_publish(channel, str(target), file_size=len(largest) - 1)
    assert_error(done, f"{target}/", "cannot be written: File too large")
    check(contents(target))
    assert not [name for name in contents(target) if "/." in name]
    assert run_publish(channel, str(target)).returncode == 0
    assert check(contents(target)) == check(contents(channel))


def test_the_help_for_a_full_disk_does_not_delete_the_channel(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(publish_targets, "atomic_copy", full)
    with pytest.raises(PublishError, match=r"target/.*: the disk is full") as caught:
        publish(channel, str(tmp_path / "target"))
    assert "Make room on its disk" in caught.value.help
    assert "make clean" not in caught.value.help


def test_a_file_that_cannot_be_removed_is_named(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(channel, str(tmp_path / "target"))
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    index(channel)

    unlink = Path.unlink

    def refuse(self: Path, missing_ok: bool = False) -> None:
        if self.name.startswith("six"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PublishError, match=r"six-1\.0.*: cannot be removed: Permission denied"):
        publish(channel, str(tmp_path / "target"), prune=True)


def test_a_channel_file_that_cannot_be_read_is_named(channel: Path, tmp_path: Path) -> None:
    (channel / "feed.atom").unlink()
    (channel / "feed.atom").mkdir()
    done = run_publish(channel, str(tmp_path / "target"))
    assert_error(done, f"{channel / 'feed.atom'}: cannot be read: Is a directory")


# S3


@pytest.fixture
def bucket() -> Iterator[Any]:
    with bucket_server("packages") as client:
        yield client


def test_a_bucket_gets_the_same_files_with_the_headers_of_the_table(
    channel: Path, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Bucket.put
    place = Place.bucket(bucket, "packages", "my/channel")

    def watched(self: Bucket, file: ChannelFile) -> None:
        put(self, file)
        check(place.read(), LEAVING)

    monkeypatch.setattr(Bucket, "put", watched)
    sent = publish(channel, place.address).send
    assert check(place.read()) == check(contents(channel))
    for file in sent:
        head = bucket.head_object(Bucket="packages", Key=f"my/channel/{file.name}")
        assert head["CacheControl"] == file.headers["Cache-Control"], file.name
        assert head["ContentType"] == file.headers["Content-Type"], file.name
    six = bucket.head_object(Bucket="packages", Key="my/channel/noarch/six-1.0-h_0.lz4b")
    assert six["CacheControl"] == "public, max-age=31536000, immutable"
    assert publish(channel, place.address).send == []


def test_an_object_that_was_sent_in_parts_is_compared_by_its_sha256(
    channel: Path, bucket: Any
) -> None:
    """The ETag of such an object is not its md5."""
    publish(channel, "s3://packages/my/channel")
    body = (channel / "noarch" / "six-1.0-h_0.lz4b").read_bytes()
    key = "my/channel/noarch/six-1.0-h_0.lz4b"
    upload = bucket.create_multipart_upload(
        Bucket="packages", Key=key, Metadata={"sha256": hashlib.sha256(body).hexdigest()}
    )["UploadId"]
    part = bucket.upload_part(Bucket="packages", Key=key, UploadId=upload, PartNumber=1, Body=body)
    bucket.complete_multipart_upload(
        Bucket="packages",
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    assert publish(channel, "s3://packages/my/channel").send == []
    bucket.put_object(Bucket="packages", Key=key, Body=b"x" * len(body))
    with pytest.raises(PublishError, match=r"s3://packages/my/channel/.*: is published with other"):
        publish(channel, "s3://packages/my/channel")


def test_pruning_a_bucket_removes_a_package_with_its_bundle(channel: Path, bucket: Any) -> None:
    place = Place.bucket(bucket, "packages", "my/channel")
    publish(channel, place.address)
    (channel / "noarch" / "numpy-1.0-h_0.conda").unlink()
    index(channel)
    plan = publish(channel, place.address, prune=True)
    assert "noarch/numpy-1.0-h_0.lz4b" in plan.remove
    assert not any("numpy" in name for name in place.read())
    assert check(place.read()) == check(contents(channel))


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_does_not_exist_is_one_error(channel: Path) -> None:
    done = run_publish(channel, "s3://missing/channel")
    assert_error(done, "s3://missing/channel/published.json: ", "NoSuchBucket", "AWS_ENDPOINT_URL")


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:{port}", "not a URL"])
def test_an_endpoint_that_cannot_be_reached_is_one_error(
    channel: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.format(port=unused_port()))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    done = run_publish(channel, "s3://packages/channel")
    assert_error(done, "s3://packages/channel", "AWS_ENDPOINT_URL")


@pytest.mark.usefixtures("bucket")
def test_missing_credentials_are_one_error(channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert_error(run_publish(channel, "s3://packages/channel"), "AWS_ACCESS_KEY_ID")


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


# Servers


@dataclass
class Server:
    """Accepts packages as quetz and prefix do, and records the requests."""

    keys: list[str] = field(default_factory=list)
    received: dict[str, bytes] = field(default_factory=dict)
    status: int = 201

    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            self.keys += [
                value
                for name, value in request.headers.items()
                if name in ("x-api-key", "authorization")
            ]
            body = await request.body()
            self.received[hashlib.sha256(body).hexdigest()] = body
            return JSONResponse({}, status_code=self.status)

        return Starlette(routes=[Route("/{path:path}", take, methods=["GET", "POST", "PUT"])])


@pytest.mark.parametrize("kind", ["quetz", "prefix"])
def test_a_server_gets_the_packages(
    channel: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{kind.upper()}_API_KEY", "secret")
    server = Server()
    with running(server.app()) as address:
        done = run_publish(channel, f"{kind}+{address}/main")
    assert done.returncode == 0, done.stderr
    assert server.keys
    assert all("secret" in key for key in server.keys)
    bodies = list(server.received.values())
    for name in ("numpy", "python", "six"):
        package = channel / "noarch" / f"{name}-1.0-h_0.conda"
        assert any(package.read_bytes() in body for body in bodies)


@pytest.mark.parametrize("kind", ["quetz", "prefix", "anaconda"])
def test_a_server_that_refuses_is_one_error(
    channel: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{kind.upper()}_API_KEY", "wrong")
    with running(Server(status=401).app()) as address:
        done = run_publish(channel, f"{kind}+{address}/main")
    assert_error(done, f"{address} did not accept the packages", f"{kind.upper()}_API_KEY")


@pytest.mark.parametrize("kind", ["quetz", "prefix", "anaconda"])
def test_a_server_that_cannot_be_reached_is_one_error(
    channel: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{kind.upper()}_API_KEY", "secret")
    address = f"http://127.0.0.1:{unused_port()}"
    done = run_publish(channel, f"{kind}+{address}/main")
    assert_error(done, f"{address} did not accept the packages")


def test_a_server_is_not_pruned(channel: Path) -> None:
    with pytest.raises(PublishError, match="a server removes packages itself") as caught:
        publish(channel, "quetz+http://127.0.0.1:9/main", prune=True)
    assert "Leave out --prune" in caught.value.help
