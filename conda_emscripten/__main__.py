"""``python -m conda_emscripten``, the same as the command ``conda-emscripten``."""

from conda_emscripten.cli import main

main()
