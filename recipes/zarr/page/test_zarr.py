"""Are chunked arrays stored in memory, in a file and in a folder?

In a browser, the code runs inside a running event loop.
"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_an_array_in_memory_is_written_and_read_by_chunks(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import zarr

        store = zarr.storage.MemoryStore()
        array = zarr.create_array(
            store, shape=(100, 80), chunks=(30, 30), dtype="f4", fill_value=-1
        )
        array[10:90, 5:70] = np.arange(80 * 65).reshape(80, 65)
        array.attrs["unit"] = "K"
        again = zarr.open_array(store, mode="r")
        return {
            "sum": float(again[10:90, 5:70].astype("f8").sum()),
            "empty": float(again[0, 0]),
            "picked": again.oindex[[11, 13], 5:7].tolist(),
            "masked": int((again[:] >= 0).sum()),
            "unit": again.attrs["unit"],
            "chunks": again.nchunks_initialized,
            "codec": type(again.compressors[0]).__name__,
            "small": again.nbytes_stored() < again.nbytes / 2,
        }

    outcome = evaluate(program)
    assert outcome == {
        "sum": 80 * 65 * (80 * 65 - 1) / 2,
        "empty": -1,
        "picked": [[65, 66], [195, 196]],
        "masked": 80 * 65,
        "unit": "K",
        "chunks": 9,
        "codec": "ZstdCodec",
        "small": True,
    }


def test_groups_codecs_and_shards(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import zarr
        from zarr.codecs import BloscCodec, GzipCodec

        root = zarr.group()
        data = np.arange(10_000, dtype="i4").reshape(100, 100)
        same = {}
        for name, codec in {"blosc": BloscCodec(), "gzip": GzipCodec(), "none": None}.items():
            array = root.create_array(
                f"values/{name}",
                shape=data.shape,
                dtype=data.dtype,
                chunks=(25, 25),
                shards=(50, 50),
                compressors=codec,
            )
            array[:] = data
            same[name] = bool((root[f"values/{name}"][:] == data).all())
        old = zarr.create_array({}, shape=10, dtype="U3", zarr_format=2)
        old[:] = "æøå"
        return [same, sorted(root["values"].array_keys()), str(old[3])]

    outcome = evaluate(program)
    assert outcome == [
        {"blosc": True, "gzip": True, "none": True},
        ["blosc", "gzip", "none"],
        "æøå",
    ]


def test_arrays_are_stored_in_folders_and_zip_files(evaluate: Evaluate) -> None:
    def program() -> Any:
        import os
        import tempfile

        import numpy as np
        import zarr

        result = []
        with tempfile.TemporaryDirectory() as folder:
            for place in ("a.zarr", "a.zip"):
                path = os.path.join(folder, place)
                open_store = zarr.storage.ZipStore if place.endswith("zip") else None
                store: Any = open_store(path, mode="w") if open_store else path
                array = zarr.create_array(store, shape=50, chunks=7, dtype="i8")
                array[:] = np.arange(50)
                if open_store:
                    store.close()
                    store = open_store(path, mode="r")
                result.append(int(zarr.open_array(store, mode="r")[10:20].sum()))
        return result

    outcome = evaluate(program)
    assert outcome == [145, 145]
