"""Does the current repodata have the newest versions, and those that they need?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.current import current_packages
from conda_emscripten.errors import ChannelError

SUBDIRS = ("emscripten-wasm32", "noarch")


def write(channel: Path, subdir: str, *packages: tuple[str, list[str]], **fields: Any) -> None:
    """Write the repodata of a subdir: names of packages without ".conda", and what they need."""
    records = {}
    for text, depends in packages:
        name, version, build = text.split("-")
        records[f"{text}.conda"] = {
            "name": name,
            "version": version,
            "build": build,
            "depends": depends,
            "build_number": int(build[-1]),
            "subdir": subdir,
            "sha256": "0" * 64,
            **fields,
        }
    folder = channel / subdir
    folder.mkdir()
    content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": records}
    (folder / "repodata.json").write_text(json.dumps(content))


def current(channel: Path) -> list[str]:
    return sorted(
        file.removesuffix(".conda")
        for files in current_packages(channel, SUBDIRS).values()
        for file in files
    )


def test_the_newest_versions_and_what_they_need_are_current(tmp_path: Path) -> None:
    write(
        tmp_path,
        "emscripten-wasm32",
        ("python-3.12.9-h_0", []),
        ("python-3.13.5-h_0", ["__emscripten"]),
        ("python-3.14.0-h_0", []),
        ("numpy-2.10.0-py313_0", ["python >=3.13,<3.14.0a0"]),
        ("numpy-2.9.0-py313_0", ["python >=3.12"]),
        ("blas-1.0-openblas_0", []),
        ("blas-1.0-reference_1", []),
    )
    write(
        tmp_path,
        "noarch",
        ("lib-1.9-h_0", []),
        ("lib-1.10-h_0", []),
        ("lib-1.10-h_1", []),
        ("pandas-3.0-py_0", ["numpy >=2", "blas 1.0 openblas_0", "missing", "lib >=1.10"]),
        ("broken-1.0-h_0", ["python >=>3"]),
    )
    assert current(tmp_path) == [
        "blas-1.0-openblas_0",  # pandas needs it
        "blas-1.0-reference_1",
        "broken-1.0-h_0",
        "lib-1.10-h_1",
        "numpy-2.10.0-py313_0",
        "pandas-3.0-py_0",
        "python-3.13.5-h_0",  # numpy needs it
        "python-3.14.0-h_0",
    ]


def test_a_version_with_track_features_is_not_the_newest(tmp_path: Path) -> None:
    write(tmp_path, "emscripten-wasm32", ("tool-1.0-h_0", []))
    write(tmp_path, "noarch", ("tool-2.0-h_0", []), track_features="slow")
    assert current(tmp_path) == ["tool-1.0-h_0"]


@pytest.mark.parametrize("content", ["{", '{"packages.conda": {"a-1-0.conda": {"name": "a"}}}'])
def test_damaged_repodata_is_an_error_that_says_what_to_do(tmp_path: Path, content: str) -> None:
    write(tmp_path, "noarch")
    (tmp_path / "emscripten-wasm32").mkdir()
    (tmp_path / "emscripten-wasm32" / "repodata.json").write_text(content)
    with pytest.raises(ChannelError, match="its repodata cannot be read") as error:
        current(tmp_path)
    assert "conda-emscripten index" in (error.value.help or "")
