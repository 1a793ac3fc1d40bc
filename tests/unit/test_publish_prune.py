"""Does pruning remove only files that the channel published before?"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.channel import Channel
from conda_emscripten.compress import compress_bundles
from conda_emscripten.errors import PublishError
from conda_emscripten.publish import publish
from conda_emscripten.publish_targets import ChannelFile, Folder
from tests.harness.channels import index
from tests.harness.packages import write_package
from tests.harness.published import Place, check, contents
from tests.harness.s3 import bucket_server

MANIFEST = "published.json"
SIX = ["noarch/six-1.0-h_0.conda", "noarch/six-1.0-h_0.lz4b"]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A channel that no test changes."""
    path = tmp_path_factory.mktemp("indexed")
    (path / "emscripten-wasm32").mkdir()
    for name in ("python", "six", "numpy"):
        write_package(path, name, "1.0", {f"share/{name}": bytes(range(256)) * 100})
    index(path)
    return path


@pytest.fixture
def channel(indexed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed, tmp_path / "channel"))


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    with bucket_server("packages") as client:
        yield client


@pytest.fixture(params=["folder", "file URL", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    path = tmp_path / "target"
    if request.param == "bucket":
        client = request.getfixturevalue("bucket")
        return Place.bucket(client, "packages", f"{tmp_path.name}/channel")
    return Place.folder(path, None if request.param == "folder" else path.as_uri())


def drop(channel: Path, *names: str) -> None:
    """Remove packages from the channel."""
    for name in names:
        (channel / "noarch" / f"{name}-1.0-h_0.conda").unlink()
    index(channel)


def listed(place: Place) -> set[str]:
    """The names in the manifest."""
    return set(json.loads(place.read()[MANIFEST])["files"])


def add_native_subdir(channel: Path) -> None:
    """Give the channel a subdir linux-64, as the cross-compiler's packages have it."""
    write_package(channel, "activation", "1.0", subdir="linux-64")
    Channel(path=channel, subdirs=("linux-64",)).write_repodata(force=True)
    index(channel)


def write_foreign_channel(place: Place, folder: str) -> None:
    """Another tool's channel."""
    repodata = {"packages": {}, "packages.conda": {"other-1-0.conda": {"size": 1, "sha256": "a"}}}
    place.write(f"{folder}/noarch/repodata.json", json.dumps(repodata).encode())
    for name in ("other-1-0.conda", "other-1-0.lz4b", f"shards/{'ab' * 32}.msgpack.zst"):
        place.write(f"{folder}/noarch/{name}", b"o")


def test_foreign_files_below_the_target_stay(channel: Path, place: Place) -> None:
    publish(channel, place.address)
    for folder in ("dev", "noarch", "emscripten-wasm32", "a/b"):
        write_foreign_channel(place, folder)
    for name in (
        "mine.txt",
        "backups/six-1.0-h_0.lz4b",
        "backups/six-1.0-h_0.conda",
        "linux-64/repodata.json",
        "linux-64/six-1.0-h_0.conda",
        "my-subdir/six-1.0-h_0.conda",
        "noarch/mine-1.0-h_0.conda",
        "noarch/mine-1.0-h_0.lz4b.zst",
        f"noarch/shards/{'cd' * 32}.msgpack.zst",
        "noarch/shards/readme.txt",
    ):
        place.write(name, b"someone else's")
    drop(channel, "six")
    before = place.read()
    plan = publish(channel, place.address, prune=True)
    after = place.read()
    assert before.keys() - after.keys() == set(plan.remove)
    assert [name for name in plan.remove if "/shards/" not in name] == SIX
    assert len(plan.remove) == 4
    sent = {file.name for file in plan.send}
    changed = {name for name, data in after.items() if before.get(name) != data}
    assert changed == {*sent, MANIFEST}
    assert sent.isdisjoint(before.keys() - contents(channel).keys())


def test_channels_inside_one_another_leave_each_other_alone(
    channel: Path, tmp_path: Path, place: Place
) -> None:
    other = tmp_path / "other"
    shutil.copytree(channel, other)
    addresses = [f"{place.address}/dev", f"{place.address}/noarch", place.address]
    for address in addresses:
        publish(other, address)
    drop(channel, "six")
    before = place.read()
    plans = [publish(channel, address, prune=True).remove for address in addresses]
    assert [len(plan) for plan in plans] == [4, 4, 4]
    after = place.read()
    for folder in ("dev/", "noarch/", ""):
        published = {name.removeprefix(folder): data for name, data in after.items()}
        assert {name: published.get(name) for name in contents(channel) if "/." not in name} == {
            name: data for name, data in contents(channel).items() if "/." not in name
        }
    assert before.keys() - after.keys() == {
        f"{folder}{name}"
        for folder, plan in zip(("dev/", "noarch/", ""), plans, strict=True)
        for name in plan
    }


def test_files_of_an_earlier_publish_without_prune_are_removed_later(
    channel: Path, place: Place
) -> None:
    compress_bundles(channel)
    publish(channel, place.address)
    variant = "noarch/six-1.0-h_0.lz4b.zst"
    assert variant in place.read()
    drop(channel, "six")
    assert publish(channel, place.address).remove == []
    assert {*SIX, variant} <= place.read().keys()
    drop(channel, "numpy")
    publish(channel, place.address, prune=True)
    assert place.read().keys() == listed(place) | {MANIFEST}
    assert not any("six" in name or "numpy" in name for name in place.read())
    assert publish(channel, place.address, prune=True).send == []


def test_without_a_manifest_the_published_indexes_name_what_is_removed(
    channel: Path, place: Place
) -> None:
    compress_bundles(channel)
    publish(channel, place.address)
    place.remove(MANIFEST)
    place.write("noarch/mine-1.0-h_0.conda", b"not in an index")
    write_foreign_channel(place, "dev")
    drop(channel, "six")
    before = place.read()
    # A run without --prune replaces the indexes: the names must not be lost.
    assert publish(channel, place.address).remove == []
    plan = publish(channel, place.address, prune=True)
    assert [name for name in plan.remove if "/shards/" not in name] == [
        *SIX,
        "noarch/six-1.0-h_0.lz4b.zst",
    ]
    assert len(plan.remove) == 5
    after = place.read()
    assert before.keys() - after.keys() == set(plan.remove)
    check({name: data for name, data in after.items() if not name.startswith("dev/")})


def test_the_manifest_names_every_file_before_the_first_is_sent(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.folder(tmp_path / "target")
    put = Folder.put

    def watched(self: Folder, file: ChannelFile) -> None:
        assert {name for name in contents(channel) if "/." not in name} <= listed(place)
        put(self, file)

    monkeypatch.setattr(Folder, "put", watched)
    publish(channel, place.address)


@pytest.mark.parametrize("method", ["write", "put", "remove"])
def test_files_of_an_interrupted_publish_are_removed_later(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """The interruption is tried at every moment."""
    old, new = tmp_path / "old", channel
    shutil.copytree(channel, old)
    drop(new, "six")
    write_package(new, "pandas", "1.0")
    index(new)
    last = tmp_path / "last"
    shutil.copytree(new, last)
    drop(last, "pandas")
    expected = Place.folder(tmp_path / "expected")
    publish(last, expected.address)
    done = getattr(Folder, method)
    moments = 0
    while True:
        place = Place.folder(tmp_path / f"target{moments}")
        publish(old, place.address)
        left = moments

        def interrupted(self: Folder, *args: Any) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            done(self, *args)

        with monkeypatch.context() as patch:
            patch.setattr(Folder, method, interrupted)
            try:
                publish(new, place.address, prune=True)
                break
            except KeyboardInterrupt:
                moments += 1
        check(place.read(), leaving=["six-1.0-h_0.conda"])
        publish(last, place.address, prune=True)
        assert place.read() == expected.read()
    assert moments >= {"write": 2, "put": 10, "remove": 3}[method]


def test_a_subdir_that_the_channel_no_longer_has_is_removed_index_first(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_native_subdir(channel)
    place = Place.folder(tmp_path / "target")
    publish(channel, place.address)
    assert any(name.startswith("linux-64/shards/") for name in place.read())
    shutil.rmtree(channel / "linux-64")
    drop(channel, "six")
    remove = Folder.remove
    moments = []

    def watched(self: Folder, name: str) -> None:
        remove(self, name)
        moments.append(name)
        check(place.read(), leaving=["six-1.0-h_0.conda"])

    monkeypatch.setattr(Folder, "remove", watched)
    publish(channel, place.address, prune=True)
    assert len(moments) >= 8
    assert not any(name.startswith("linux-64/") for name in place.read())
    assert place.read().keys() == listed(place) | {MANIFEST}


def test_a_former_subdir_that_another_channel_uses_now_stays(channel: Path, place: Place) -> None:
    add_native_subdir(channel)
    publish(channel, place.address)
    shutil.rmtree(channel / "linux-64")
    index(channel)
    repodata = {"packages": {}, "packages.conda": {"other-1-0.conda": {"size": 1, "sha256": "a"}}}
    place.write("linux-64/repodata.json", json.dumps(repodata).encode())
    place.write("linux-64/other-1-0.conda", b"o")
    before = place.read()
    assert publish(channel, place.address, prune=True).remove == []
    assert place.read().keys() == before.keys()
    # The names stay in the manifest: once the other channel is gone, the files are removed.
    place.remove("linux-64/repodata.json")
    plan = publish(channel, place.address, prune=True)
    assert "linux-64/activation-1.0-h_0.conda" in plan.remove
    assert "linux-64/other-1-0.conda" in place.read()


def test_the_indexes_of_another_channel_are_not_replaced(channel: Path, place: Place) -> None:
    publish(channel, place.address)
    place.write("linux-64/repodata.json", b"{}")
    add_native_subdir(channel)
    before = place.read()
    with pytest.raises(PublishError, match=r"linux-64/repodata\.json: belongs to another channel"):
        publish(channel, place.address, prune=True)
    assert place.read() == before


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"[]",
        b"{}",
        b'{"version": 1}',
        b'{"version": 1, "files": {"a": 1}}',
        b'{"version": 1, "files": [1]}',
        b'{"version": 2, "files": []}',
        b'{"version": 1, "files": ["noarch/six',
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("prune", [True, False])
def test_a_damaged_manifest_is_one_error_and_nothing_changes(
    channel: Path, tmp_path: Path, damage: bytes, prune: bool
) -> None:
    place = Place.folder(tmp_path / "target")
    publish(channel, place.address)
    place.write(MANIFEST, damage)
    drop(channel, "six")
    before = place.read()
    with pytest.raises(PublishError, match=r"target/published\.json: is damaged") as caught:
        publish(channel, place.address, prune=prune)
    assert "Restore the file from a backup" in caught.value.help
    assert place.read() == before


def test_a_damaged_manifest_in_a_bucket_is_one_error_and_nothing_changes(
    channel: Path, tmp_path: Path, bucket: Any
) -> None:
    place = Place.bucket(bucket, "packages", f"{tmp_path.name}/damaged")
    publish(channel, place.address)
    place.write(MANIFEST, b"{")
    drop(channel, "six")
    before = place.read()
    with pytest.raises(PublishError, match=r"s3://packages/.*/published\.json: is damaged"):
        publish(channel, place.address, prune=True)
    assert place.read() == before


@pytest.mark.parametrize("name", ["repodata.json", "bundles.json", "repodata_shards.msgpack.zst"])
@pytest.mark.parametrize("damage", [b"", b"{}", b'{"bundles": {"a": 1}}', b"\x28\xb5\x2f\xfd"])
def test_a_damaged_published_index_without_a_manifest_is_one_error(
    channel: Path, tmp_path: Path, name: str, damage: bytes
) -> None:
    place = Place.folder(tmp_path / "target")
    publish(channel, place.address)
    place.remove(MANIFEST)
    place.write(f"noarch/{name}", damage)
    before = place.read()
    with pytest.raises(PublishError, match=rf"target/noarch/{name}: is damaged"):
        publish(channel, place.address, prune=True)
    assert place.read() == before


def test_names_that_lead_out_of_the_subdirs_are_ignored(channel: Path, tmp_path: Path) -> None:
    place = Place.folder(tmp_path / "www" / "target")
    publish(channel, place.address)
    outside = tmp_path / "www" / "noarch" / "six-1.0-h_0.conda"
    outside.parent.mkdir()
    outside.write_bytes(b"outside")
    place.write("mine.txt", b"")
    names = [
        "../noarch/six-1.0-h_0.conda",
        "noarch/../mine.txt",
        str(outside),
        "mine.txt",
        "noarch",
    ]
    place.write(MANIFEST, json.dumps({"version": 1, "files": [*listed(place), *names]}).encode())
    assert publish(channel, place.address, prune=True).remove == []
    assert outside.exists()
    assert "mine.txt" in place.read()


def test_names_of_missing_files_leave_the_manifest(channel: Path, place: Place) -> None:
    publish(channel, place.address)
    names = [*listed(place), "noarch/never-1.0-h_0.conda", "win-64/never-1.0-h_0.conda"]
    place.write(MANIFEST, json.dumps({"version": 1, "files": names}).encode())
    publish(channel, place.address)
    assert "noarch/never-1.0-h_0.conda" in listed(place)
    assert publish(channel, place.address, prune=True).remove == []
    assert place.read().keys() == listed(place) | {MANIFEST}


def test_a_dry_run_names_the_files_and_changes_nothing(channel: Path, place: Place) -> None:
    assert len(publish(channel, place.address, dry_run=True).send) > 10
    assert place.read() == {}
    publish(channel, place.address)
    drop(channel, "six")
    write_package(channel, "pandas", "1.0")
    index(channel)
    for names in (place.read().keys(), place.read().keys() - {MANIFEST}):
        if MANIFEST not in names:
            place.remove(MANIFEST)
        before = place.read()
        lines: list[str] = []
        plan = publish(channel, place.address, prune=True, dry_run=True, tell=lines.append)
        assert place.read() == before
        assert "noarch/pandas-1.0-h_0.conda" in [file.name for file in plan.send]
        assert {f"remove {name}" for name in SIX} <= set(lines)


def test_the_manifest_of_a_bucket_is_revalidated_by_clients(
    channel: Path, tmp_path: Path, bucket: Any
) -> None:
    prefix = f"{tmp_path.name}/headers"
    publish(channel, f"s3://packages/{prefix}")
    head = bucket.head_object(Bucket="packages", Key=f"{prefix}/{MANIFEST}")
    assert (head["CacheControl"], head["ContentType"]) == ("no-cache", "application/json")


@pytest.mark.parametrize("link", [False, True])
def test_a_channel_is_not_published_to_itself(channel: Path, tmp_path: Path, link: bool) -> None:
    """The site has a link to the channel."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "channel").symlink_to(channel)
    target = tmp_path / "dist" / "channel" if link else channel
    before = contents(channel)
    with pytest.raises(PublishError, match="is the channel itself"):
        publish(channel, str(target), prune=True)
    assert contents(channel) == before


def test_removing_nothing_keeps_the_manifest_as_it_is(
    channel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.folder(tmp_path / "target")
    publish(channel, place.address)
    before = (tmp_path / "target" / MANIFEST).stat().st_mtime_ns
    written: list[object] = []
    monkeypatch.setattr(Folder, "write", lambda *written_file: written.append(written_file))
    publish(channel, place.address, prune=True)
    assert (tmp_path / "target" / MANIFEST).stat().st_mtime_ns == before
    assert written == []
