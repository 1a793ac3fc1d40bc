"""Does cffi work with data of C, and call functions of libc through libffi?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_structures_and_arrays_are_those_of_c(evaluate: Evaluate) -> None:
    def program() -> Any:
        import cffi

        ffi = cffi.FFI()
        ffi.cdef("struct point { short x; double y; }; enum colour { RED = 3, BLUE };")
        points = ffi.new("struct point[3]", [(1, 0.5), {"x": 2}])
        return [
            ffi.sizeof("struct point"),
            ffi.sizeof("void *"),
            points[0].y,
            points[1].x,
            ffi.typeof("enum colour").relements["BLUE"],
            bytes(ffi.buffer(ffi.new("int *", 258))).hex(),
            ffi.string(ffi.new("char[]", "café".encode())).decode(),
        ]

    assert evaluate(program) == [16, 4, 0.5, 2, 4, "02010000", "café"]


def test_functions_of_libc_are_called_and_call_back(evaluate: Evaluate) -> None:
    def program() -> Any:
        import cffi

        ffi = cffi.FFI()
        ffi.cdef("""
            size_t strlen(const char *);
            double pow(double, double);
            void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
        """)
        libc = ffi.dlopen(None)

        def difference(left: Any, right: Any) -> Any:
            return ffi.cast("int *", left)[0] - ffi.cast("int *", right)[0]

        compare = ffi.callback("int(const void *, const void *)", difference)
        numbers = ffi.new("int[]", [3, 1, 2])
        libc.qsort(numbers, 3, ffi.sizeof("int"), compare)
        return [libc.strlen(b"four"), libc.pow(2, 10), list(numbers)]

    assert evaluate(program) == [4, 1024.0, [1, 2, 3]]
