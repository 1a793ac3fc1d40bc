"""Does NumPy calculate right in WebAssembly: matrices, FFT, random numbers, text, files, errors?"""

import contextlib
import io
import os
import tempfile
import traceback
import warnings

import numpy as np
from numpy.dtypes import StringDType
from numpy.fft import _pocketfft_umath


@contextlib.contextmanager
def raises(expected: type[BaseException] | tuple[type[BaseException], ...], text: str = ""):
    try:
        yield
    except expected as error:
        assert text in str(error), f"{text!r} is not in {str(error)!r}"
    else:
        raise AssertionError(f"{expected} was not raised")


def test_linear_algebra_agrees_with_its_definition() -> None:
    rng = np.random.default_rng(1)
    for dtype in (np.float32, np.float64, np.complex64, np.complex128):
        a = rng.standard_normal((40, 40)).astype(dtype)
        if a.dtype.kind == "c":
            a += 1j * rng.standard_normal((40, 40)).astype(dtype)
        b = a[:, 0].copy()
        tolerance = 500 * np.finfo(dtype).eps
        identity = np.eye(40)

        def close(x, y, tolerance=tolerance) -> bool:
            return bool(np.abs(x - y).max() < tolerance * max(1, np.abs(y).max()))

        assert close(a @ np.linalg.solve(a, b), b)
        assert close(a @ np.linalg.inv(a), identity, 20 * tolerance)
        values, vectors = np.linalg.eig(a)
        assert close(a @ vectors, vectors * values)
        u, s, vh = np.linalg.svd(a)
        assert close((u * s) @ vh, a) and close(u @ u.conj().T, identity)
        q, r = np.linalg.qr(a)
        assert close(q @ r, a)
        spd = a @ a.conj().T + 40 * identity.astype(dtype)
        low = np.linalg.cholesky(spd)
        assert close(low @ low.conj().T, spd)
        assert close(np.linalg.eigvalsh(spd), np.linalg.svd(spd, compute_uv=False)[::-1])
    with raises(np.linalg.LinAlgError, "Singular matrix"):
        np.linalg.inv(np.zeros((3, 3)))
    with raises(np.linalg.LinAlgError, "not positive definite"):
        np.linalg.cholesky(-np.eye(3))


def test_fft_agrees_with_the_sum() -> None:
    for n in (1, 2, 12, 97, 128):  # mixed radix, prime (Bluestein), power of two
        x = np.random.default_rng(n).standard_normal(n)
        k = np.arange(n)
        expected = np.exp(-2j * np.pi * np.outer(k, k) / n) @ x
        assert np.allclose(np.fft.fft(x), expected, atol=1e-9)
        assert np.allclose(np.fft.irfft(np.fft.rfft(x), n), x)
    assert np.fft.fft(np.ones(4, np.float32)).dtype == np.complex64
    image = np.random.default_rng(0).standard_normal((8, 9))
    assert np.allclose(np.fft.ifft2(np.fft.fft2(image)), image)


def test_random_streams_are_those_of_every_platform() -> None:
    rng = np.random.default_rng(42)
    assert np.allclose(rng.random(3), [0.77395605, 0.43887844, 0.85859792])
    assert np.random.default_rng(42).integers(0, 100, 5).tolist() == [8, 77, 65, 43, 43]
    assert np.allclose(np.random.RandomState(0).random_sample(2), [0.5488135, 0.71518937])
    for generator in (np.random.MT19937, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64):
        first, second = (np.random.Generator(generator(7)) for _ in range(2))
        assert (first.standard_normal(1000) == second.standard_normal(1000)).all()
        assert (first.permutation(10) == second.permutation(10)).all()
        assert abs(first.normal(size=20_000).mean()) < 0.05


def test_numbers_behave_at_their_limits_and_nothing_traps() -> None:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.isposinf(np.float64(1) / np.float64(0)) and np.isnan(np.sqrt(np.float64(-1)))
        assert (np.arange(3) // np.zeros(3, int) == 0).all()
        assert np.int32(2**31 - 1) + np.int32(1) == -(2**31)
        assert np.array([np.nan, 1e300, -1e300]).astype(np.int32).shape == (3,)
        assert np.float32(1e30) * np.float32(1e30) == np.inf
        assert np.float16(65504) * np.float16(2) == np.inf
    assert np.dtype(np.intp).itemsize == 4 and np.dtype("l").itemsize == 4
    assert np.dtype(np.longdouble).itemsize == 16 and np.finfo(np.longdouble).nmant == 112
    assert np.longdouble("0.1") != np.longdouble(0.1)
    assert np.iinfo(np.int64).max == 2**63 - 1
    with raises(FloatingPointError, "divide by zero"), np.errstate(divide="raise"):
        np.arange(3) // 0
    with raises(ValueError, "could not be broadcast"):
        np.ones(3) + np.ones(4)
    with raises(TypeError, "ufunc 'sin' not supported"):
        np.sin("a")
    with raises(MemoryError):
        np.empty(2**31 - 1, np.int8).copy().repeat(2)


def test_indices_and_sizes_of_64_bits_are_taken_by_their_value() -> None:
    x = np.arange(6)
    uses = {
        "repeat": lambda i: np.repeat([1, 2], i),
        "take": lambda i: x.take(i),
        "put": lambda i: np.put(x.copy(), i, 7),
        "choose": lambda i: np.choose(i - 1, [[1, 2], [3, 4]]),
        "index": lambda i: x[i],
        "assignment": lambda i: x.copy().__setitem__(i, 1),
        "flat": lambda i: x.reshape(2, 3).flat[i],
        "bincount": np.bincount,
        "tile": lambda i: np.tile(x, i),
        "delete": lambda i: np.delete(x, i),
        "take_along_axis": lambda i: np.take_along_axis(x, i, axis=0),
        "unravel_index": lambda i: np.unravel_index(i, (2, 3)),
        "ravel_multi_index": lambda i: np.ravel_multi_index((i - 1, i), (2, 3)),
        "reshape": lambda i: np.arange(2).reshape(i).shape,
        "zeros": lambda i: np.zeros(i).shape,
        "sorter": lambda i: np.searchsorted([3, 1], [2, 3], sorter=i - 1),
        "partition": lambda i: np.partition([3, 1, 2], i),
        "add.at": lambda i: np.add.at(x.copy(), i, 1),
        "add.reduceat": lambda i: np.add.reduceat(x, i),
        "pad": lambda i: np.pad(x, i),
        "binomial": lambda i: np.random.RandomState(1).binomial(i, 0.5),
        "choice": lambda i: np.random.default_rng(1).choice(5, i),
    }
    for name, use in uses.items():
        expected = repr(use(np.array([2, 1], np.intp)))
        actual = repr(use(np.array([2, 1], np.int64)))
        assert actual == expected, (name, actual, expected)
        with raises((IndexError, OverflowError, ValueError)):
            use(np.array([2**32 + 2, 2**32 + 1], np.int64))
    for unsigned in (np.uint32, np.uint64):
        assert x[np.array([2, 1], unsigned)].tolist() == [2, 1]
    with raises(IndexError, "4294967297 is out of bounds for int32"):
        np.take(x, np.array([2**32 + 1]), mode="clip")


def test_floating_point_errors_follow_errstate() -> None:
    with raises(FloatingPointError, "divide by zero"), np.errstate(divide="raise"):
        np.array([1.0]) / 0
    with raises(FloatingPointError, "overflow"), np.errstate(over="raise"):
        np.exp(np.full(10_000, 1e3))
    with raises(FloatingPointError, "invalid"), np.errstate(invalid="raise"):
        np.subtract(np.inf, np.inf)
    seen: list[str] = []
    with np.errstate(all="call", call=lambda kind, _flag: seen.append(kind)):
        np.log(np.zeros(3))
        np.array([1e300]) * 1e300
    assert seen == ["divide by zero", "overflow"], seen
    log = io.StringIO()
    with np.errstate(all="log", call=log):
        np.array([np.inf]) * 0
    assert log.getvalue() == "Warning: invalid value encountered in multiply\n", log.getvalue()
    with warnings.catch_warnings(), np.errstate(all="warn"):
        warnings.simplefilter("error")
        np.array([np.nan, np.inf, 1]) + np.array([1, np.inf, np.nan])
        np.array([1e-300]) * 1e-300  # an underflow is not reported


def test_sorting_agrees_with_python() -> None:
    rng = np.random.default_rng(3)
    for dtype in "bhilqfdgFD":
        values = (rng.standard_normal(1000) * 100).astype(dtype)
        key = (lambda z: (z.real, z.imag)) if dtype in "FD" else None
        for kind in ("quicksort", "heapsort", "stable"):
            assert np.sort(values, kind=kind).tolist() == sorted(values.tolist(), key=key)
            assert (values[np.argsort(values, kind=kind)] == np.sort(values)).all()
    assert np.partition(np.array([5, 1, 4, 2, 3]), 2)[2] == 3


def test_strings_of_variable_width() -> None:
    words = ["wasm", "", "a string that does not fit into sixteen bytes", "\u00fc\U0001f40d"]
    array = np.array(words, dtype=StringDType())
    assert np.strings.upper(array).tolist() == [word.upper() for word in words]
    assert np.strings.str_len(array).tolist() == [len(word) for word in words]
    assert np.sort(array).tolist() == sorted(words)
    assert sorted(np.unique(np.concatenate([array, array])).tolist()) == sorted(words)
    assert (array + "!")[0] == "wasm!" and np.strings.find(array, "fit")[2] == words[2].find("fit")
    missing = np.array(["x", np.nan], dtype=StringDType(na_object=np.nan))
    assert np.isnan(missing).tolist() == [False, True]
    assert np.char.add(np.array(["a"]), np.array(["b"]))[0] == "ab"


def test_arrays_go_to_files_and_come_back() -> None:
    array = np.arange(1000, dtype=">f8").reshape(10, 100)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.npy")
        np.save(path, array)
        assert (np.load(path) == array).all()
        mapped = np.load(path, mmap_mode="r")
        assert isinstance(mapped, np.memmap) and (mapped[3, ::7] == array[3, ::7]).all()
        del mapped
        path = os.path.join(folder, "a.npz")
        np.savez_compressed(path, one=array, two=np.array(["x"], dtype="U3"))
        with np.load(path) as archive:
            assert (archive["one"] == array).all() and archive["two"][0] == "x"
        path = os.path.join(folder, "raw")
        array.tofile(path)
        assert (np.fromfile(path, ">f8") == array.ravel()).all()
    table = io.StringIO("x,y\n1,2.5\n3,nan\n")
    rows = np.genfromtxt(table, delimiter=",", names=True)
    assert rows["x"].tolist() == [1, 3] and np.isnan(rows["y"][1])
    assert np.loadtxt(io.StringIO("1 2\n3 4"), dtype=int).tolist() == [[1, 2], [3, 4]]


def test_an_exception_of_cplusplus_becomes_one_of_python() -> None:
    with raises(RuntimeError, "zero-length FFT requested"):
        _pocketfft_umath.fft(np.ones(1, complex), 1.0, out=np.empty(0, complex))


def test_an_exception_in_a_callback_comes_through_c() -> None:
    def fails(_value):
        raise KeyError("from the callback")

    with raises(KeyError, "from the callback"):
        np.frompyfunc(fails, 1, 1)(np.arange(3))
    with raises(KeyError, "from the callback"):
        np.vectorize(fails)(np.arange(3))


def test_dates_records_and_einsum() -> None:
    days = np.arange("2026-01", "2026-03", dtype="datetime64[D]")
    assert days.size == 59 and str(days[-1]) == "2026-02-28"
    assert np.busday_count("2026-01-01", "2026-02-01") == 22
    record = np.array([(1, 2.5, b"ab")], dtype=[("i", "u1"), ("f", "f8"), ("s", "S2")])
    assert record["f"].sum() == 2.5 and record.dtype.itemsize == 11
    a, b = np.random.default_rng(0).random((2, 5, 5))
    assert np.allclose(np.einsum("ij,jk->ik", a, b), a @ b)
    assert np.ma.masked_array([1, 2, 3], mask=[0, 1, 0]).sum() == 4
    assert np.polynomial.Polynomial([6, -5, 1]).roots().round(9).tolist() == [2, 3]


def test_the_configuration_is_that_of_the_target() -> None:
    config = np.show_config(mode="dicts")
    host = config["Machine Information"]["host"]
    assert (host["cpu"], host["system"], host["endian"]) == ("wasm32", "emscripten", "little"), host
    assert config["Machine Information"]["cross-compiled"]
    assert config["Compilers"]["c"]["name"] == "emscripten", config["Compilers"]
    np.show_config()


if __name__ == "__main__":
    failed = []
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    for name, test in tests.items():
        try:
            test()
        except Exception:
            traceback.print_exc()
            failed.append(name)
    print(f"{len(tests) - len(failed)} passed, {len(failed)} failed", *failed, sep="\n")
    raise SystemExit(bool(failed))
