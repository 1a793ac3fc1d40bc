"""Does pyproj transform coordinates, measure on the ellipsoid, and read its database?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_coordinates_are_transformed_and_back(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pyproj

        there = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32632", always_xy=True)
        east, north = there.transform([9.0, 10.5], [55.0, 52.25])
        back = pyproj.Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
        web = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(180, 0)
        return [
            round(east[0], 3),
            [round(each) for each in north],
            [round(each, 9) for each in back.transform(east[1], north[1])],
            round(web[0], 2),
        ]

    assert evaluate(program) == [500000.0, [6094791, 5789904], [10.5, 52.25], 20037508.34]


def test_distances_and_areas_are_those_of_the_ellipsoid(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pyproj

        geod = pyproj.Geod(ellps="WGS84")
        _, _, metres = geod.inv(-0.1275, 51.50722, 2.35222, 48.85661)
        lon, lat, _ = geod.fwd(0, 0, 90, 111_319.49079327358)
        area, _ = geod.polygon_area_perimeter([0, 1, 1, 0], [0, 0, 1, 1])
        return [round(metres), round(lon, 6), round(lat, 6), round(area / 1e6)]

    assert evaluate(program) == [343895, 1.0, 0.0, 12309]


def test_systems_are_described_by_the_database(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pyproj

        crs = pyproj.CRS.from_epsg(25832)
        try:
            pyproj.CRS.from_epsg(1)
        except pyproj.exceptions.CRSError as error:
            wrong = "crs not found" in str(error)
        return [
            crs.name,
            crs.is_projected,
            crs.axis_info[0].unit_name,
            pyproj.CRS.from_wkt(crs.to_wkt()) == crs,
            wrong,
        ]

    assert evaluate(program) == ["ETRS89 / UTM zone 32N", True, "metre", True, True]
