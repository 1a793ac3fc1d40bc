"""Does xarray label, select, group and combine arrays?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_arrays_are_selected_and_grouped_by_their_labels(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import pandas as pd
        import xarray as xr

        days = pd.date_range("2026-01-01", periods=365)
        data = xr.DataArray(
            np.arange(730.0).reshape(365, 2),
            dims=("time", "place"),
            coords={"time": days, "place": ["Ærø", "Bo"]},
            name="litres",
        )
        months = data.groupby("time.month").mean()
        return [
            float(data.sel(time="2026-02-01", place="Bo")),
            data.sel(time="2026-03").sizes["time"],
            months.sel(place="Ærø").values[:3].tolist(),
            float(data.rolling(time=3).mean().sel(time="2026-01-03", place="Ærø")),
        ]

    assert evaluate(program) == [63.0, 31, [30.0, 89.0, 148.0], 2.0]


def test_data_sets_are_aligned_and_become_frames(evaluate: Evaluate) -> None:
    def program() -> Any:
        import xarray as xr

        first = xr.Dataset({"a": ("x", [1, 2, 3])}, coords={"x": [10, 20, 30]})
        second = xr.Dataset({"b": ("x", [5.0, 6.0])}, coords={"x": [20, 40]})
        both = xr.merge([first, second], join="outer")
        frame = both.to_dataframe()
        try:
            first["a"].isel(y=0)
        except ValueError as error:
            return [
                both["x"].values.tolist(),
                (first["a"] + second["b"]).values.tolist(),
                int(frame["b"].isna().sum()),
                str(error).split(".")[0],
            ]

    assert evaluate(program) == [
        [10, 20, 30, 40],
        [7.0],
        2,
        "Dimensions {'y'} do not exist",
    ]
