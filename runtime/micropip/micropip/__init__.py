"""Install Python packages in a page, from conda channels or as pure wheels."""

from micropip._errors import InstallError

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyodide import JsProxy

__version__ = "0.1.0"

__all__ = ["InstallError", "index_url", "install"]

index_url = "https://pypi.io/pypi"
"""Where the default index has its JSON API: ``<index_url>/<project>/json`` describes a project."""


def install(requirements: "str | Iterable[str]", *, index_url: str | None = None) -> "JsProxy":
    """Install packages and all that they need.

    A project that the page's conda channels have in a fitting version comes from there; otherwise
    its wheel comes from the index, if it is a pure one. What is installed already stays as it is.

    Args:
        requirements: One or more of: a name, a requirement (PEP 508) such as
            ``"foo[extra] >=1; python_version >= '3'"``, the URL of a pure wheel (PEP 427).
        index_url: Where the index's JSON API is; ``micropip.index_url`` if not given.

    Returns:
        A JavaScript Promise, which Python code can ``await``, too. It fulfils with None when all
        is installed, and rejects with an InstallError when nothing is.

    Raises:
        TypeError: An argument is of another type.
    """
    from micropip import _install  # only now: it imports a good part of the standard library

    return _install.start(requirements, index_url)
