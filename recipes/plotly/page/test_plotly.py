"""Does plotly make figures, check their properties, and write JSON and HTML?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_a_figure_is_json_for_plotly_js(evaluate: Evaluate) -> None:
    def program() -> Any:
        import json

        import plotly.graph_objects as go

        figure = go.Figure(go.Scatter(x=[1, 2, 3], y=[4, 1, 2], name="first"))
        figure.add_bar(x=["a", "b"], y=[1, 2])
        figure.update_layout(title="Größe", xaxis_title="day")
        document = json.loads(figure.to_json())
        return [
            [trace["type"] for trace in document["data"]],
            document["data"][0]["y"],
            document["layout"]["title"]["text"],
            document["layout"]["xaxis"]["title"]["text"],
        ]

    assert evaluate(program) == [["scatter", "bar"], [4, 1, 2], "Größe", "day"]


def test_a_page_has_the_figure_and_the_address_of_plotly_js(evaluate: Evaluate) -> None:
    def program() -> Any:
        import plotly.graph_objects as go
        import plotly.io

        figure = go.Figure(go.Pie(labels=["tea", "coffee"], values=[3, 2]))
        page = plotly.io.to_html(figure, include_plotlyjs="cdn", div_id="figure")
        whole = plotly.io.to_html(figure, include_plotlyjs=True)
        return [
            page.lstrip().startswith("<!doctype html>"),
            'id="figure"' in page,
            "Plotly.newPlot(" in page,
            '"labels":["tea","coffee"]' in page,
            len(page) < 20_000,
            len(whole) > 1_000_000,
        ]

    assert evaluate(program) == [True] * 6


def test_a_property_that_does_not_exist_is_an_exception(evaluate: Evaluate) -> None:
    def program() -> Any:
        import plotly.graph_objects as go

        found = []
        for wrong in ({"kind": 1}, {"marker": {"size": "large"}}):
            try:
                go.Scatter(**wrong)
            except ValueError as error:
                found.append(str(error).strip().splitlines()[0].split(":")[0])
        return found

    assert evaluate(program) == [
        "Invalid property specified for object of type plotly.graph_objs.Scatter",
        "Invalid value of type 'builtins.str' received for the 'size' property of scatter.marker",
    ]
