"""Does safetensors write arrays, read them, and refuse damaged files?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate

ALSO = ["numpy"]


def test_arrays_go_through_a_file(evaluate: Evaluate) -> None:
    def program() -> Any:
        import tempfile

        import numpy as np
        from safetensors import safe_open
        from safetensors.numpy import load, save, save_file

        tensors = {
            "weights": np.arange(6, dtype=np.float32).reshape(2, 3),
            "ids": np.array([2**40, -1]),
        }
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
            save_file(tensors, file.name, metadata={"format": "np"})
            opened: Any = safe_open(file.name, framework="np")
            with opened as stored:
                part = stored.get_slice("weights")[:, 1:].tolist()
                names = sorted(stored.keys())
                metadata = stored.metadata()
        return [names, metadata, part, load(save(tensors))["ids"].tolist()]

    assert evaluate(program) == [
        ["ids", "weights"],
        {"format": "np"},
        [[1.0, 2.0], [4.0, 5.0]],
        [2**40, -1],
    ]


def test_a_damaged_file_is_refused(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import safetensors
        from safetensors.numpy import load, save

        data = save({"a": np.zeros(4)})
        problems = []
        for damaged in (data[:-1], b"\xff" * 8 + data[8:], data[:4]):
            try:
                load(damaged)
            except safetensors.SafetensorError as error:
                problems.append(str(error).split(": ")[-1])
        return problems

    assert evaluate(program) == ["MetadataIncompleteBuffer", "HeaderTooLarge", "HeaderTooSmall"]
