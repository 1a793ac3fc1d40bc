"""Does a reader of a published channel find every file that he is told of, at any moment?"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import msgpack
import pytest
import zstandard
from moto.server import ThreadedMotoServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conda_emscripten import publish as publish_module
from conda_emscripten.bundle import bundle_channel
from conda_emscripten.channel import Channel
from conda_emscripten.errors import ChannelError, PublishError
from conda_emscripten.publish import ChannelFile, Folder, publish
from tests.harness.packages import write_package
from tests.harness.server import running


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    path = tmp_path / "channel"
    (path / "emscripten-wasm32").mkdir(parents=True)
    for name in ("python", "six", "numpy"):
        write_package(path, name, "1.0")
    return indexed(path)


def indexed(path: Path) -> Path:
    Channel(path=path, subdirs=("emscripten-wasm32", "noarch")).index(force=True)
    bundle_channel(path, python=None)
    return path


#: What the tests remove from the channel.
LEAVING = ("six-1.0-h_0.conda", "numpy-1.0-h_0.conda")


def unzstd(path: Path) -> Any:
    data = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    return msgpack.unpackb(data) if ".msgpack" in path.name else json.loads(data)


def named(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """All files that the indexes of a channel name, and the sha256 that they promise."""
    for path in folder.glob("*/repodata.json*"):
        repodata = unzstd(path) if path.suffix == ".zst" else json.loads(path.read_bytes())
        bundles = json.loads((path.parent / "bundles.json").read_bytes())["bundles"]
        for name, record in repodata["packages.conda"].items():
            yield path.parent / name, record["sha256"]
            # What is on its way out is the first to leave bundles.json.
            assert bundles.get(name, {}).get("package_sha256") in (record["sha256"], None)
            assert name in bundles or name in LEAVING
    for path in folder.glob("*/bundles.json"):
        for bundle in json.loads(path.read_bytes())["bundles"].values():
            if bundle["bundle"]:
                yield path.parent / bundle["bundle"], bundle["sha256"]
    for path in folder.glob("*/repodata_shards.msgpack.zst"):
        for digest in unzstd(path)["shards"].values():
            shard = path.parent / "shards" / f"{digest.hex()}.msgpack.zst"
            yield shard, digest.hex()
            for name, record in unzstd(shard)["packages.conda"].items():
                yield path.parent / name, record["sha256"].hex()
            for bundle in unzstd(shard).get("bundles", {}).values():
                if bundle["bundle"]:
                    yield path.parent / bundle["bundle"], bundle["sha256"].hex()
    for path in folder.glob("*lock.json"):
        for package in json.loads(path.read_bytes())["packages"]:
            if package["bundle"]:
                yield folder / package["subdir"] / package["bundle"], package["bundle_sha256"]


def check(folder: Path) -> int:
    """Whatever an index names is there, and what it promises. Returns how many files that are."""
    count = 0
    for path, sha256 in named(folder):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, path
        count += 1
    return count


def test_a_folder_is_complete_at_every_moment(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    moments = []
    put, remove = Folder.put, Folder.remove

    def watched_put(self: Folder, file: ChannelFile) -> None:
        put(self, file)
        moments.append(check(target))

    def watched_remove(self: Folder, name: str) -> None:
        remove(self, name)
        moments.append(check(target))

    monkeypatch.setattr(Folder, "put", watched_put)
    monkeypatch.setattr(Folder, "remove", watched_remove)
    publish(channel, str(target))
    assert moments[-1] > 10
    # One package comes, one goes, one has a new build.
    write_package(channel, "pandas", "3.0")
    write_package(channel, "six", "2.0")
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    indexed(channel)
    plan = publish(channel, str(target), prune=True)
    assert [name for name in plan.remove if name.endswith(("conda", "lz4b"))] == [
        "noarch/six-1.0-h_0.conda",
        "noarch/six-1.0-h_0.lz4b",
    ]
    assert check(target) == check(channel)


def test_what_is_there_is_not_sent_again(channel: Path, tmp_path: Path) -> None:
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
    indexed(channel)
    with pytest.raises(PublishError, match=r"six-1.0-h_0.conda is published with other bytes"):
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
    with pytest.raises(PublishError, match="is not what its index says"):
        publish(channel, str(tmp_path / "target"))


def test_bad_targets(channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PublishError, match="is no target"):
        publish(channel, "ftp://example.org/channel")
    with pytest.raises(PublishError, match="There is no channel"):
        publish(tmp_path / "nothing", str(tmp_path / "target"))
    monkeypatch.delenv("QUETZ_API_KEY", raising=False)
    with pytest.raises(PublishError, match="Set QUETZ_API_KEY"):
        publish(channel, "quetz+http://127.0.0.1:9/main")
    with pytest.raises(PublishError, match="names no channel"):
        publish(channel, "prefix+http://127.0.0.1:9/")
    with pytest.raises(PublishError, match="leave --prune out"):
        publish(channel, "quetz+http://127.0.0.1:9/main", prune=True)
    (tmp_path / "file").write_text("")
    with pytest.raises((PublishError, ChannelError), match="Cannot write"):
        publish(channel, str(tmp_path / "file" / "target"))


# S3


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of a real S3-compatible server on the loopback interface."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="packages")
    yield client
    server.stop()


def test_a_bucket_gets_the_same_with_the_right_headers(
    channel: Path, tmp_path: Path, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = publish_module.Bucket.put
    copy = tmp_path / "copy"

    def watched(self: Any, file: ChannelFile) -> None:
        put(self, file)
        body = bucket.get_object(Bucket="packages", Key=f"my/channel/{file.name}")["Body"].read()
        (copy / file.name).parent.mkdir(parents=True, exist_ok=True)
        (copy / file.name).write_bytes(body)
        check(copy)

    monkeypatch.setattr(publish_module.Bucket, "put", watched)
    publish(channel, "s3://packages/my/channel")
    assert check(copy) == check(channel)

    def head(name: str) -> Any:
        return bucket.head_object(Bucket="packages", Key=f"my/channel/{name}")

    six = head("noarch/six-1.0-h_0.lz4b")
    assert six["CacheControl"] == "public, max-age=31536000, immutable"
    assert six["ContentType"] == "application/octet-stream"
    index = head("noarch/bundles.json")
    assert (index["CacheControl"], index["ContentType"]) == ("no-cache", "application/json")
    assert publish(channel, "s3://packages/my/channel").send == []
    # An object that was put in parts has another tag: then its sha256 counts.
    body = (channel / "noarch" / "six-1.0-h_0.lz4b").read_bytes()
    sha256 = hashlib.sha256(body).hexdigest()
    key = "my/channel/noarch/six-1.0-h_0.lz4b"
    upload = bucket.create_multipart_upload(
        Bucket="packages", Key=key, Metadata={"sha256": sha256}
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
    with pytest.raises(PublishError, match="other bytes"):
        publish(channel, "s3://packages/my/channel")
    (channel / "noarch" / "numpy-1.0-h_0.conda").unlink()
    bucket.delete_object(Bucket="packages", Key=key)
    plan = publish(indexed(channel), "s3://packages/my/channel", prune=True)
    assert "noarch/numpy-1.0-h_0.lz4b" in plan.remove
    listed = bucket.list_objects_v2(Bucket="packages")["Contents"]
    assert not any("numpy" in entry["Key"] for entry in listed)


def test_a_bucket_that_is_not_there_is_said(channel: Path, bucket: Any) -> None:
    with pytest.raises(PublishError, match=r"s3://missing/.*Check AWS_ENDPOINT_URL"):
        publish(channel, "s3://missing/channel")


# Servers


@dataclass
class Server:
    """Takes packages as quetz and prefix do, and keeps what it was sent."""

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
        done = publish_elsewhere(channel, f"{kind}+{address}/main")
    assert done.returncode == 0, done.stderr
    assert server.keys
    assert all("secret" in key for key in server.keys)
    bodies = list(server.received.values())
    for name in ("numpy", "python", "six"):
        package = channel / "noarch" / f"{name}-1.0-h_0.conda"
        assert any(package.read_bytes() in body for body in bodies)


def test_a_server_that_refuses_is_said(channel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUETZ_API_KEY", "wrong")
    server = Server(status=401)
    with running(server.app()) as address:
        done = publish_elsewhere(channel, f"quetz+{address}/main")
    assert "PublishError" in done.stderr
    assert "has not taken the packages" in done.stderr


def publish_elsewhere(channel: Path, target: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: rattler's uploaders hold the interpreter's lock."""
    script = "import sys, pathlib; from conda_emscripten.publish import publish"
    script += "; publish(pathlib.Path(sys.argv[1]), sys.argv[2])"
    command = [sys.executable, "-c", script, str(channel), target]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_published_channel_can_be_moved(channel: Path, tmp_path: Path) -> None:
    """Nothing in it says where it is."""
    publish(channel, str(tmp_path / "one"))
    shutil.move(tmp_path / "one", tmp_path / "two")
    assert check(tmp_path / "two") > 10
    for path in (tmp_path / "two").rglob("*.json"):
        assert str(tmp_path) not in path.read_text()
