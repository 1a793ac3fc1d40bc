"""Write the wheels and the source folder of run.sh to the folder that is named."""

import base64
import hashlib
import sys
import sysconfig
import zipfile
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir()


def write_wheel(name, version, *, code="", requires=(), tag="py3-none-any"):
    """A wheel of one module with a program.

    https://packaging.python.org/specifications/binary-distribution-format/
    """
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    metadata += [f"Requires-Dist: {requirement}\n" for requirement in requires]
    files = {
        f"{module}.py": f"{code}\nversion = {version!r}\nmain = lambda: print({name!r}, version)\n",
        f"{info}/METADATA": "".join(metadata),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-program = {module}:main\n",
    }
    record = ""
    with zipfile.ZipFile(folder / f"{module}-{version}-{tag}.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
            record += f"{path},sha256={digest.rstrip('=')},{len(text.encode())}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")


platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
write_wheel("single", "1.0")
write_wheel("base", "1.0")
write_wheel("base", "2.0")
write_wheel("needs-base", "1.0", code="import base", requires=["base"])
write_wheel("compiled", "1.0", tag=f"cp313-cp313-{platform}")
write_wheel("elsewhere", "1.0", tag="cp313-cp313-manylinux_2_28_x86_64")

source = folder / "source-1.0"
source.mkdir()
(source / "pyproject.toml").write_text('[project]\nname = "source"\nversion = "1.0"\n')
