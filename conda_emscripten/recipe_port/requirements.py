"""Which requirements does a ported recipe have?

This module maps the requirements of a feedstock: names to those of this channel, build tools to the
build environment, version pins to the form of v1 recipes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conda_emscripten.lint.recipe_checks import BUILD_TOOLS
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.recipe_new.conda_names import CondaNames
from conda_emscripten.recipe_port.evaluate import Notice, Text, line_of

#: Names of conda-forge for what is one package here: static libraries are not split.
ALIASES = {
    "flit_core": "flit-core",
    "jpeg": "libjpeg-turbo",
    "libboost": "boost-cpp",
    "libboost-devel": "boost-cpp",
    "libboost-headers": "boost-cpp",
    "libexpat": "expat",
    "libfreetype": "freetype",
    "libfreetype6": "freetype",
    "liblzma": "xz",
    "liblzma-devel": "xz",
    "libsqlite": "sqlite",
    "libwebp-base": "libwebp",
    "libxml2-devel": "libxml2",
    "libzlib": "zlib",
    "matplotlib-base": "matplotlib",
    "pkg_config": "pkg-config",
    "setuptools_scm": "setuptools-scm",
    "typing-extensions": "typing_extensions",
    "yaml": "libyaml",
}

#: Parts of other systems: compiler runtimes, headers of the system, threads of OpenMP; and what the
#: compiler for Rust and cross-python have here.
_SYSTEM = re.compile(
    r"sysroot.*|_openmp_mutex|llvm-openmp|libgomp|libgcc.*|libstdcxx.*|libcxx.*|vc|vs20\d\d.*"
    r"|__\w+|m2-.*|m2w64-.*|posix|intel-openmp|mpi|openmpi|mpich"
    r"|cargo-bundle-licenses|crossenv"
)
_OPENMP = frozenset(["_openmp_mutex", "llvm-openmp", "libgomp", "intel-openmp"])
_FUNCTION = re.compile(r"^\$\{\{ *(?P<name>\w+)\((?P<arguments>.*)\) *\}\}$")
_FIRST = re.compile(r"""^\s*["'](?P<text>[^"']*)["']""")
_SPEC = re.compile(r"(?P<name>[A-Za-z0-9_][\w.-]*)\s*(?P<rest>[^\[\]:]*)")
_SECTIONS = ("build", "host", "run")

CROSS_PYTHON = {
    "if": "build_platform != host_platform",
    "then": ["python", "cross-python_${{ host_platform }}"],
}


@dataclass
class RequirementRules:
    """The rules for the requirements of one recipe.

    Attributes:
        project: the project that gets the recipe.
        name: the package.
        siblings: the names of the feedstock's outputs, which become this package.
        noarch: whether the package is ``noarch: python``.
        notices: what a person must look at; the methods add to it.
    """

    project: Project
    name: str
    siblings: frozenset[str]
    noarch: bool
    notices: list[Notice]

    def __post_init__(self) -> None:
        """Read the names of this channel's packages."""
        self._names = CondaNames(self.project)

    def mapped(self, tree: Mapping[str, Any]) -> dict[str, Any]:
        """The ``requirements`` of a v1 recipe, without empty sections."""
        sections = {each: list(self._section(tree.get(each), each)) for each in _SECTIONS}
        build, host, run = (sections[each] for each in _SECTIONS)
        compiled = any("compiler(" in each for each in build)
        has_python = any(_name(each) == "python" for each in host)
        if compiled:
            tools = [each for each in host if self._is_tool(_name(each))]
            host = [each for each in host if each not in tools]
            build = _once([*build, *tools])
        elif has_python and not self.noarch:
            self._notice(
                host, "no compiler is needed: the package may be `noarch: python`", decide=True
            )
        run = [each for each in run if not self._is_static(_name(each))]
        # Where build scripts ask for a library's programs, these are in the host environment.
        own = {_name(each) for each in host}
        build = [each for each in build if _name(each) not in own or "compiler(" in each]
        drop = {"python", "numpy"} if compiled and has_python else set()
        build = [each for each in build if _name(each) not in drop and "cross-python" not in each]
        mapped: dict[str, Any] = {
            "build": [*_sorted(build), *([CROSS_PYTHON] if compiled and has_python else [])],
            "host": _sorted(host),
            "run": _sorted(run),
            "run_constraints": _sorted(self._constraints(tree.get("run_constraints"))),
            "run_exports": self._run_exports(tree.get("run_exports")),
            "ignore_run_exports": self._ignored(tree.get("ignore_run_exports"), host),
        }
        return {key: value for key, value in mapped.items() if value}

    def is_library(self, mapped: Mapping[str, Any]) -> bool:
        """Whether mapped requirements are those of a compiled package without Python."""
        names = {_name(each) for each in mapped.get("host", ())}
        return "python" not in names and any("compiler(" in str(e) for e in mapped.get("build", ()))

    def specs(self, items: Any, section: str = "run") -> list[str]:
        """The mapped requirements of a test."""
        return _sorted(self._section(items, section))

    def _section(self, items: Any, section: str) -> Iterator[str]:
        for item in _texts(items):
            yield from self._mapped(item, section)

    def _mapped(self, item: Text, section: str) -> Iterator[str]:
        if found := _FUNCTION.match(item):
            yield from self._function(item, found["name"], found["arguments"], section)
            return
        if not (spec := _SPEC.fullmatch(item)):
            self._notice(item, f"the requirement {item} is left as it is")
            yield str(item)
            return
        name = ALIASES.get(spec["name"], spec["name"])
        if name in _OPENMP:
            self._notice(item, f"{name} is dropped: there is no OpenMP; switch it off in the build")
        if _SYSTEM.fullmatch(name) or (name in self.siblings and section != "test"):
            return
        if name != spec["name"]:
            yield name  # its versions are those of another package
        elif name == "python":
            yield from self._python(spec["rest"], section)
        else:
            yield f"{name} {version_spec(spec['rest'])}".rstrip()

    def _python(self, rest: str, section: str) -> Iterator[str]:
        """Python without the bounds that the channel's only version keeps."""
        minimum = self.project.abi.python
        text = version_spec(rest)
        plain = section != "run" or minimum in text or not text.startswith(">=")
        yield "python" if plain else f"python {text}"

    def _function(self, item: Text, name: str, arguments: str, section: str) -> Iterator[str]:
        first = _FIRST.match(arguments)
        subject = first["text"] if first else ""
        if name == "compiler" and subject in ("c", "cxx"):
            yield f"${{{{ compiler('{subject}') }}}}"
        elif name == "compiler" and subject in ("rust", "fortran"):
            made = (self.project.recipes_dir / f"{subject}_{TARGET_PLATFORM}").is_dir()
            need = (
                f"list the crates with 'conda-emscripten recipe crates {self.name}'"
                if made
                else f"the build needs a compiler for {subject}"
            )
            self._notice(item, need)
            yield f"${{{{ compiler('{subject}') }}}}"
        elif name == "pin_subpackage" and subject not in self.siblings - {self.name}:
            if subject != self.name or section == "run_exports":
                yield pin(subject, arguments)
        elif name == "pin_compatible":
            if self._has_run_exports(subject):
                return
            self._notice(item, f"the pin of {subject} is dropped: its package has no run_exports")
            yield subject
        elif name == "compiler":
            self._notice(item, f"the compiler for {subject} is dropped: there is none here")
        # `stdlib` is part of the compiler; `cdt` and outputs of this recipe are not needed.

    def _has_run_exports(self, package: str) -> bool:
        file = self.project.recipes_dir / package / "recipe.yaml"
        return file.is_file() and "run_exports:" in file.read_text()

    def _is_static(self, package: str) -> bool:
        """Whether the channel's package is a static library, which the build links."""
        file = self.project.recipes_dir / package / "recipe.yaml"
        text = file.read_text() if file.is_file() else ""
        # A Python package, such as numpy, may have static libraries beside its modules.
        library = bool(re.search(r"lib/lib[\w.+-]+\.a\b", text)) and "- python:" not in text
        return library and "run_exports:" in text

    def _is_tool(self, name: str) -> bool:
        known = self._names.is_tool(name) and not self._names.is_made(name)
        return name in BUILD_TOOLS or known

    def _constraints(self, items: Any) -> Iterator[str]:
        for spec in self._section(items, "run"):
            if self._names.is_made(_name(spec)):
                yield spec

    def _run_exports(self, exports: Any) -> dict[str, list[str]]:
        """Weak run_exports; those of outputs that become this package are one pin of it."""
        by_strength = exports if isinstance(exports, dict) else {"weak": exports}
        mapped: dict[str, list[str]] = {}
        for strength, items in by_strength.items():
            key = "weak" if strength.startswith("weak") or strength == "noarch" else str(strength)
            for item in _texts(items):
                found = _FUNCTION.match(item)
                first = _FIRST.match(found["arguments"]) if found else None
                subject = ALIASES.get(first["text"], first["text"]) if first else ""
                own = found and (found["name"] == "pin_subpackage" or subject == self.name)
                specs = (
                    [pin(self.name, found["arguments"])]
                    if found and own
                    else self._mapped(item, "run_exports")
                )
                mapped[key] = _once([*mapped.get(key, ()), *specs])
        return {key: each for key, each in mapped.items() if each}

    def _ignored(self, ignored: Any, host: Iterable[str]) -> dict[str, list[str]]:
        tree = ignored if isinstance(ignored, dict) else {"by_name": ignored}
        mapped = {
            key: _once(ALIASES.get(_name(each), _name(each)) for each in _texts(tree.get(key)))
            for key in ("by_name", "from_package")
        }
        static = [name for name in map(_name, host) if self._is_static(name)]
        mapped["from_package"] = sorted({*mapped["from_package"], *static})
        mapped["from_package"] = [
            each for each in mapped["from_package"] if "compiler(" not in each
        ]
        return {key: each for key, each in mapped.items() if each}

    def _notice(self, item: Any, message: str, *, decide: bool = False) -> None:
        self.notices.append(Notice(line=line_of(item), message=message, decide=decide))


def version_spec(rest: str) -> str:
    """The version and build of a requirement, in the form of v1 recipes.

    >>> version_spec("1.2"), version_spec("=1.2 h_1"), version_spec(">= 1, < 2")
    ('1.2.*', '1.2.* h_1', '>=1,<2')
    """
    text = re.sub(r"\s*([,|])\s*", r"\1", rest.strip())
    version, *build = re.sub(r"([<>=!~])\s+", r"\1", text).split() or [""]
    if build and re.match(r"(no)?mpi", build[0]):
        version, build = version.strip("*"), []
    if found := re.fullmatch(r"=?(\d[\w.!+]*?)(?:\.?\*)?", version):
        version = f"{found[1]}.*"
    return " ".join([version, *build])


def pin(name: str, arguments: str) -> str:
    """``pin_subpackage`` with the options of v1 recipes.

    Source: https://github.com/conda/ceps/blob/main/cep-0013.md
    """
    options = {"max_pin": "upper_bound", "min_pin": "lower_bound"}
    options |= {each: each for each in ("exact", "upper_bound", "lower_bound")}
    texts = [f"'{name}'"]
    for key, value in re.findall(r"(\w+) *= *('[^']*'|\"[^\"]*\"|\w+)", arguments):
        if key in options:
            texts.append(f"{options[key]}={value}")
    return "${{ pin_subpackage(" + ", ".join(texts) + ") }}"


def _texts(items: Any) -> Iterator[Text]:
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, list):
            yield from _texts(item)
        elif isinstance(item, Text) and item.strip():
            yield Text(" ".join(item.split()), item.line)


def _name(spec: Any) -> str:
    return str(spec).split()[0] if not str(spec).startswith("${{") else str(spec)


def _once(items: Iterable[str]) -> list[str]:
    """The items; of those with the same name, the longest."""
    by_name: dict[str, str] = {}
    for item in items:
        kept = by_name.get(_name(item), "")
        by_name[_name(item)] = max(kept, str(item), key=len)
    return list(by_name.values())


def _sorted(items: Iterable[str]) -> list[str]:
    """The items once: compilers first, then by name."""
    return sorted(_once(items), key=lambda each: (not each.startswith("${{"), each))
