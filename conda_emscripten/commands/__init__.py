"""The subcommands of ``conda-emscripten``: each parses its arguments, calls, and prints."""
