"""Has every routine of libopenblas.so the type by which the world calls it?

Fortran's subroutines return nothing, its functions a number, and both get pointers. Run with the
library's path.
"""

import re
import sys
from pathlib import Path

from wasm_signatures import read

#: Functions of an integer or logical result.
_INTEGER = re.compile(
    r"i[sdcz]a?(max|min)|i[cz]max1|[sd]isnan|[sd]laisnan|[sd]laneg|lsamen?|ieeeck|iparmq|iparam2stage|ilaenv\w*"
    r"|ila(diag|prec|trans|uplo)|ila[sdcz]l[cr]|openblas_get_\w+"
)


def main() -> int:
    library = read(Path(sys.argv[1]))
    routines = {name: type_ for name, type_ in library.exports.items() if name.endswith("_")}
    wrong = [
        f"{name}: {type_}"
        for name, type_ in sorted(routines.items())
        if set(type_.parameters) - {"i32"}
        or ("i32" in type_.results) != bool(_INTEGER.fullmatch(name.removesuffix("_")))
    ]
    print(f"{len(routines)} routines, {len(wrong)} of a wrong type", *wrong, sep="\n")
    wanted = ("dgemm_", "zgesdd_", "dgesv_", "sgeqp3rk_", "cblas_dgemm", "openblas_get_config")
    missing = [f"no {name}" for name in wanted if name not in library.exports]
    print(*missing, sep="\n")
    return int(bool(wrong or missing))


if __name__ == "__main__":
    sys.exit(main())
