"""conda-emscripten: a conda channel for WebAssembly, and the cross-compiler of its packages."""

__version__ = "0.1.0"
