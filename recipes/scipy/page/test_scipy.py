"""Does SciPy give the results of other platforms, in a browser and under Node?

The expected numbers are from SciPy 1.18.1 from PyPI on x86-64, or have a closed form.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.harness.programs import Evaluate


def test_equations_are_solved_by_every_kind_of_factorization(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from scipy import linalg

        a = linalg.hilbert(5) + np.eye(5)
        b = np.arange(1.0, 6.0)
        p, l, u = linalg.lu(a)
        t, z = linalg.schur(a @ linalg.toeplitz([1, 2, 3, 4, 5]))
        return {
            "solve": linalg.solve(a, b).tolist(),
            "det": linalg.det(a),
            "lu": float(np.abs(p @ l @ u - a).max()),
            "cho": linalg.cho_solve(linalg.cho_factor(a), b).tolist(),
            "expm": float(linalg.expm(a).trace()),
            "logm": float(np.abs(linalg.logm(linalg.expm(a)) - a).max()),
            "sqrtm": float(np.abs(linalg.sqrtm(a) @ linalg.sqrtm(a) - a).max()),
            "svd": linalg.svdvals(a).tolist(),
            "eigh": linalg.eigh(a, eigvals_only=True).tolist(),
            "schur": float(np.abs(z @ t @ z.T - a @ linalg.toeplitz([1, 2, 3, 4, 5])).max()),
            "banded": linalg.solve_banded(
                (1, 1), [[0, 1, 1], [4, 4, 4], [1, 1, 0]], [1, 2, 3]
            ).tolist(),
        }

    outcome = evaluate(program)
    solution = [
        -0.6685819304906827,
        0.4996179391236985,
        1.7061782973764614,
        2.8721825810475927,
        4.002915735160655,
    ]
    assert outcome["solve"] == pytest.approx(solution, rel=1e-12)
    assert outcome["cho"] == pytest.approx(solution, rel=1e-12)
    assert outcome["svd"] == pytest.approx(outcome["eigh"][::-1], rel=1e-12)
    assert outcome["det"] == pytest.approx(3.1387289990956697, rel=1e-12)
    assert outcome["expm"] == pytest.approx(24.562791221727394, rel=1e-12)
    assert max(outcome[name] for name in ("lu", "logm", "sqrtm", "schur")) < 1e-12
    assert outcome["banded"] == pytest.approx([10 / 56, 16 / 56, 38 / 56])


def test_a_transform_finds_the_tones_of_a_signal(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from scipy import fft, signal

        t = np.arange(2048) / 2048
        x = np.sin(2 * np.pi * 50 * t) + 0.5 * np.sin(2 * np.pi * 120 * t)
        spectrum = np.abs(fft.rfft(x))
        b, a = signal.butter(4, 80, fs=2048)
        low = signal.filtfilt(b, a, x)
        with fft.set_backend("scipy"):
            chosen = np.abs(fft.rfft(x))
        return {
            "tones": np.sort(np.argsort(spectrum)[-2:]).tolist(),
            "inverse": float(np.abs(fft.irfft(fft.rfft(x)) - x).max()),
            "dct": float(np.abs(fft.idct(fft.dct(x)) - x).max()),
            "low": float(np.abs(fft.rfft(low))[120] / spectrum[120]),
            "high": float(np.abs(fft.rfft(low))[50] / spectrum[50]),
            "peaks": len(signal.find_peaks(low, height=0.5)[0]),
            "backend": bool((chosen == spectrum).all()),
        }

    outcome = evaluate(program)
    assert outcome["tones"] == [50, 120]
    assert outcome["inverse"] < 1e-13 and outcome["dct"] < 1e-13
    assert outcome["low"] < 0.05 and outcome["high"] > 0.9
    assert outcome["peaks"] == 50
    assert outcome["backend"]


def test_minima_roots_and_integrals_are_found(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from scipy import integrate, interpolate, optimize

        start = [-1.2, 1.0, -1.2, 1.0]
        minima = {
            method: optimize.minimize(
                optimize.rosen, start, method=method, jac=optimize.rosen_der, **hessian
            ).x.tolist()
            for hessian, methods in (
                ({}, ("BFGS", "L-BFGS-B", "SLSQP")),
                ({"hess": optimize.rosen_hess}, ("trust-exact", "trust-krylov", "Newton-CG")),
            )
            for method in methods
        }
        program = optimize.linprog([-1, -2], A_ub=[[1, 1], [1, 3]], b_ub=[4, 6])
        whole = optimize.milp(
            [-1, -2],
            integrality=[1, 1],
            constraints=optimize.LinearConstraint([[2, 1], [1, 3]], ub=[4, 6.5]),
        )
        path = integrate.solve_ivp(
            lambda t, y: [y[1], -y[0]], (0, np.pi), [0, 1], rtol=1e-10, atol=1e-12
        )
        x = np.linspace(0, 3, 10)
        curve, _ = optimize.curve_fit(lambda x, a, b: a * np.exp(-b * x), x, 2.5 * np.exp(-1.3 * x))
        return {
            "minima": minima,
            "linprog": [program.fun, *program.x],
            "milp": float(whole.fun),
            "root": optimize.brentq(lambda x: x**3 - 2, 0, 2),
            "system": optimize.fsolve(lambda v: [sum(v) - 3, v[0] * v[1] - 2], [0, 5]).tolist(),
            "gauss": integrate.quad(lambda x: np.exp(-x * x), -np.inf, np.inf)[0],
            "stiff": integrate.solve_ivp(
                lambda t, y: -1000 * (y - np.cos(t)), (0, 1), [0], method="LSODA", rtol=1e-8
            ).y[0, -1],
            "swing": path.y[:, -1].tolist(),
            "curve": curve.tolist(),
            "spline": float(interpolate.CubicSpline(x, np.sin(x))(1.234)),
            "assignment": optimize.linear_sum_assignment([[4, 1, 3], [2, 0, 5], [3, 2, 2]])[
                1
            ].tolist(),
        }

    outcome = evaluate(program)
    for method, minimum in outcome["minima"].items():
        assert minimum == pytest.approx([1] * 4, abs=2e-3), method
    assert outcome["linprog"] == pytest.approx([-5, 3, 1])
    assert outcome["milp"] == pytest.approx(-4)
    assert outcome["root"] == pytest.approx(2 ** (1 / 3))
    assert sorted(outcome["system"]) == pytest.approx([1, 2])
    assert outcome["gauss"] == pytest.approx(math.sqrt(math.pi))
    assert outcome["stiff"] == pytest.approx(0.5411430128579231, rel=1e-5)
    assert outcome["swing"] == pytest.approx([0, -1], abs=1e-8)
    assert outcome["curve"] == pytest.approx([2.5, 1.3])
    assert outcome["spline"] == pytest.approx(math.sin(1.234), abs=1e-3)
    assert outcome["assignment"] == [1, 0, 2]


def test_sparse_systems_graphs_and_spectra_are_those_of_dense_ones(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from scipy import sparse
        from scipy.sparse import csgraph, linalg

        n = 400
        a = sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(n, n)).tocsc()
        b = np.ones(n)
        x = linalg.spsolve(a, b)
        cg, _ = linalg.cg(a, b, rtol=1e-12)
        eigenvalues = linalg.eigsh(a, k=3, sigma=0, return_eigenvectors=False)
        graph = sparse.csr_array([[0, 7, 0, 2], [0, 0, 1, 0], [0, 0, 0, 0], [0, 3, 8, 0]])
        scale = sparse.diags_array(np.arange(1.0, 51)).tocsc()
        values = linalg.svds(
            scale, k=2, solver="propack", maxiter=50, return_singular_vectors=False, rng=1
        )
        return {
            "middle": [float(x[n // 2]), float(cg[n // 2])],
            "lu": float(np.abs(a @ linalg.splu(a).solve(b) - b).max()),
            "ilu": float(np.abs(a @ linalg.spilu(a).solve(b) - b).max()),
            "eigenvalues": np.sort(eigenvalues).tolist(),
            "largest": float(values.max()),
            "distances": csgraph.dijkstra(graph, indices=0).tolist(),
            "components": int(csgraph.connected_components(graph)[0]),
        }

    outcome = evaluate(program)
    step = math.pi / 401
    assert outcome["middle"] == pytest.approx([201 * 200 / 2] * 2)
    assert outcome["lu"] < 1e-9 and outcome["ilu"] < 1e-6
    assert outcome["eigenvalues"] == pytest.approx(
        [2 - 2 * math.cos(k * step) for k in (1, 2, 3)], rel=1e-8
    )
    assert outcome["largest"] == pytest.approx(50)
    assert outcome["distances"] == [0, 5, 6, 2]
    assert outcome["components"] == 1


def test_distributions_and_tests_give_published_values(evaluate: Evaluate) -> None:
    def program() -> Any:
        from scipy import special, stats

        # Student's sleep data (1908).
        first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
        second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
        paired = stats.ttest_rel(first, second)
        line = stats.linregress(first, second)
        return {
            "paired": [float(paired.statistic), float(paired.pvalue)],
            "welch": float(stats.ttest_ind(first, second, equal_var=False).pvalue),
            "wilcoxon": float(stats.wilcoxon(first, second).pvalue),
            "line": [float(line.slope), float(line.rvalue)],
            "normal": float(stats.norm.ppf(0.975)),
            "beta": float(stats.beta(2, 3).cdf(0.4)),
            "fisher": float(stats.fisher_exact([[3, 1], [1, 3]]).pvalue),
            "density": float(stats.gaussian_kde(first)(0.5)[0]),
            "gamma": float(special.gamma(5.5)),
            "bessel": float(special.jv(1, 2.5)),
            "zeta": float(special.zeta(3)),
        }

    outcome = evaluate(program)
    assert outcome["paired"] == pytest.approx([-4.0621, 0.002833], abs=1e-4)  # R's t.test(sleep)
    assert outcome["welch"] == pytest.approx(0.07939, abs=1e-5)
    assert outcome["fisher"] == pytest.approx(0.4857, abs=1e-4)
    assert outcome["normal"] == pytest.approx(1.959963984540054)
    assert outcome["beta"] == pytest.approx(0.5248)
    assert outcome["wilcoxon"] == pytest.approx(0.00390625)
    assert outcome["line"] == pytest.approx([0.8899496615170975, 0.7951702058335778])
    assert outcome["density"] == pytest.approx(0.19498261683915696)
    assert outcome["gamma"] == pytest.approx(52.34277778455352)
    assert outcome["bessel"] == pytest.approx(0.4970941024642741)
    assert outcome["zeta"] == pytest.approx(1.2020569031595942)


def test_images_and_neighbours_are_found(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        from scipy import cluster, ndimage, spatial

        image = np.zeros((40, 40))
        image[5:12, 5:12] = image[20:30, 22:28] = 1
        labels, count = ndimage.label(ndimage.gaussian_filter(image, 1) > 0.3)
        points = np.random.default_rng(3).random((200, 2))
        groups, _ = cluster.vq.kmeans2([[0.0], [0.1], [5.0], [5.1]], 2, rng=1, minit="++")
        return {
            "count": count,
            "centres": np.round(ndimage.center_of_mass(image, labels, [1, 2]), 6).tolist(),
            "near": float(spatial.cKDTree(points).query([0.5, 0.5])[0]),
            "brute": float(np.hypot(*(points - 0.5).T).min()),
            "hull": float(spatial.ConvexHull([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1]]).volume),
            "triangles": len(spatial.Delaunay([[0, 0], [1, 0], [1, 1], [0, 1]]).simplices),
            "groups": sorted(float(group[0]) for group in groups),
        }

    outcome = evaluate(program)
    assert outcome["count"] == 2
    assert outcome["centres"] == [[8, 8], [24.5, 24.5]]
    assert outcome["near"] == pytest.approx(outcome["brute"])
    assert outcome["hull"] == pytest.approx(4)
    assert outcome["triangles"] == 2
    assert outcome["groups"] == pytest.approx([0.05, 5.05])


def test_files_of_other_programs_are_read_back(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import numpy as np
        from scipy.io import loadmat, mmread, mmwrite, savemat, wavfile
        from scipy.sparse import eye_array

        matlab, market, sound = io.BytesIO(), io.BytesIO(), io.BytesIO()
        savemat(matlab, {"a": np.arange(6).reshape(2, 3), "s": "text"}, do_compression=True)
        mmwrite(market, eye_array(3))
        wavfile.write(sound, 8000, np.arange(100, dtype=np.int16))
        read = loadmat(io.BytesIO(matlab.getvalue()))
        rate, samples = wavfile.read(io.BytesIO(sound.getvalue()))
        return {
            "matlab": [read["a"].tolist(), str(read["s"][0])],
            "market": mmread(io.BytesIO(market.getvalue()), spmatrix=False).toarray().tolist(),
            "sound": [rate, int(samples.sum())],
        }

    outcome = evaluate(program)
    assert outcome["matlab"] == [[[0, 1, 2], [3, 4, 5]], "text"]
    assert outcome["market"] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert outcome["sound"] == [8000, 4950]


def test_several_workers_give_the_result_of_one_worker(evaluate: Evaluate) -> None:
    # Without threads and processes, several workers were an error, or gave a wrong result.
    def program() -> Any:
        from scipy import optimize, spatial
        from scipy.stats import qmc

        def figures(workers):
            sample = qmc.Halton(d=3, rng=7).random(60, workers=workers)
            return [
                qmc.discrepancy(sample, workers=workers),
                float(spatial.KDTree(sample).query(sample / 2, workers=workers)[0].sum()),
                float(
                    optimize.differential_evolution(
                        optimize.rosen, [(0, 2)] * 2, rng=1, workers=workers, updating="deferred"
                    ).fun
                ),
            ]

        return [figures(1), figures(3), figures(-1)]

    outcome = evaluate(program)
    assert outcome[0][0] > 0
    assert outcome[0] == outcome[1] == outcome[2]
