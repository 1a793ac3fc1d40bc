"""Which files does a package mount, and are their paths safe?

This module has the tree of files that a bundle holds, and refuses a tree that would reach outside
its mount point.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

#: The permission bits of most files.
PLAIN_FILE = 0o644


class BundleFormatError(ValueError):
    """Bytes are not a sound bundle, or a tree cannot become a bundle.

    The message does not name the file.
    """


@dataclass(frozen=True, kw_only=True)
class File:
    """One regular file: its bytes and its permission bits."""

    content: bytes
    mode: int = PLAIN_FILE


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The files that a bundle holds; all paths are relative to the mount point.

    Attributes:
        files: path -> file, in the order of their bytes in the bundle.
        symlinks: path -> target, relative to the link's folder.
        libraries: the paths of the side modules in ``files``; each of them starts a chunk.
        late: the paths of the files in each further part, in the order of the parts. All other
            files are in the first part, which has the side modules at its end.
    """

    files: Mapping[str, File] = field(default_factory=dict)
    symlinks: Mapping[str, str] = field(default_factory=dict)
    libraries: Sequence[str] = ()
    late: Sequence[Sequence[str]] = ()


def check_tree(tree: Tree) -> None:
    """Refuse a tree that cannot be mounted, or that would reach outside its mount point.

    Raises:
        BundleFormatError: a path is unsafe or used twice; the message names the path.
    """
    folders: set[str] = set()
    for path in [*tree.files, *tree.symlinks]:
        if not is_inside(path):
            raise BundleFormatError(f"the path {path!r} is not a plain relative path.")
        folders.update(str(p) for p in PurePosixPath(path).parents)
    for path in [*tree.files, *tree.symlinks]:
        if path in folders or (path in tree.files and path in tree.symlinks):
            raise BundleFormatError(f"the path {path!r} is used twice, for different things.")
    for path, target in tree.symlinks.items():
        joined = os.path.normpath(f"{PurePosixPath(path).parent}/{target}")
        inside = joined == "." or is_inside(joined)  # ".": the mount point itself
        if target.startswith("/") or "\0" in target or not target or not inside:
            raise BundleFormatError(f"the symbolic link {path} points outside, to {target!r}.")


def is_inside(path: str) -> bool:
    """Whether ``path`` is relative, has no ``.``, ``..`` or empty part, and is valid UTF-8."""
    return (
        "\0" not in path
        and "\\" not in path
        and path.isprintable()
        and all(part not in ("", ".", "..") for part in path.split("/"))
    )
