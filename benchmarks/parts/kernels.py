"""Pure Python: pyperformance's kernels, beside Pyodide."""

from __future__ import annotations

from benchmarks import peers
from benchmarks.measure import BUILD_DIR, MEASUREMENT, in_chromium, in_node, in_turns, served
from benchmarks.report import both, means, short


def measure() -> str:
    """Medians of our runtime and of Pyodide, with the geometric means of the ratios."""
    peer, kernels = peers.pyodide(), peers.kernels()
    with served(peer=peer, kernels=kernels) as address:
        browser = in_turns(
            ours=lambda: in_chromium(
                address, "kernels", MEASUREMENT, index="/", kernels="/kernels/"
            ),
            peer=lambda: in_chromium(
                address, "kernels", MEASUREMENT, index="/peer/", kernels="/kernels/"
            ),
        )
    node = in_turns(
        ours=lambda: in_node("kernels", BUILD_DIR / "dist", kernels),
        peer=lambda: in_node("kernels", peer, kernels),
    )
    found = {"Chromium": browser, "Node": node}
    rows = both("", [(name, name, short) for name in browser["ours"]], found)
    return f"{rows}\n{means(found)}"
