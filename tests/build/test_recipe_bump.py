"""Does a changed recipe build from the new source, with its patch?"""

from __future__ import annotations

from pathlib import Path

from conda_emscripten.conda_package import read_package
from tests.harness.sandbox import Sandbox
from tests.harness.sdists import FolderIndex

RECIPE = """\
context:
  version: "1.0"

package:
  name: demo
  version: ${{ version }}

source:
  url: https://pypi.io/packages/source/d/demo/demo-${{ version }}.tar.gz
  sha256: 0000000000000000000000000000000000000000000000000000000000000000  # of 1.0
  patches: [0001-More.patch]

build:
  number: 2
  noarch: generic
  script: cp demo.txt "$PREFIX/demo.txt"
"""

PATCH = """\
Subject: [PATCH] More

--- a/demo.txt
+++ b/demo.txt
@@ -1,4 +1,4 @@
 one
-two
+three
 four
 five
"""


def test_the_new_version_builds_with_the_patch(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = sandbox.project.recipes_dir / "demo"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "0001-More.patch").write_text(PATCH)
    index = FolderIndex(tmp_path / "index")
    index.add("demo", {"demo.txt": "one\ntwo\nfour\nfive\nsix\n"}, version="1.1")

    bumped = sandbox.run("recipe", "bump", "demo", env=index.env)
    assert bumped.returncode == 0, bumped.stdout + bumped.stderr
    # The build takes the source from the cache: there is no index any more.
    built = sandbox.run("build", "demo", env={"PIP_INDEX_URL": "http://127.0.0.1:1/simple"})
    assert built.returncode == 0, built.stdout + built.stderr

    engine = sandbox.engine()
    package = engine.store.package(engine.recipes.get("demo"))
    assert package is not None
    assert package.name.startswith("demo-1.1-")
    assert package.name.endswith("_0.conda")
    assert read_package(package).files["demo.txt"].content == b"one\nthree\nfour\nfive\nsix\n"
