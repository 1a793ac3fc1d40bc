"""Which missing modules do optional parts of the standard library need?

``hashlib.scrypt`` needs ``_hashlib``, and ``zoneinfo`` needs ``tzdata``. The list of the parts is
the module ``_missing_stdlib_info`` of the standard library.
"""

from types import ModuleType

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping


def find_needed(code: str, namespace: "Mapping[str, object]") -> set[str]:
    """Find the modules that the code's optional parts need.

    Args:
        code: The code. If it is not Python, it needs nothing.
        namespace: The global variables. The code can use modules that earlier code imported.

    Returns:
        Names of modules, missing or not.
    """
    try:
        from _missing_stdlib_info import DIGEST_CALLS, DIGESTS, PARTS
    except ModuleNotFoundError:  # a lock can restore an earlier build of the standard library
        return set()
    lower = code.lower()
    if not any(part.rpartition(".")[2] in code for part in PARTS) and not any(
        name in lower for name in DIGESTS
    ):
        return set()

    import ast

    from pyodide._code import dedented

    kinds = (ast.Import, ast.ImportFrom, ast.Attribute, ast.Name, ast.Call)
    try:
        nodes = [node for node in ast.walk(ast.parse(dedented(code))) if isinstance(node, kinds)]
    except SyntaxError:
        return set()
    names = _Names({*PARTS, *DIGEST_CALLS}, namespace)
    for node in nodes:
        names.add_import(node)
    uses = names.imported | {names.resolve(node) for node in nodes}
    needed = {
        module
        for part, module in PARTS.items()
        if part in uses or any(use.startswith(f"{part}.") for use in uses)
    }
    for node in nodes:
        if isinstance(node, ast.Call) and names.resolve(node.func) in DIGEST_CALLS:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            strings = {
                v.value.lower()
                for v in values
                if isinstance(v, ast.Constant) and isinstance(v.value, str)
            }
            if strings & DIGESTS:
                needed.add("_hashlib")
    return needed


class _Names:
    """What do names in code mean, by its imports?

    Attributes:
        imported: The modules and members that the code imports, as dotted names.
    """

    def __init__(self, parts: set[str], namespace: "Mapping[str, object]") -> None:
        self.imported: set[str] = set()
        self._parts = parts
        self._namespace = namespace
        self._bound: dict[str, str] = {}

    def add_import(self, node: "ast.AST") -> None:
        import ast

        if isinstance(node, ast.Import):
            for alias in node.names:
                self.imported.add(alias.name)
                top = alias.name.partition(".")[0]
                self._bound[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            for alias in node.names:
                member = f"{node.module}.{alias.name}"
                self.imported.add(member)
                self._bound[alias.asname or alias.name] = member
            if node.names[0].name == "*":
                for part in self._parts:
                    module, _, name = part.rpartition(".")
                    if module == node.module:
                        self._bound[name] = part

    def resolve(self, node: "ast.AST") -> str:
        """The dotted name of an expression ``a.b.c``; "" for any other node."""
        import ast

        attributes: list[str] = []
        while isinstance(node, ast.Attribute) and len(attributes) < 3:  # no part is longer
            attributes.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        base = self._bound.get(node.id)
        if base is None:
            value = self._namespace.get(node.id)
            base = value.__name__ if issubclass(type(value), ModuleType) else ""  # type: ignore[attr-defined]
        return ".".join([base, *attributes]) if base else ""
