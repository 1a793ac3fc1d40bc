#!/bin/bash
set -euo pipefail

# ssize_t has 32 bits, as unsigned int, from which some shapes of arrays are made.
export CXXFLAGS="$CXXFLAGS -Wno-c++11-narrowing"
$PYTHON -m pip install . -vv --no-deps --no-build-isolation \
    -Cbuild-dir=build \
    -Csetup-args=-Dsystem-freetype=true -Csetup-args=-Dsystem-qhull=true -Csetup-args=-Dprefer_static=true \
    -Csetup-args=-Db_lto=false \
    -Ccompile-args=-j"$CPU_COUNT"
install -m 644 "$RECIPE_DIR/backend_htmlcanvas.py" "$SP_DIR/matplotlib/backends/"

# By the target's Python, as it looks into the fonts with FreeType. The fonts of this machine are left out.
env -u PYTHONPATH -u _PYTHON_SYSCONFIGDATA_NAME PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR="$SRC_DIR/config" \
    node "$PREFIX"/libexec/python3.*/python.cjs "$PREFIX/bin/python" - <<'END'
import matplotlib
from matplotlib.font_manager import fontManager, json_dump

data = matplotlib.get_data_path()
fontManager.ttflist = [font for font in fontManager.ttflist if font.fname.startswith(data)]
fontManager.afmlist = [font for font in fontManager.afmlist if font.fname.startswith(data)]
json_dump(fontManager, f"{data}/fontlist.json")
END
