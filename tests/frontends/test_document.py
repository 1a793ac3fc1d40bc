"""Do the tests get all code of the pages in docs/use-from?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.frontends import document
from tests.frontends.document import Block, blocks, commands, write_files
from tests.frontends.installed import HERE

TEXT = """# Use it from X

## First

```sh
x install https://example.org/pyodide.mjs
```

## Second

```js
// src/x.config.js
export default {};
```

```json
// x.json
{}
```
"""


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one page."""
    monkeypatch.setattr(document, "DOCS", tmp_path)
    (tmp_path / "x.md").write_text(TEXT)
    return tmp_path


@pytest.mark.usefixtures("docs")
def test_blocks_have_their_heading_and_file() -> None:
    assert blocks("x", site="http://127.0.0.1:1") == [
        Block("sh", "x install http://127.0.0.1:1/pyodide.mjs\n", "First", None),
        Block("js", "// src/x.config.js\nexport default {};\n", "Second", "src/x.config.js"),
        Block("json", "// x.json\n{}\n", "Second", "x.json"),
    ]
    assert [block.heading for block in blocks("x", "Second")] == ["Second", "Second"]
    with pytest.raises(LookupError, match="'Third'"):
        blocks("x", "Third")


def test_files_and_commands_are_those_of_the_page(docs: Path) -> None:
    write_files(blocks("x"), docs)
    assert (docs / "src" / "x.config.js").read_text() == "// src/x.config.js\nexport default {};\n"
    assert (docs / "x.json").read_text() == "{}\n"
    assert commands(blocks("x")) == ["x install https://example.org/pyodide.mjs\n"]


@pytest.mark.parametrize("page", sorted(path.stem for path in document.DOCS.glob("*.md")))
def test_every_fence_of_a_page_is_of_a_block(page: str) -> None:
    text = (document.DOCS / f"{page}.md").read_text()
    fences = re.findall(r"^ *(?:```|~~~)", text, re.MULTILINE)
    assert len(fences) == 2 * len(document._BLOCK.findall(text))


def test_the_versions_of_the_table_are_those_that_are_installed() -> None:
    package = json.loads((HERE / "package.json").read_text())
    pinned = set(package["devDependencies"].values())
    pinned |= set(re.findall(r"==(\S+)", (HERE / "requirements.txt").read_text()))
    table = (document.DOCS / "index.md").read_text()
    versions = re.findall(r"^\| [^|]+ \| ([\d., ]+) \|", table, re.MULTILINE)
    assert len(versions) >= 3
    assert {each for cell in versions for each in cell.split(", ")} - pinned == set()
