"""The subcommands of ``conda-emscripten``: they parse arguments and print results."""
