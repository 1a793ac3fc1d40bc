"""``conda-emscripten recipe``: the group of the commands that write, change and check recipes.

Each command has a module of its own, ``recipe_<command>.py``, and a line in this module.
"""

from __future__ import annotations

import typer

from conda_emscripten.commands import lint, recipe_bump, recipe_crates, recipe_new, recipe_port

app = typer.Typer(help="Write, change and check recipes.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Write, change and check recipes."""


app.command("new")(recipe_new.new)
app.command("port")(recipe_port.port)
app.command("outdated")(recipe_bump.outdated)
app.command("bump")(recipe_bump.bump)
app.command("crates")(recipe_crates.crates)
app.command("lint")(lint.recipe_lint)
app.command("schema")(lint.recipe_schema)
