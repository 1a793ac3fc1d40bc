"""Measures NumPy's and SciPy's kernels, natively, in Node or in a page."""

import json
import time
from collections.abc import Callable

import numpy as np
from scipy import optimize, sparse
from scipy.sparse import linalg

rng = np.random.default_rng(42)
square, vector = rng.standard_normal((500, 500)), rng.standard_normal(500)
small = rng.standard_normal((200, 200))
signal = rng.standard_normal(2**18)
numbers = rng.random(10**6)
row = sparse.diags_array([-1.0, 4.0, -1.0], offsets=[-1, 0, 1], shape=(120, 120))
coupling = sparse.diags_array([-1.0, -1.0], offsets=[-1, 1], shape=(120, 120))
poisson = (
    sparse.kron(sparse.eye_array(120), row) + sparse.kron(coupling, sparse.eye_array(120))
).tocsc()

KERNELS: dict[str, Callable[[], object]] = {
    "matmul, 500 x 500": lambda: square @ square,
    "solve, 500 x 500": lambda: np.linalg.solve(square, vector),
    "SVD, 200 x 200": lambda: np.linalg.svd(small),
    "eigenvalues, 200 x 200": lambda: np.linalg.eigvals(small),
    "FFT, 2^18": lambda: np.fft.fft(signal),
    "sort, 10^6": lambda: np.sort(numbers),
    "exp, 10^6": lambda: np.exp(numbers),
    "sum of an axis, 500 x 500": lambda: square.sum(axis=0),
    "sparse solve, 14,400 unknowns": lambda: linalg.spsolve(poisson, np.ones(poisson.shape[0])),
    "minimize, 10 variables": lambda: optimize.minimize(
        optimize.rosen, np.zeros(10), method="BFGS"
    ),
}


def measure(kernel: Callable[[], object]) -> float:
    """The best of five runs in milliseconds, after half a second of warm-up."""
    warm = time.perf_counter() + 0.5
    while time.perf_counter() < warm:
        kernel()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        kernel()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


report = json.dumps({name: measure(kernel) for name, kernel in KERNELS.items()})
if __name__ == "__main__":
    print(report)
