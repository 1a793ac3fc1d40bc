"""Would a build of this output make the package that already exists?

This module computes the keys of an output that the tree alone does not have: the content key, from
the interfaces of the packages that the output is built against, and the key of its tests. The idea
is Nix's early cutoff and Bazel's header jars: a package whose dependencies changed, but not what
its build can see of them, is not built again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from conda_emscripten.interface import Interface
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet, digest

#: Part of stored keys; raise it when the same package gets another interface or key. Stored values
#: of another version are computed again.
_VERSION = 1

#: The interface of an output's package; None if there is no package.
InterfaceOf = Callable[[Output], Interface | None]

Section = Literal["build", "host"]


@dataclass(frozen=True, kw_only=True)
class Built:
    """What identifies a built package, and how it was tested.

    Attributes:
        content: ``content_key``; "" if it is unknown.
        contained: for each package of the host environment, by name, the libraries and modules that
            this package may contain (``interface.contained_libraries``).
        interface: what builds can see of the package; None if it is unknown.
        tests: ``tests_key`` of the passed tests; "" if the package was not tested.
        tested_with: the content of each package that was installed for the tests, by label.
    """

    content: str = ""
    contained: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    interface: Interface | None = None
    tests: str = ""
    tested_with: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {
            "version": _VERSION,
            "content": self.content,
            "contained": {label: list(paths) for label, paths in self.contained.items()},
            "interface": self.interface and self.interface.to_json(),
            "tests": self.tests,
            "tested_with": dict(self.tested_with),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Built:
        """The value that ``to_json`` made ``fields`` from; an empty one of another version.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: ``fields`` is not of that form.
        """
        if fields.get("version") != _VERSION:
            return cls()
        interface = fields["interface"]
        texts = [fields["content"], fields["tests"], *fields["tested_with"].values()]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a key is not a string")
        return cls(
            content=fields["content"],
            contained={label: tuple(paths) for label, paths in fields["contained"].items()},
            interface=None if interface is None else Interface.from_json(interface),
            tests=fields["tests"],
            tested_with=dict(fields["tested_with"]),
        )


def built_against(
    recipes: RecipeSet, output: Output, interface_of: InterfaceOf
) -> dict[Section, dict[Output, Interface]] | None:
    """The packages in the build and the host environment of an output.

    Returns:
        The packages by environment, with those that they depend on. The build platform's tools of
        another channel are left out. None if a package does not exist.

    Raises:
        RecipeError: no recipe makes a required package.
    """
    environments: dict[Section, dict[Output, Interface]] = {"build": {}, "host": {}}
    for section, found in environments.items():
        queue = _providers(recipes, output, section, output.requirements(section))
        if section == "host":
            for tool in _providers(recipes, output, "build", output.requirements("build")):
                queue += _providers(recipes, output, section, tool.strong_run_exports)
        while queue:
            package = queue.pop()
            if package is output or package in found:
                continue
            if (interface := interface_of(package)) is None:
                return None
            found[package] = interface
            queue += _providers(recipes, output, section, _depends(package, interface))
    return environments


def _providers(
    recipes: RecipeSet, output: Output, section: str, specs: Mapping[str, Sequence[str]]
) -> list[Output]:
    """The outputs of the project that make required packages; ``specs`` are by package name."""
    found = [recipes.provider(output, section, name, each) for name, each in specs.items()]
    return [package for package in found if package is not None]


def _depends(package: Output, interface: Interface) -> dict[str, list[str]]:
    """What an installed package depends on; the specs are those that its recipe states."""
    stated = package.requirements("run")
    return {name: stated.get(name, []) for name in interface.depends}


def content_key(
    recipes: RecipeSet,
    output: Output,
    against: Mapping[Section, Mapping[Output, Interface]],
    contained: Mapping[str, tuple[str, ...]],
) -> str:
    """Hash of what the build of an output reads.

    Tools of the build environment count wholly. Of a package in the host environment its interface
    counts, and the content of the libraries and modules that the output may contain; a package that
    runs during the build counts wholly, too.

    Args:
        recipes: the recipes of the project.
        output: the output.
        against: the result of ``built_against``.
        contained: ``Built.contained`` of the package in question.

    Returns:
        64 hexadecimal digits.
    """
    seen: list[list[object]] = []
    for section, packages in against.items():
        for package, interface in packages.items():
            where = [section, package.platform, package.name]
            if section == "build" or sees_host_wholly(output):
                seen.append([*where, interface.whole])
                continue
            libraries = {
                path: interface.libraries.get(path) for path in contained.get(package.name, ())
            }
            seen.append([*where, interface.host, libraries])
    return digest(
        {
            **recipes.engine_and_variant(output),
            "files": output.without_tests(recipes.files(output)),
            "built against": sorted(seen, key=str),
            **({"pins": pins} if (pins := _exact_pins(recipes, output)) else {}),
        }
    )


def _exact_pins(recipes: RecipeSet, output: Output) -> dict[str, str]:
    """The builds that the package will require by ``pin_compatible(…, exact=True)``, by name."""
    pins = {}
    for section in ("run", "run_constraints"):
        for entry in output.content.get("requirements", {}).get(section, ()):
            pin = entry.get("pin_compatible", {}) if isinstance(entry, dict) else {}
            if pin.get("exact"):
                specs = output.requirements("host").get(pin["name"], [])
                package = recipes.provider(output, "host", pin["name"], specs)
                pins[pin["name"]] = str(package and package.content["build"].get("string"))
    return pins


def sees_host_wholly(output: Output) -> bool:
    """Whether packages of the host environment of an output can run during its build."""
    on_build_platform = output.bootstrap or output.noarch is not None
    return on_build_platform or output.runs_host_programs


def tests_key(recipes: RecipeSet, output: Output, own: Interface, interface_of: InterfaceOf) -> str:
    """Hash of the tests of an output: their files, requirements, and the package itself.

    Args:
        recipes: the recipes of the project.
        output: the output.
        own: the interface of the output's package.
        interface_of: the interfaces of the required packages.

    Returns:
        64 hexadecimal digits; "" if a required package does not exist.

    Raises:
        RecipeError: no recipe makes a required package.
    """
    required: dict[str, str] = {}
    for name, specs in output.requirements("test").items():
        package = recipes.provider(output, "run", name, specs)
        if package is not None:
            if (interface := interface_of(package)) is None:
                return ""
            required[package.label] = interface.whole
    tests = output.only_tests(recipes.files(output))
    return digest({"tests": tests, "required": required, "package": own.whole})


def installed_for_tests(
    recipes: RecipeSet, output: Output, own: Interface, interface_of: InterfaceOf
) -> dict[str, str]:
    """The content of each package that is installed with ``output`` and for its tests, by label.

    The arguments are those of ``tests_key``.

    Raises:
        RecipeError: no recipe makes a required package.
    """
    required = _depends(output, own) | output.requirements("run", "test")
    queue = _providers(recipes, output, "run", required)
    installed: dict[str, str] = {}
    while queue:
        package = queue.pop()
        if package is output or package.label in installed:
            continue
        interface = interface_of(package)
        installed[package.label] = interface.whole if interface else ""
        if interface:
            # What a tool of the build platform depends on is a tool of the build platform, too.
            queue += _providers(recipes, package, "run", _depends(package, interface))
    return installed
