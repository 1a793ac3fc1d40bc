"""How does a wheel become files of the interpreter?

The format of wheels:
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import io
import shutil
import sys
import sysconfig
import zipfile
from pathlib import Path

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Buffer, Mapping


def install(
    data: "Buffer", name: str, folder: str | None, metadata: "Mapping[str, str]"
) -> list[str]:
    """Unpack a wheel. Its compatibility and its dependencies are not checked.

    Args:
        data: The bytes of the wheel.
        name: The name of its file, for messages.
        folder: The folder for its modules; site-packages if not given.
        metadata: File name in its .dist-info -> text.

    Returns:
        The paths of the side modules in it.

    Raises:
        ValueError: It is no wheel.
    """
    site = Path(folder or sysconfig.get_path("purelib"))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = archive.namelist()
            archive.extractall(site)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{name} is no wheel: {error}") from error
    folders = {file.partition("/")[0] for file in files}
    infos = [top for top in folders if top.endswith(".dist-info")]
    if len(infos) != 1:
        raise ValueError(f"{name} is no wheel: it has {len(infos)} folders of metadata")
    for file, text in metadata.items():
        (site / infos[0] / file).write_text(text)
    for top in folders:
        if top.endswith(".data"):
            _move_data(site / top, site)
    return [str(site / file) for file in files if ".so" in Path(file).suffixes]


def _move_data(data: Path, site: Path) -> None:
    """Move the files that do not belong beside the modules: .data/<key>/ is a path of sysconfig."""
    targets = {"purelib": site, "platlib": site, "data": Path(sys.prefix)}
    for key, target in targets.items():
        if (data / key).is_dir():
            shutil.copytree(data / key, target, dirs_exist_ok=True)
            shutil.rmtree(data / key)
