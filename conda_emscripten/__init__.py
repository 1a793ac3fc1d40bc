"""conda-emscripten: a conda channel for WebAssembly and the cross-compiler that fills it."""

__version__ = "0.1.0"
