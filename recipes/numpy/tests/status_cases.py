"""Expressions of NumPy, for test_status.py: infinite operands and results, NaN and zeros.

`f8(1, inf, MAX)` is an array of float64, `F8(inf)` a scalar; MAX is the largest number of a type.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

MAX, MIN = "MAX", "MIN"
TYPES = {
    "f2": "float16",
    "f4": "float32",
    "f8": "float64",
    "f16": "longdouble",
    "c16": "complex128",
}
VALUES = ["0", "-0.0", "1", "-1", "2", "0.5", "-0.5", "3", "inf", "-inf", "nan", "MAX", "MIN"]
COMPLEX = ["0", "1", "1j", "1+1j", "1e308", "1e308j", "inf", "infj", "nan", "nan+nanj", "inf+infj"]
UNARY = [
    "sqrt",
    "square",
    "reciprocal",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "cbrt",
    "floor",
    "rint",
    "absolute",
    "negative",
    "sign",
    "isnan",
    "signbit",
    "frexp",
    "modf",
    "degrees",
    "logical_not",
    "conjugate",
]
BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "floor_divide",
    "remainder",
    "fmod",
    "divmod",
    "power",
    "float_power",
    "hypot",
    "logaddexp",
    "arctan2",
    "copysign",
    "nextafter",
    "maximum",
    "fmin",
    "heaviside",
    "less",
    "equal",
    "logical_and",
]
PAIRS = [
    "1,0",
    "0,0",
    "inf,0",
    "0,inf",
    "inf,-inf",
    "MAX,MAX",
    "inf,inf",
    "MAX,0.5",
    "nan,0",
    "nan,inf",
    "0,-1",
    "-1,0.5",
    "MAX,MIN",
    "-1,0",
    "1,-0.0",
    "inf,1",
    "1,inf",
    "MAX,2",
    "1,nan",
    "inf,nan",
    "nan,nan",
    "-inf,3",
    "2,MAX",
    "0,nan",
    "MIN,MAX",
]
FOLDS = [
    "inf,1,-inf",
    "MAX,MAX,1",
    "inf,inf,1",
    "nan,inf,1",
    "inf,0,1",
    "1,0,2",
    "0,0,1",
    "1,nan,2",
]
METHODS = ["sum", "prod", "cumsum", "cumprod", "max", "mean", "std"]

CASTS = ["inf", "-inf", "nan", "1e5", "1e30", "-1", "300", "3e9", "1e19", "-3e9"]
OTHERS = """
f8(1) / 0 @ log(zeros(3)) @ log(f8(0, -1)) @ 1.0 / F8(0) @ np.array(1.0) / 0 @ F4(3e38) * 10.0
F8(10) ** 400 @ C16(1) / 0 @ f8(inf) - f8(inf) @ f8(0) * f8(inf) @ np.ldexp(f8(1, inf), 10**5)
linalg.det(eye(3) * 1e200) @ linalg.det(zeros((3, 3))) @ linalg.slogdet(zeros((3, 3)))
linalg.norm(f8(inf, 1)) @ linalg.norm(f8(1e300, 1e300)) @ linalg.inv(np.diag(f8(inf, 1)))
linalg.solve(eye(2), f8(inf, 1)) @ linalg.matrix_power(np.diag(f8(1e200, 1)), 2)
linalg.cond(zeros((2, 2))) @ np.fft.fft(f8(inf, 1, 2)) @ np.fft.rfft(f8(nan, 1, 2))
np.einsum("i,i", f8(inf, 1), f8(0, 1)) @ np.convolve(f8(inf, 1), f8(0, 1))
np.vdot(f8(inf, 1), f8(0, 1)) @ np.tensordot(f8(inf, 1), f8(0, 1), 1) @ np.kron(f8(inf), f8(0))
np.outer(f8(inf, 1), f8(0, 1)) @ np.cross(f8(inf, 1, 0), f8(0, 1, inf)) @ np.diff(f8(inf, inf))
np.interp([0.5], [0, 1], [inf, -inf]) @ np.gradient(f8(1, inf, inf)) @ np.var(f8(inf, 1))
np.median(f8(inf, -inf)) @ np.percentile(f8(inf, -inf, 1), 40) @ np.nansum(f8(nan, inf, -inf))
np.nanmean(f8(nan, 1)) @ np.average(f8(1, 2), weights=[1e308, 1e308]) @ np.linspace(0, inf, 3)
np.linspace(-1e308, 1e308, 3) @ np.logspace(0, 400, 3) @ np.histogram(f8(1, 2, 3))
np.sinc(f8(0, 1)) @ np.i0(f8(1000)) @ np.unwrap(f8(1, inf)) @ np.corrcoef(f8(1, 1), f8(1, 2))
np.nan_to_num(f8(nan, inf)) @ np.clip(f8(nan, inf, 1), 0, 1) @ np.round(f8(1e308), 10)
np.isclose(f8(inf, nan), f8(inf, nan), equal_nan=True) @ np.sort(f8(nan, inf, 1))
np.ma.divide(f8(1), f8(0)) @ np.ma.log(f8(0, -1)) @ np.emath.log(f8(0, -1))
np.polyfit([1, 2, 3], [1, 2, 3], 1) @ np.loadtxt(["inf nan 1e400"])
np.array(["1e300"]).astype("f4") @ np.array(["1e300"], "f4") @ np.array([70000**3]).astype("f2")
np.add(f8(1e300), 1, dtype="f4", casting="unsafe") @ np.array([inf], object).astype(float)
np.array([True]) / np.array([False])
np.array([1, "NaT"], "m8[h]") / np.timedelta64(0, "h") @ np.array([1, "NaT"], "m8[h]") / 0.0
np.array([1], "m8[h]") // np.timedelta64(0, "h") @ np.array([1], "m8[h]") % np.timedelta64(0, "h")
np.timedelta64("NaT") / np.timedelta64(1, "h") @ np.power(c16(0), -1) @ np.angle(c16(infj, nan))
zeros(2, [("a", "f8")]).astype([("a", "i4")]) @ np.random.default_rng(0).normal(size=100)
"""


def filled(function: str, *arrays: Any) -> Any:
    """The result of a function, in the memory of its first operand."""
    return getattr(np, function)(*arrays, out=arrays[0])


def filled_last(function: str, *arrays: Any) -> Any:
    """The result of a function, in the memory of its last operand."""
    return getattr(np, function)(*arrays, out=arrays[-1])


def at(function: str, array: Any) -> None:
    """A ufunc at repeated indices."""
    getattr(np, function).at(array.copy(), [0, 1, 1], array)


def long(array: Any, index: int, value: float = 0) -> Any:
    """10,000 times the first number: a loop is called in blocks."""
    result = np.full(10_000, array[0])
    result[index] = value
    return result


def setitem(dtype: str, value: float) -> None:
    """An assignment to one item."""
    np.zeros(3, dtype)[1] = value


def names() -> dict[str, Any]:
    """What the expressions contain."""

    def values(dtype: str, items: tuple[Any, ...]) -> list[Any]:
        limits = {MAX: np.finfo(dtype).max, MIN: np.finfo(dtype).min}
        return [limits[i] if isinstance(i, str) else i for i in items]

    result: dict[str, Any] = vars(np) | {
        "np": np,
        "MAX": MAX,
        "MIN": MIN,
        "infj": complex(0, np.inf),
    }
    result["nanj"] = complex(0, np.nan)
    for short, name in TYPES.items():

        def array(*items: Any, name: str = name) -> Any:
            return np.array(values(name, items), name)

        def scalar(item: Any, name: str = name) -> Any:
            return np.dtype(name).type(values(name, (item,))[0])

        result |= {short: array, short.upper(): scalar}
    helpers: list[Callable[..., Any]] = [filled, filled_last, at, long, setitem]
    return result | {helper.__name__: helper for helper in helpers}


def expressions() -> Iterator[str]:
    """All expressions."""
    for t, pairs in (("f2", PAIRS[:6]), ("f4", PAIRS[:12]), ("f8", PAIRS), ("f16", PAIRS[:6])):
        values = VALUES if t != "f16" else VALUES[:-2]
        yield from (f"{f}({t}(1, {v}, 1))" for f, v in product(UNARY, values))
        for pair in pairs:
            a, b = pair.split(",")
            x, y = f"{t}(1, {a}, 1)", f"{t}(1, {b}, 1)"
            yield from (f"{f}({x}, {y})" for f in BINARY)
            s, u = f"{t.upper()}({a})", f"{t.upper()}({b})"
            yield from (f"{s} {o} {u}" for o in ("+", "-", "*", "/", "//", "%", "**"))
            yield f"np.divmod({s}, {u})"
            for f in ("add", "multiply", "divide", "floor_divide", "power"):
                yield f"filled({f!r}, {x}, {y})"
                yield f"filled_last({f!r}, {x}, {y})"
        yield from (f"filled({f!r}, {t}({v}))" for f, v in product(["log", "reciprocal"], values))
        for fold in FOLDS:
            x = f"{t}({fold})"
            yield from (f"{x}.{m}()" for m in METHODS)
            for f in ("add", "multiply", "divide"):
                yield f"at({f!r}, {x})"
                yield from (f"{f}.{m}({x})" for m in ("reduce", "accumulate"))
                yield f"{f}.reduceat({x}, [0, 1])"
                yield f"{f}.outer({x}, {x})"
                yield f"{f}.reduce(stack([{x}, {x}[::-1]]))"
            yield f"dot({x}, {x}[::-1])"
            yield f"dot({x}, {x}[0])"
            yield f"vecdot({x}, {x}[::-1])"
            yield f"inner({x}, {x}[::-1])"
        for i, first in product((0, 1500, 9999), ("1", "nan")):
            x = f"long({t}({first}), {i})"
            yield f"1 / {x}"
            yield f"log(stack([{x}, {x}], 1)[:, 0])"
            yield f"filled('divide', {x}, {x})"
            yield f"divide(1, {x}, out={x}, where={x} != 0)"
    for a in COMPLEX:
        for b in COMPLEX[:9]:
            yield from (f"{f}(c16({a}), c16({b}))" for f in BINARY[:4])
            yield f"C16({a}) * C16({b})"
            yield f"C16({a}) / C16({b})"
        yield from (f"{f}(c16({a}))" for f in ("square", "reciprocal", "negative", "log", "exp"))
        yield f"c16({a}, {a}).prod()"
    for t, v in product(("f2", "f4", "f8", "f16", "c16"), CASTS):
        if t == "f2" and v not in CASTS[:3]:
            continue
        for to in ("i1", "u2", "i4", "u4", "i8", "u8", "?", "f2", "f4", "c8"):
            yield f"{t}(1, {v}).astype({to!r})"
    for to, v in product(("f2", "f4", "c8"), [*CASTS, "1e300"]):
        yield from (f"setitem({to!r}, {v})", f"full(3, {v}, {to!r})", f"np.array([{v}], {to!r})")
        yield from (f"zeros(2, {to!r}).fill({v})", f"np.dtype({to!r}).type({v})")
    for t in ("i1", "i4", "i8", "u1", "u8"):
        x, y = f"np.array([1, 2], {t!r})", f"np.array([1, 0], {t!r})"
        yield from (f"{f}({x}, {y})" for f in ("divide", "floor_divide", "remainder", "divmod"))
        s = f"np.dtype({t!r}).type"
        yield from (f"{s}(1) {o} {s}(0)" for o in ("/", "//", "%"))
        yield from (f"log({y})", f"reciprocal({y})", f"{x} + {x}")
    yield from (item for line in OTHERS.split("\n") for item in line.split(" @ ") if item)
