"""Which addresses of schedulers are refused?"""

from __future__ import annotations

from pathlib import Path

import dask
import pytest

from conda_emscripten.errors import SchedulerError, UsageError
from conda_emscripten.machines.protocol import security


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:1"]
)
def test_a_connection_to_this_machine_needs_no_certificates(address: str) -> None:
    assert not security(address).require_encryption


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "tcp://build.example.org:8786"])
def test_a_connection_to_another_machine_must_be_encrypted(address: str) -> None:
    with pytest.raises(SchedulerError, match="would not be encrypted") as raised:
        security(address)
    assert "tls://" in raised.value.help and "docs/several-machines.md" in raised.value.help


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8786", "tcp://127.0.0.1", "http://127.0.0.1:8786", "tcp://a:99999", ""]
)
def test_other_addresses_are_wrong_usage(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a scheduler"):
        security(address)


def test_missing_certificates_are_named(tmp_path: Path) -> None:
    with pytest.raises(SchedulerError, match="There are no certificates"):
        security("tls://build.example.org:8786")
    gone = str(tmp_path / "gone.pem")
    roles = [f"{role}.{file}" for role in ("client", "worker") for file in ("cert", "key")]
    settings = {f"distributed.comm.tls.{each}": gone for each in ("ca-file", *roles)}
    with (
        dask.config.set(settings),
        pytest.raises(SchedulerError, match=r"There is no certificate .*gone\.pem"),
    ):
        security("tls://build.example.org:8786")
