"""Does NumPy give the results of other platforms, in a browser and under Node?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.built import BUILD_DIR
from tests.harness.page import JavaScriptError, Page
from tests.harness.programs import Evaluate

SNAPSHOT = True


def test_linear_algebra_agrees_with_itself(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np

        rng = np.random.default_rng(7)
        a = rng.normal(size=(60, 60))
        b = rng.normal(size=60)
        u, s, vt = np.linalg.svd(a)
        q, r = np.linalg.qr(a)
        symmetric = a @ a.T
        values, vectors = np.linalg.eigh(symmetric)
        general = np.linalg.eigvals(a)
        lower = np.linalg.cholesky(symmetric)
        return {
            "solve": float(np.abs(a @ np.linalg.solve(a, b) - b).max()),
            "inverse": float(np.abs(a @ np.linalg.inv(a) - np.eye(60)).max()),
            "svd": float(np.abs(u @ np.diag(s) @ vt - a).max()),
            "qr": float(np.abs(q @ r - a).max()),
            "eigh": float(np.abs(vectors @ np.diag(values) @ vectors.T - symmetric).max()),
            "trace": float(abs(general.sum() - np.trace(a))),
            "cholesky": float(np.abs(lower @ lower.T - symmetric).max()),
            "lstsq": float(
                np.abs(np.linalg.lstsq(a, b, rcond=None)[0] - np.linalg.solve(a, b)).max()
            ),
        }

    outcome = evaluate(program)
    assert {name: error for name, error in outcome.items() if not error < 1e-8} == {}


def test_a_known_system_has_its_known_solution(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np

        a = np.array([[3.0, 2.0, -1.0], [2.0, -2.0, 4.0], [-1.0, 0.5, -1.0]])
        return [np.linalg.solve(a, [1.0, -2.0, 0.0]).tolist(), float(np.linalg.det(a))]

    outcome = evaluate(program)
    assert outcome[0] == pytest.approx([1.0, -2.0, -2.0])
    assert outcome[1] == pytest.approx(-3.0)


def test_the_fourier_transform_is_the_definition(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np

        # 97 is prime, 128 a power of two, 90 has several factors.
        errors = []
        for n in (97, 128, 90):
            x = np.random.default_rng(n).normal(size=n)
            k = np.arange(n)
            definition = np.exp(-2j * np.pi * np.outer(k, k) / n) @ x
            errors.append(float(np.abs(np.fft.fft(x) - definition).max()))
            errors.append(float(np.abs(np.fft.irfft(np.fft.rfft(x), n) - x).max()))
        return errors

    outcome = evaluate(program)
    assert max(outcome) < 1e-10


def test_random_streams_are_those_of_other_platforms(evaluate: Evaluate) -> None:
    # The expected values are those of NumPy 2.4 on x86-64.
    def program() -> Any:
        import numpy as np

        rng = np.random.default_rng(12345)
        legacy = np.random.RandomState(42)
        return {
            "random": rng.random(3).tolist(),
            "integers": np.random.default_rng(12345).integers(0, 1000, 5).tolist(),
            "normal": np.random.default_rng(12345).normal(size=2).tolist(),
            "legacy": legacy.rand(2).tolist(),
            "big": np.random.default_rng(1).integers(0, 2**63, dtype=np.uint64).item(),
        }

    outcome = evaluate(program)
    assert outcome["random"] == pytest.approx(
        [0.22733602246716966, 0.31675833970975287, 0.7973654573327341], rel=1e-15
    )
    assert outcome["integers"] == [699, 227, 788, 316, 204]
    assert outcome["normal"] == pytest.approx([-1.4238250364546312, 1.2637284581291104], rel=1e-14)
    assert outcome["legacy"] == pytest.approx([0.3745401188473625, 0.9507143064099162], rel=1e-15)
    assert outcome["big"] == 4720721261117928063


def test_types_have_the_widths_of_a_32_bit_machine_with_64_bit_integers(
    evaluate: Evaluate,
) -> None:
    def program() -> Any:
        import numpy as np

        return {
            "intp": np.dtype(np.intp).itemsize,
            "default": np.arange(3).dtype.name,
            "double": np.dtype(float).itemsize,
            "wrap": int(np.array([2**63 - 1], dtype=np.int64)[0]),
            "bool": (np.array([1.5, 2.5]) > 2).tolist(),
            "structured": np.array([(1, "ab")], dtype=[("a", "<i2"), ("b", "U2")])["b"].tolist(),
            "datetime": str(np.datetime64("2021-04-02") + np.timedelta64(30, "D")),
            "half": float(np.float16(0.1)),
            "complex": [np.sqrt(np.complex128(-4)).imag.item()],
            "endian": np.array([1], dtype=">u4").tobytes().hex(),
        }

    outcome = evaluate(program)
    assert outcome == {
        "intp": 4,
        "default": "int32",
        "double": 8,
        "wrap": 2**63 - 1,
        "bool": [False, True],
        "structured": ["ab"],
        "datetime": "2021-05-02",
        "half": 0.0999755859375,
        "complex": [2.0],
        "endian": "00000001",
    }


def test_vectorised_functions_agree_with_the_standard_library(evaluate: Evaluate) -> None:
    def program() -> Any:
        import math

        import numpy as np

        x = np.linspace(0.1, 5, 1001)
        worst = {}
        for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "log1p", "expm1", "cbrt"):
            expected = np.array([getattr(math, name)(v) for v in x])
            worst[name] = float(np.abs(getattr(np, name)(x) / expected - 1).max())
        return worst

    outcome = evaluate(program)
    assert max(outcome.values()) < 1e-12


def test_views_share_memory_and_copies_do_not(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np

        a = np.zeros((4, 4))
        view, copy = a[1:3, ::2], a[1:3, ::2].copy()
        view += 1
        buffer = bytearray(8)
        np.frombuffer(buffer, dtype=np.uint8)[3] = 7
        return [a.sum().item(), copy.sum().item(), bool(np.shares_memory(a, view)), list(buffer)]

    outcome = evaluate(program)
    assert outcome == [4.0, 0.0, True, [0, 0, 0, 7, 0, 0, 0, 0]]


def test_the_memory_of_large_arrays_is_released(evaluate: Evaluate) -> None:
    # 40 times 64 MB is more than a 32-bit address space, so each array must reuse the memory.
    def program() -> Any:
        import numpy as np

        total = 0
        for i in range(40):
            total += int(np.full(8_000_000, i, dtype=np.float64)[-1])
        return total

    outcome = evaluate(program)
    assert outcome == sum(range(40))


def test_too_large_an_array_is_an_error_and_python_goes_on(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np

        def caught(work):
            try:
                work()
            except Exception as error:
                return type(error).__name__

        return [
            # Three times 2 GiB is more than the address space.
            caught(lambda: [np.empty(2**28 - 1) for _ in range(3)]),
            caught(lambda: np.empty(2**29)),
            np.arange(4).sum().item(),
        ]

    outcome = evaluate(program)
    assert outcome[0].endswith("MemoryError")
    assert outcome[1:] == ["ValueError", 6]


def test_errors_are_python_exceptions(evaluate: Evaluate) -> None:
    def program() -> Any:
        import warnings

        import numpy as np

        def caught(work):
            try:
                work()
            except Exception as error:
                return type(error).__name__

        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            np.array([1.0]) / np.array([0.0])

        def raising():
            with np.errstate(all="raise"):
                np.float64(1e308) * np.float64(10)

        return [
            caught(lambda: np.linalg.inv(np.zeros((2, 2)))),
            caught(lambda: np.ones(3) + np.ones(4)),
            caught(lambda: np.ones(3)[5]),
            caught(lambda: np.array(["a"]).astype(float)),
            caught(raising),
            [str(w.message) for w in seen],
        ]

    outcome = evaluate(program)
    assert outcome[:4] == ["LinAlgError", "ValueError", "IndexError", "ValueError"]
    assert outcome[4:] == ["FloatingPointError", ["divide by zero encountered in divide"]]


def test_indices_of_64_bits_are_taken_by_their_value(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np

        try:
            np.arange(6)[np.array([2**32 + 1])]
        except IndexError as error:
            message = str(error)
        return [np.repeat([1, 2], np.array([2, 1], dtype="int64")).tolist(), message]

    outcome = evaluate(program)
    assert outcome[0] == [1, 1, 2]
    assert outcome[1].startswith("4294967297 is out of bounds for int32")


def test_arrays_survive_a_file(evaluate: Evaluate) -> None:
    def program() -> Any:
        import os
        import tempfile

        import numpy as np

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.npz")
            np.savez_compressed(path, a=np.arange(1000), b=np.eye(3))
            with np.load(path) as loaded:
                result = [int(loaded["a"].sum()), loaded["b"].tolist(), sorted(loaded.files)]
        return result

    outcome = evaluate(program)
    assert outcome == [499500, [[1, 0, 0], [0, 1, 0], [0, 0, 1]], ["a", "b"]]


def test_a_numpy_error_reaches_javascript_with_its_traceback(pyodide: Page) -> None:
    with pytest.raises(JavaScriptError, match=r"(?s)Traceback.*LinAlgError: Singular matrix"):
        pyodide.run_python_async("import numpy as np\nnp.linalg.inv(np.zeros((2, 2)))")
    assert pyodide.run_python("int(np.arange(5).sum())") == 10


def test_the_package_is_found_by_its_import(open_page: Callable[[str], Page]) -> None:
    page = open_page("/pages/pyodide.html")
    page.run_js("await languagePluginLoader;")
    assert page.run_python_async("import numpy\nfloat(numpy.ones(3).sum())") == 3.0


def test_a_page_chooses_an_older_version(open_page: Callable[[str], Page]) -> None:
    if not any((BUILD_DIR / "channel").glob("emscripten-wasm32/numpy-2.4.*.conda")):
        pytest.skip(reason="no numpy 2.4 in build/channel")
    page = open_page("/pages/pyodide.html")
    page.run_js("await languagePluginLoader; await pyodide.loadPackage('numpy >=2.4,<2.5');")
    assert page.run_python("import numpy\nnumpy.__version__").startswith("2.4.")
    assert page.run_python("numpy.linalg.solve([[2.0]], [4.0]).tolist() == [2.0]")
