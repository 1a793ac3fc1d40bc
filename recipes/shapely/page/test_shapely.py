"""Does Shapely compute with shapes, alone and in arrays, and are wrong ones exceptions?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_shapes_are_cut_joined_and_measured(evaluate: Evaluate) -> None:
    def program() -> Any:
        from shapely import box, from_wkt, to_geojson, unary_union
        from shapely.geometry import LineString, Point, mapping, shape

        square = box(0, 0, 2, 2)
        circle = Point(2, 2).buffer(1)
        line = LineString([(-1, 1), (3, 1)])
        return [
            round(square.intersection(circle).area, 3),
            square.union(box(2, 0, 3, 2)).equals(box(0, 0, 3, 2)),
            square.intersection(line).wkt,
            unary_union([square, circle]).geom_type,
            from_wkt("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))").area,
            shape(mapping(square)).equals(square),
            to_geojson(Point(1, 2)),
        ]

    assert evaluate(program) == [
        0.784,
        True,
        "LINESTRING (0 1, 2 1)",
        "Polygon",
        15.0,
        True,
        '{"type":"Point","coordinates":[1.0,2.0]}',
    ]


def test_arrays_of_shapes_are_searched_with_a_tree(evaluate: Evaluate) -> None:
    def program() -> Any:
        import numpy as np
        import shapely

        points = shapely.points(np.arange(1000) % 40, np.arange(1000) // 40)
        tree = shapely.STRtree(points)
        inside = tree.query(shapely.box(3.5, 3.5, 6.5, 5.5), predicate="contains")
        nearest = int(tree.nearest(shapely.Point(7.2, 8.9)))
        distances = shapely.distance(points[:5], shapely.Point(0, 3))
        return [sorted(inside.tolist()), nearest, distances.round(3).tolist()]

    assert evaluate(program) == [
        [164, 165, 166, 204, 205, 206],
        367,
        [3.0, 3.162, 3.606, 4.243, 5.0],
    ]


def test_wrong_shapes_are_exceptions(evaluate: Evaluate) -> None:
    def program() -> Any:
        import shapely

        found = []
        try:
            shapely.from_wkt("POLYGON ((0 0, 1")
        except shapely.GEOSException as error:
            found.append(str(error).split(":")[0])
        bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
        found.append(shapely.is_valid_reason(bow))
        found.append(shapely.make_valid(bow).geom_type)
        try:
            bow.intersection(shapely.box(0, 0, 1, 3))
        except shapely.GEOSException as error:
            found.append(str(error).split(":")[0])
        return found

    assert evaluate(program) == [
        "ParseException",
        "Self-intersection[1 1]",
        "MultiPolygon",
        "TopologyException",
    ]
