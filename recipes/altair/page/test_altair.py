"""Does Altair write charts for Vega-Lite, check them with its schema, and take data frames?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_chart_is_a_document_of_vega_lite(evaluate: Evaluate) -> None:
    def program() -> Any:
        import altair

        data = altair.Data(values=[{"day": "Mon", "litres": 2}, {"day": "Tue", "litres": 5}])
        chart = (
            altair.Chart(data, title="Größe")
            .mark_bar(color="teal")
            .encode(x="day:N", y=altair.Y("sum(litres):Q", title="litres"), tooltip=["day:N"])
        )
        document = (chart + chart.mark_rule()).to_dict()
        first = document["layer"][0]
        return [
            document["$schema"].startswith("https://vega.github.io/schema/vega-lite/v"),
            first["mark"],
            first["encoding"]["x"],
            first["encoding"]["y"],
            first["title"],
        ]

    assert evaluate(program) == [
        True,
        {"type": "bar", "color": "teal"},
        {"field": "day", "type": "nominal"},
        {"aggregate": "sum", "field": "litres", "title": "litres", "type": "quantitative"},
        "Größe",
    ]


def test_a_chart_is_a_page(evaluate: Evaluate) -> None:
    def program() -> Any:
        import altair

        chart = altair.Chart(altair.Data(values=[{"x": 1}])).mark_point().encode(x="x:Q")
        page = chart.to_html()
        return ["vegaEmbed(" in page, '"mark": {"type": "point"}' in page]

    assert evaluate(program) == [True, True]


def test_an_encoding_that_does_not_exist_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import altair
        from altair.utils.schemapi import SchemaValidationError

        found: list[Any] = []
        try:
            altair.Chart("data.json").mark_bar().encode(z="x:Q")
        except (TypeError, ValueError) as error:
            found.append(type(error).__name__)
        try:
            altair.Chart("data.json").mark_bar().encode(x=altair.X("x:Q", scale=3)).to_dict()
        except SchemaValidationError as error:
            found.append("'3' is an invalid value for `scale`" in str(error))
        return found

    assert evaluate(program) == ["TypeError", True]
