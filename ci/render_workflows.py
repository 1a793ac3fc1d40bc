"""Are the workflows in .github/workflows/ those of the templates in ci/workflows/?

This module is the command ``python -m ci.render_workflows``, which writes the workflows. With
``--check`` it writes nothing and fails if one differs. A workflow of GitHub has a fixed number of
jobs, so it has one job for each level of the channel; the number comes from the recipes. In the
templates, ``[[ ]]`` and ``[% %]`` are Jinja's marks, as ``${{ }}`` is GitHub's.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from conda_emscripten.affected import everything
from conda_emscripten.project import Project

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "ci" / "workflows"
WORKFLOWS = ROOT / ".github" / "workflows"

#: The most machines of one level; GitHub runs 20 jobs of a free account at once.
MACHINES = 20


def render(root: Path = ROOT) -> dict[str, str]:
    """The text of each workflow of the project in ``root``, by file name.

    Raises:
        ValueError: the Dockerfile has no line ``FROM``, or a recipe cannot be read.
    """
    image = re.search(r"^FROM (\S+)", (root / "Dockerfile").read_text(), re.MULTILINE)
    if image is None:
        raise ValueError("Dockerfile: there is no line FROM")
    outputs = everything(Project.find(root))
    if outputs.errors:
        raise ValueError(str(next(iter(outputs.errors.values()))))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,
    )
    values = {"image": image[1], "levels": len(outputs.levels()), "machines": MACHINES}
    workflows = {}
    for template in sorted(TEMPLATES.glob("*.yml.jinja")):
        head = f"# Written by `python -m ci.render_workflows` from ci/workflows/{template.name}."
        text = environment.get_template(template.name).render(values)
        workflows[template.stem] = f"{head}\n{text}"
    return workflows


def main(arguments: list[str]) -> int:
    """Write the workflows, or compare them with ``--check``.

    Returns:
        The exit code of the command, 0 or 1.
    """
    try:
        rendered = render()
    except ValueError as error:
        print(f"render_workflows: {error}", file=sys.stderr)
        return 1
    known = {file.name: file.read_text() for file in WORKFLOWS.glob("*.yml")}
    if "--check" in arguments:
        for name in sorted(rendered.keys() | known.keys()):
            if rendered.get(name) != known.get(name):
                print(
                    f".github/workflows/{name} is not that of ci/workflows/: run "
                    "'python -m ci.render_workflows'",
                    file=sys.stderr,
                )
        return int(rendered != known)
    WORKFLOWS.mkdir(parents=True, exist_ok=True)
    for name in known.keys() - rendered.keys():
        (WORKFLOWS / name).unlink()
    for name, text in rendered.items():
        (WORKFLOWS / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
