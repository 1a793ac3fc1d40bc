"""A project becomes a wheel, as pip asks for it (PEP 517).

Without pytest, which needs setuptools to be built.
"""

import os
import tempfile
import zipfile
from pathlib import Path

from setuptools import build_meta

os.chdir(tempfile.mkdtemp())
Path("pyproject.toml").write_text(
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    '[project]\nname = "small"\nversion = "1.5"\ndependencies = ["six>=1"]\n'
)
Path("small").mkdir()
Path("small/__init__.py").write_text("answer = 42\n")

name = build_meta.build_wheel("dist")

assert name == "small-1.5-py3-none-any.whl", name
with zipfile.ZipFile(f"dist/{name}") as wheel:
    assert wheel.read("small/__init__.py") == b"answer = 42\n"
    assert b"Requires-Dist: six>=1\n" in wheel.read("small-1.5.dist-info/METADATA")
