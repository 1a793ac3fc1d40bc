"""What of the host environment's NumPy can a build script use?

Its version, its headers and those of its submodules that are pure Python, f2py among them.
"""

import os
import sysconfig

__path__ = [os.path.join(sysconfig.get_path("purelib"), "numpy")]

from numpy.version import version as __version__  # noqa: F401


def get_include() -> str:
    """Return the directory with NumPy's headers for the host platform."""
    return os.path.join(__path__[0], "_core", "include")


class intp:  # noqa: N801 # NumPy's name
    """The host platform's Py_ssize_t, of which f2py asks the size in bytes."""

    itemsize: int = sysconfig.get_config_var("SIZEOF_SIZE_T")


def __getattr__(name: str) -> object:
    raise AttributeError(
        f"numpy.{name} needs extension modules, which do not run on the build platform. A build "
        "script can use numpy.get_include(), numpy.__version__ and pure Python submodules."
    )
