"""What does a feedstock's recipe say for this one platform?

This module evaluates selectors, conditions and Jinja in a sandbox. The result is YAML without
conditions, whose texts know their lines. Functions that only the build can answer, such as
``compiler('c')``, stay as text of a v1 recipe.
Sources: conda-build's "Defining metadata" for v0, CEP 13 for v1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Self

import yaml
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from rattler import Version, VersionSpec
from rattler.exceptions import InvalidVersionError, InvalidVersionSpecError

from conda_emscripten.errors import RecipeError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM

_SELECTOR = re.compile(r"^(?P<text>.*?)(?<!\S)#[^\[\]#]*\[(?P<condition>[^\[\]]+)\][^()]*$")
#: What to do about a recipe that cannot be ported.
EDIT_COPY = "Correct the recipe in a copy of the feedstock, and port the folder of the copy."
#: Longer texts by ``*`` are an attack.
_MAX_REPEAT = 1000

_FALSE = (
    *("linux", "osx", "win", "linux32", "linux64", "win32", "win64", "x86", "x86_64", "aarch64"),
    *("arm64", "ppc64le", "ppc64", "s390x", "armv6l", "armv7l", "riscv64", "freebsd", "wasi"),
    *("megabuild", "is_abi3", "is_freethreading", "py2k", "pypy"),
)


@dataclass(frozen=True, kw_only=True, order=True)
class Notice:
    """What a person must look at.

    Attributes:
        line: the line of the feedstock's recipe, counted from 1.
        message: what the port did, and what to check.
        decide: whether the recipe is not complete without a decision.
    """

    line: int
    message: str
    decide: bool = False


class Text(str):
    """A text of a recipe, with its line."""

    __slots__ = ("line",)

    line: int

    def __new__(cls, text: str, line: int = 1) -> Self:
        """Make a text of line ``line``."""
        made = super().__new__(cls, text)
        made.line = line
        return made


def line_of(value: Any) -> int:
    """The line of a text, or of the first text below a list or mapping; 1 if it has none."""
    if isinstance(value, Text):
        return value.line
    if isinstance(value, Mapping):
        return next((line_of(key) for key in value), 1)
    return next((line_of(each) for each in value), 1) if isinstance(value, list) else 1


#: Tests of minijinja, which v1 recipes use.
_V1_TESTS: dict[str, Callable[[Any, str], bool]] = {
    "startingwith": lambda text, part: str(text).startswith(part),
    "endingwith": lambda text, part: str(text).endswith(part),
    "containing": lambda text, part: part in str(text),
}


class _Sandbox(SandboxedEnvironment):
    """Jinja without access to Python, and without operations that fill the memory."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        raise SecurityError(f"the attribute {attribute} of {type(obj).__name__} is unsafe")

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        large = any(isinstance(each, int) and abs(each) > _MAX_REPEAT for each in (left, right))
        if operator == "**" or (operator == "*" and large):
            raise SecurityError(f"the operator {operator} is not allowed on large values")
        if operator == "%" and isinstance(left, str) and re.search(r"\d{4}|\*", left):
            raise SecurityError("the format is too wide")
        return super().call_binop(context, operator, left, right)


class _Environ:
    """``env`` of v1 recipes and ``environ`` of v0 ones: nothing is set."""

    def get(self, _name: str, default: str = "", **options: str) -> str:
        return options.get("default", default)

    def exists(self, _name: str) -> bool:
        return False


@dataclass
class Evaluator:
    """Evaluates one recipe.

    Attributes:
        path: the recipe's name in messages.
        variant: further names with their values.
        notices: what a person must look at; the methods add to it.
    """

    path: str
    variant: Mapping[str, Any]
    notices: list[Notice] = field(default_factory=list)
    _context: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Set the names that are known before the recipe's own."""
        self._context = {
            **dict.fromkeys(_FALSE, False),
            **self.variant,
            **dict.fromkeys(("unix", "emscripten", "wasm32", "py3k"), True),
            "target_platform": TARGET_PLATFORM,
            "host_platform": TARGET_PLATFORM,
            "build_platform": BUILD_PLATFORM,
            "environ": _Environ(),
            "env": _Environ(),
            "PYTHON": "${{ PYTHON }}",
            **{name: f"${name}" for name in ("PREFIX", "SRC_DIR", "RECIPE_DIR", "SP_DIR")},
            "compiler": _kept("compiler"),
            "stdlib": _kept("stdlib"),
            "cdt": _kept("cdt"),
            "pin_subpackage": _kept("pin_subpackage"),
            "pin_compatible": _kept("pin_compatible"),
            "match": _matches,
            **{each.__name__: each for each in (str, int, float, len)},
            **{name: f"${name}" for name in ("PKG_NAME", "PKG_VERSION", "PKG_BUILD_STRING")},
            "PKG_HASH": "0",
            "PY_VER": self.variant.get("python_min", ""),
            "hash": "${{ hash }}",
        }

    def v0(self, text: str) -> Any:
        """The evaluated YAML of a ``meta.yaml``.

        Raises:
            RecipeError: a Jinja construct cannot be evaluated, or the result is not YAML.
        """
        lines = list(self._selected(text))
        template = "\n".join(lines) + "\n"
        rendered = self._render(template, 1)
        return self._load(rendered, self._lines_of(template, rendered))

    def v1(self, text: str) -> Any:
        """The evaluated YAML of a ``recipe.yaml``.

        Raises:
            RecipeError: an expression cannot be evaluated, or the file is not YAML.
        """
        tree = self._load(text, None)
        if not isinstance(tree, dict):
            return tree
        for key, value in (tree.pop("context", None) or {}).items():
            self._context[key] = _native(self._v1(value))
        return self._v1(tree)

    def condition(self, expression: str, line: int) -> bool:
        """Whether a selector or condition is true here; an unknown name makes it false.

        Raises:
            RecipeError: the expression has another syntax than Jinja's.
        """
        try:
            compiled = self._environment(StrictUndefined).from_string(
                "{% if " + expression.strip() + " %}1{% endif %}"
            )
            return compiled.render(self._context) == "1"
        except UndefinedError as error:
            self._notice(line, f"[{expression.strip()}] is taken as false: {error.message}")
            return False
        except (TemplateError, TypeError, ValueError, AttributeError) as error:
            raise self._error(
                line, f"the condition [{expression}] cannot be evaluated", error
            ) from error

    def variants(self, text: str) -> dict[str, Any]:
        """The first value of each key of the recipe's own variant file.

        Raises:
            RecipeError: see ``v0``.
        """
        tree = self._load("\n".join(self._selected(text)), None)
        values = tree.items() if isinstance(tree, dict) else ()
        return {str(key): each[0] for key, each in values if isinstance(each, list) and each}

    def add_names(self, names: Mapping[str, Any]) -> None:
        """Define names that have no value yet."""
        self._context = {**names, **self._context}

    def _selected(self, text: str) -> Iterator[str]:
        """The lines; one whose selector is false is empty."""
        for number, line in enumerate(text.splitlines(), 1):
            found = _SELECTOR.match(line)
            if found and not line.lstrip().startswith("#"):
                yield found["text"].rstrip() if self.condition(found["condition"], number) else ""
            else:
                yield "" if line.lstrip().startswith("#") and "{" not in line else line

    def _v1(self, value: Any) -> Any:
        """A value without conditions and expressions."""
        if isinstance(value, Text):
            return self._expanded(value)
        if isinstance(value, list):
            return [each for item in value for each in self._item(item)]
        if isinstance(value, dict):
            return {key: self._v1(each) for key, each in value.items()}
        return value

    def _item(self, item: Any) -> list[Any]:
        if not (isinstance(item, dict) and "if" in item):
            return [self._v1(item)]
        holds = self.condition(str(item["if"]), line_of(item["if"]))
        branch = self._v1(item.get("then" if holds else "else", []))
        return branch if isinstance(branch, list) else [branch]

    def _expanded(self, text: Text) -> Text:
        if "${{" not in text:
            return text
        # `${{ name }}` becomes `{{ name }}`, and a `${` of a shell stays as it is.
        template = re.sub(r"\$\{\{", "{{", text)
        return Text(self._render(template, text.line), text.line)

    def _render(self, template: str, line: int) -> str:
        unknown: dict[str, None] = {}
        try:
            compiled = self._environment(_recording(unknown)).from_string(template)
            rendered = compiled.render(self._context)
        except TemplateSyntaxError as error:
            raise self._error(line + error.lineno - 1, "unknown Jinja construct", error) from error
        except (TemplateError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            where = line + _error_line(error) - 1
            raise self._error(where, "a Jinja expression cannot be evaluated", error) from error
        for name in unknown:
            number = next(
                (n for n, each in enumerate(template.splitlines(), line) if _names(name, each)),
                line,
            )
            self._notice(number, f"{name} is not known, and is taken as empty")
        return rendered

    def _environment(self, undefined: type[Undefined]) -> _Sandbox:
        environment = _Sandbox(undefined=undefined, keep_trailing_newline=True)
        for name, method in _V1_TESTS.items():
            environment.tests[name] = method
        environment.filters["split"] = lambda text, separator=None: str(text).split(separator)
        environment.filters["version_to_buildstring"] = _version_to_buildstring
        return environment

    def _lines_of(self, template: str, rendered: str) -> Callable[[int], int]:
        """The line of the template from which a line of the result comes."""
        before, after = template.splitlines(), rendered.splitlines()
        if len(before) == len(after):
            return lambda number: number

        def found(number: int) -> int:
            word = re.search(r"[A-Za-z][\w.-]+(?=[^\w.-]*$|\s)", after[number - 1])
            lines = (n for n, line in enumerate(before, 1) if word and word[0] in line)
            return next(lines, 1)

        return found

    def _load(self, text: str, lines: Callable[[int], int] | None) -> Any:
        try:
            return _load(text, lines or (lambda number: number))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            number = mark.line + 1 if mark else 1
            problem = getattr(error, "problem", None) or error
            where = lines(number) if lines else number
            raise self._error(where, "the evaluated recipe is not YAML", problem) from error

    def _notice(self, line: int, message: str) -> None:
        notice = Notice(line=line, message=message)
        if notice not in self.notices:
            self.notices.append(notice)

    def _error(self, line: int, message: str, reason: object) -> RecipeError:
        return RecipeError(f"{self.path}:{line}: {message}: {reason}.", help=EDIT_COPY)


def _load(text: str, line_of_result: Callable[[int], int]) -> Any:
    """YAML whose scalars are texts, but for plain booleans."""

    class Loader(yaml.SafeLoader):
        pass

    def scalar(_loader: Loader, node: yaml.ScalarNode) -> Any:
        if node.style is None and node.value.lower() in ("true", "false"):
            return node.value.lower() == "true"
        if node.style is None and node.value.lower() in ("", "null", "~"):
            return None
        return Text(node.value, line_of_result(node.start_mark.line + 1))

    for tag in ("str", "int", "float", "bool", "null", "timestamp"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", scalar)
    return yaml.load(text, Loader)


def _recording(unknown: MutableMapping[str, None]) -> type[Undefined]:
    """An undefined value that is empty, has all attributes, and records its name."""

    class Recording(Undefined):
        def _record(self) -> None:
            if self._undefined_name is not None:  # `a if b` without `else` has no name
                unknown[self._undefined_name] = None

        def __str__(self) -> str:
            self._record()
            return ""

        def __bool__(self) -> bool:
            self._record()
            return False

        def __getattr__(self, name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return self

        def __getitem__(self, _key: object) -> Any:
            return self

    return Recording


def _kept(function: str) -> Callable[..., str]:
    def call(*arguments: Any, **options: Any) -> str:
        texts = [repr(str(each)) for each in arguments]
        texts += [f"{key}={_literal(value)}" for key, value in options.items()]
        return "${{ " + f"{function}({', '.join(texts)})" + " }}"

    return call


def _literal(value: Any) -> str:
    return repr(value) if value is None or isinstance(value, bool) else repr(str(value))


def _matches(value: Any, spec: str) -> bool:
    version = str(value).split()[0].removesuffix(".*")
    try:
        return VersionSpec(spec).matches(Version(version))
    except (InvalidVersionError, InvalidVersionSpecError) as error:
        raise ValueError(str(error)) from error


def _version_to_buildstring(value: Any) -> str:
    return "".join(str(value).split(".")[:2])


def _native(value: Any) -> Any:
    """A value of v1's ``context``, where whole numbers and truth values have their types."""
    if isinstance(value, Text) and re.fullmatch(r"0|-?[1-9]\d*", value):
        return int(value)
    if isinstance(value, Text) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _names(name: str, line: str) -> bool:
    return bool(re.search(rf"\b{re.escape(name)}\b", line)) and "{" in line


def _error_line(error: Exception) -> int:
    """The line of the template in which the error occurred."""
    line = 1
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
