"""Does h5py write and read HDF5 files, and find damage?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_file_keeps_tables_groups_and_attributes(evaluate: Evaluate) -> None:
    def program() -> Any:
        import h5py
        import numpy as np

        table = np.arange(60_000).reshape(300, 200)
        with h5py.File("/tmp/table.h5", "w") as file:
            made = file.create_dataset(
                "group/table", data=table, chunks=(64, 50), compression="gzip", shuffle=True
            )
            made.attrs["unit"] = "Maß"
            file["names"] = ["Ærø", "Bo"]
            file["alias"] = h5py.SoftLink("/group/table")
            small = made.id.get_storage_size() < table.nbytes / 4
        with h5py.File("/tmp/table.h5", "r") as file:
            read = file["alias"]
            names: list[str] = []
            file.visit(names.append)
            return [
                small,
                bool((read[10:300:100, ::50] == table[10:300:100, ::50]).all()),
                read.attrs["unit"],
                file["names"].asstr()[:].tolist(),
                names,
                str(read.dtype.newbyteorder("=")) == str(table.dtype),
            ]

    assert evaluate(program) == [
        True,
        True,
        "Maß",
        ["Ærø", "Bo"],
        ["group", "group/table", "names"],
        True,
    ]


def test_records_are_kept_in_memory(evaluate: Evaluate) -> None:
    def program() -> Any:
        import io

        import h5py
        import numpy as np

        records = np.array([(1, 2.5), (2, 0.5)], dtype=[("id", "<i4"), ("weight", "<f8")])
        memory = io.BytesIO()
        with h5py.File(memory, "w") as file:
            file.create_dataset("records", data=records, maxshape=(None,)).resize((3,))
        with h5py.File(io.BytesIO(memory.getvalue()), "r") as file:
            return [file["records"]["weight"].tolist(), file["records"].maxshape]

    assert evaluate(program) == [[2.5, 0.5, 0.0], [None]]


def test_wrong_files_and_names_are_exceptions(evaluate: Evaluate) -> None:
    def program() -> Any:
        import h5py

        found = []
        with open("/tmp/wrong.h5", "wb") as file:
            file.write(b"no HDF5" * 100)
        try:
            h5py.File("/tmp/wrong.h5", "r")
        except OSError as error:
            found.append("file signature not found" in str(error))
        with h5py.File("/tmp/empty.h5", "w") as empty:
            try:
                empty["nothing"]
            except KeyError as error:
                found.append("doesn't exist" in str(error))
        return found

    assert evaluate(program) == [True, True]
