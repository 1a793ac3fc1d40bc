"""Does pydantic validate documents, explain what is wrong, and write JSON and JSON Schema?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def shop() -> Any:
    import datetime
    import decimal
    from typing import Annotated, Literal

    import pydantic

    class Line(pydantic.BaseModel):
        product: Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1)]
        price: Annotated[decimal.Decimal, pydantic.Field(gt=0, decimal_places=2)]

    class Order(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(extra="forbid")

        number: int
        placed: datetime.datetime
        state: Literal["open", "sent"] = "open"
        page: pydantic.HttpUrl
        lines: list[Line]

        @pydantic.field_validator("number")
        @classmethod
        def is_odd(cls, value: int) -> int:
            if value % 2 == 0:
                raise ValueError("an order has an odd number")
            return value

    # Annotations are text in this module, and these names are those of this function.
    Line.model_rebuild(_types_namespace=locals())
    Order.model_rebuild(_types_namespace=locals())
    return Order


def test_a_document_becomes_a_model_and_json_again(evaluate: Evaluate) -> None:
    def program() -> Any:
        order = shop().model_validate_json(
            """{"number": "7", "placed": "2026-11-30T12:00:00Z", "page": "https://Example.org/é",
                "lines": [{"product": " tea ", "price": "2.50"},
                          {"product": "\\u20ac", "price": 1}]}"""
        )
        return [
            order.number,
            order.placed.isoformat(),
            str(order.page),
            [line.product for line in order.lines],
            order.model_dump_json(exclude={"page"}),
        ]

    assert evaluate(program) == [
        7,
        "2026-11-30T12:00:00+00:00",
        "https://example.org/%C3%A9",
        ["tea", "€"],
        (
            '{"number":7,"placed":"2026-11-30T12:00:00Z","state":"open",'
            '"lines":[{"product":"tea","price":"2.50"},{"product":"€","price":"1"}]}'
        ),
    ]


def test_all_that_is_wrong_with_a_document_is_named(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pydantic

        try:
            shop().model_validate(
                {
                    "number": 8,
                    "placed": "yesterday",
                    "page": "nowhere",
                    "lines": [{"price": -1}],
                    "x": 1,
                }
            )
        except pydantic.ValidationError as error:
            return [[error["type"], list(error["loc"])] for error in error.errors()]

    assert evaluate(program) == [
        ["value_error", ["number"]],
        ["datetime_from_date_parsing", ["placed"]],
        ["url_parsing", ["page"]],
        ["missing", ["lines", 0, "product"]],
        ["greater_than", ["lines", 0, "price"]],
        ["extra_forbidden", ["x"]],
    ]


def test_a_model_has_a_json_schema(evaluate: Evaluate) -> None:
    def program() -> Any:
        schema = shop().model_json_schema()
        return [
            schema["required"],
            schema["properties"]["state"],
            schema["properties"]["page"]["format"],
            schema["$defs"]["Line"]["properties"]["product"],
            schema["additionalProperties"],
        ]

    assert evaluate(program) == [
        ["number", "placed", "page", "lines"],
        {"default": "open", "enum": ["open", "sent"], "title": "State", "type": "string"},
        "uri",
        {"minLength": 1, "title": "Product", "type": "string"},
        False,
    ]


def test_an_exception_of_python_passes_through_the_core(evaluate: Evaluate) -> None:
    def program() -> Any:
        import pydantic

        class StopError(Exception):
            pass

        def stop(value: object) -> object:
            raise StopError(value)

        adapter = pydantic.TypeAdapter(list[int])
        plain = pydantic.TypeAdapter(pydantic.Json[int])
        check: Any = classmethod(lambda cls, value: stop(value))
        validators = {"stop": pydantic.field_validator("x")(check)}
        validated: Any = pydantic.create_model("M", x=(int, ...), __validators__=validators)
        try:
            validated(x=3)
        except StopError as error:
            return [error.args, adapter.validate_json("[1, 2]"), plain.validate_python("5")]

    assert evaluate(program) == [[3], [1, 2], 5]
