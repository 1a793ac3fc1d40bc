"""Which licence does a source have, as an SPDX expression, and which files have its text?"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from identify.identify import license_id
from license_expression import ExpressionError, get_spdx_licensing

from conda_emscripten.errors import UsageError
from conda_emscripten.recipe_new.source_tree import SourceTree

#: Classifiers and short texts that name one licence.
_NAMES = {
    "academic free license (afl)": "AFL-3.0",
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "bsd-3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "cc0 1.0 universal (cc0 1.0) public domain dedication": "CC0-1.0",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 (lgplv2)": "LGPL-2.0-only",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.1-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gplv2": "GPL-2.0-only",
    "gplv2+": "GPL-2.0-or-later",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "historical permission notice and disclaimer (hpnd)": "HPND",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mit no attribution license (mit-0)": "MIT-0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psf": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "the unlicense (unlicense)": "Unlicense",
    "universal permissive license (upl)": "UPL-1.0",
    "zlib/libpng license": "Zlib",
    "zope public license": "ZPL-2.1",
    "zpl 2.1": "ZPL-2.1",
}

#: The GNU licences' texts do not say whether later versions are allowed.
_GNU = ("AGPL-3.0", "GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0")

#: Where the text of a licence begins, after titles and notices.
_STARTS = (
    "Permission is hereby granted",
    "Redistribution and use in source",
    "Permission to use, copy",
    "This is free and unencumbered",
)

#: Where the text of a licence ends, before further notices.
_ENDS = re.compile(r"DEALINGS\s+IN\s+THE\s+SOFTWARE\.|POSSIBILITY\s+OF\s+SUCH\s+DAMAGE\.")

_FILES = re.compile(
    r"(?:LICEN[CS]ES?/[^/]+|(?:LICEN[CS]E|COPYING|COPYRIGHT|NOTICE|UNLICENSE)[\w.\-+]*)",
    re.IGNORECASE,
)


def licence_files(tree: SourceTree) -> list[str]:
    """The files with licence texts: in the top folder or LICENSES/, or else in a package."""
    code = (".py", ".pyc", ".spdx.json")
    found = [path for path in tree.paths if _FILES.fullmatch(path) and not path.endswith(code)]
    wheel = r"[^/]+\.dist-info/(?:licenses/)?(?:LICEN[CS]E|COPYING|NOTICE)[^/]*"
    package = rf"(?:src/)?[\w-]+/{_FILES.pattern}"
    return sorted(found) or sorted(tree.find(wheel)) or sorted(tree.find(f"(?i:{package})"))


def licence_of(
    tree: SourceTree,
    *,
    expression: str | None = None,
    names: Sequence[str] = (),
    classifiers: Iterable[str] = (),
) -> str:
    """The SPDX expression of a source's licence.

    Args:
        tree: the source.
        expression: an expression, which decides if it is valid (``License-Expression``, PEP 639).
        names: texts such as the field ``License``.
        classifiers: trove classifiers.

    Raises:
        UsageError: nothing names a licence that SPDX lists.
    """
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    for text in (expression, *names, *named):
        if text and (found := _of_name(text)):
            return found
    texts = {path: tree.text(path) for path in licence_files(tree)}
    found_texts = dict.fromkeys(filter(None, map(_of_text, texts.values())))
    if found_texts:
        return " AND ".join(found_texts)
    if any("bsd" in text.lower() for text in (*names, *named)):
        whole = " ".join(texts.values())
        if "Redistribution and use in source" in whole:
            endorses = re.search(r"endorse\s+or\s+promote", whole)
            return "BSD-3-Clause" if endorses else "BSD-2-Clause"
    said = ", ".join(repr(" ".join(text.split())[:60]) for text in (*names, *named) if text)
    raise UsageError(
        f"{tree.name} has no licence that SPDX lists: it says {said or 'nothing'}.",
        help="Read its licence, and pass --license with an SPDX expression, for example "
        f"--license BSD-3-Clause, LicenseRef-NAME, or PROJECT=BSD-3-Clause with --tree. Files: "
        f"{', '.join(texts) or 'none'}.",
    )


def spdx(expression: str) -> str:
    """A normalized SPDX expression, also of a common name such as ``BSD 3-Clause``.

    Raises:
        UsageError: it is none.
    """
    if found := _of_name(expression):
        return found
    raise UsageError(
        f"{expression!r} is not an SPDX expression.",
        help="Write for example 'MIT', 'Apache-2.0 OR MIT' or 'LicenseRef-NAME'.",
    )


def _of_name(text: str) -> str | None:
    text = " ".join(text.split())
    return _NAMES.get(text.lower()) or _of_expression(text)


def _of_expression(text: str) -> str | None:
    if re.fullmatch(r"LicenseRef-[\w.-]+", text):
        return text
    if len(text) > 200 or text.lower() in ("gpl", "lgpl", "bsd", "agpl"):
        return None
    licensing = get_spdx_licensing()
    try:
        info = licensing.validate(text)
    except (ExpressionError, AttributeError, TypeError):
        return None
    if info.errors or not info.normalized_expression or "LicenseRef-scancode" in text:
        return None
    return str(info.normalized_expression)


def _of_text(text: str) -> str | None:
    """The licence that a text is; titles and notices before and after it do not count."""
    parts = [text]
    for start in _STARTS:
        if (begin := text.find(start)) >= 0:
            end = _ENDS.search(text, begin)
            parts += [text[begin:], *([text[begin : end.end()]] if end else [])]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "LICENSE"
        for part in parts:
            file.write_text(part)
            if found := license_id(str(file)):
                if found in _GNU:
                    later = re.search(r"any\s+later\s+version", text.partition("TERMS AND")[0])
                    return f"{found}-{'or-later' if later else 'only'}"
                return found
    return None


def shown(files: Sequence[str]) -> list[str]:
    """``license_file`` of a recipe: a folder in place of its files."""
    return list(
        dict.fromkeys(
            f"{PurePosixPath(path).parts[0]}/"
            if re.match(r"licen[cs]es/", path, re.IGNORECASE)
            else path
            for path in files
        )
    )
