"""What must the build environment's Python believe to build for the host environment?

In a cross build this directory is on PYTHONPATH (see activate.sh). Interpreter, standard library
and tools stay the build environment's; the places to compile against and to install to become the
host environment's.
"""

import os
import sys

_prefix = os.environ["PREFIX"]
_python = f"python{sys.version_info.major}.{sys.version_info.minor}"
_site_packages = os.path.join(_prefix, "lib", _python, "site-packages")

# sysconfig derives all paths of an installation from these; pip, setuptools and Meson ask it.
sys.prefix = sys.exec_prefix = sys.base_prefix = sys.base_exec_prefix = _prefix

# Becomes the shebang of installed scripts. activate.sh makes it start this interpreter.
sys.executable = os.path.join(_prefix, "bin", "python")

# Build backends, headers and .pxd files among the host requirements. Extension modules there do
# not load here, so what the build environment has comes first.
sys.path.append(_site_packages)

# Except for NumPy: its headers hold sizes of types, those of the build platform would be wrong.
if os.path.isdir(os.path.join(_site_packages, "numpy")):
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "headers-only"))
