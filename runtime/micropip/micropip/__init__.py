"""This package installs Python packages in a page, from conda channels or as pure wheels."""

from micropip._errors import InstallError

TYPE_CHECKING = False  # the import of typing would double the time of this import
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyodide import JsProxy

__version__ = "0.1.0"

__all__ = ["InstallError", "index_url", "install"]

index_url = "https://pypi.io/pypi"
"""The address of the default index's JSON API: ``<index_url>/<project>/json`` is a project."""


def install(requirements: "str | Iterable[str]", *, index_url: str | None = None) -> "JsProxy":
    """Install packages and their dependencies.

    A project comes from the page's conda channels if they have a version that meets the
    requirements, otherwise from the index as a pure wheel. Installed projects keep their version.

    Args:
        requirements: One or more of: a name, a requirement (PEP 508) such as
            ``"foo[extra] >=1; python_version >= '3'"``, the URL of a pure wheel (PEP 427).
        index_url: The address of the index's JSON API. The default is ``micropip.index_url``.

    Returns:
        A JavaScript Promise, which Python code can also await. The promise fulfils with None
        after the installation, and rejects with an InstallError if nothing was installed.

    Raises:
        TypeError: An argument has another type.
    """
    # Imported here because _install imports many modules of the standard library.
    from micropip import _install

    return _install.start(requirements, index_url)
