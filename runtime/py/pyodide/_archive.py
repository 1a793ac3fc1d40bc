"""How is an archive in memory unpacked into a folder? ``pyodide.unpackArchive`` and
``FetchResponse.unpack_archive`` do it."""

import shutil
import tempfile
import zipfile

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Buffer


def unpack(
    data: "Buffer", *, name: str = "", format: str | None = None, extract_dir: str | None = None
) -> None:
    """Unpack an archive.

    Args:
        data: The bytes of the archive.
        name: The name of the archive's file. Its extension gives the format, if ``format`` does
            not.
        format: A format that ``shutil`` knows ("zip", "tar", "gztar", "bztar", "xztar" or a
            registered one), "wheel", or the extension of one of them.
        extract_dir: The folder; the current one if not given.

    Raises:
        ValueError: The format is not known.
        shutil.ReadError: The data has another format.
    """
    kind = find_format(name, format)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        if kind.endswith("tar"):
            # As of Python 3.14, that filter is the default.
            shutil.unpack_archive(file.name, extract_dir, kind, filter="data")
        else:
            shutil.unpack_archive(file.name, extract_dir, kind)


def find_format(name: str = "", format: str | None = None) -> str:
    """The name of a format for ``shutil``.

    Raises:
        ValueError: It is not known.
    """
    known = [(kind, extensions) for kind, extensions, _ in shutil.get_unpack_formats()]
    for kind, extensions in known:
        if format is None and name.endswith(tuple(extensions)):
            return kind
        if format == kind or format in extensions or f".{format}" in extensions:
            return kind
    what = f"the archive {name!r} has an" if format is None else f"{format!r} is an"
    kinds = ", ".join(sorted(kind for kind, _ in known))
    raise ValueError(f"{what} unknown format. The known formats are: {kinds}")


def _unpack_wheel(filename: str, extract_dir: str) -> None:
    with zipfile.ZipFile(filename) as file:
        file.extractall(extract_dir)


shutil.register_unpack_format("wheel", [".whl", ".wheel"], _unpack_wheel)
