"""Does jsonschema validate documents with the specification's own schemas, and explain errors?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate

# The first example of JSON Schema's guide "Creating your first schema", shortened.
PRODUCT: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "productId": {"type": "integer"},
        "price": {"type": "number", "exclusiveMinimum": 0},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "uniqueItems": True},
    },
    "required": ["productId", "price"],
    "$defs": {"tag": {"type": "string", "pattern": "^[a-z]+$"}},
}


def test_errors_are_named_by_their_paths(evaluate: Evaluate) -> None:
    def program(schema: Any) -> Any:
        import jsonschema

        validator = jsonschema.Draft202012Validator(schema)
        document = {"productId": 1.5, "price": 0, "tags": ["ice", "ice", "NaN"]}
        errors = sorted(validator.iter_errors(document), key=lambda each: each.json_path)
        jsonschema.validate({"productId": 1, "price": 12.5, "tags": ["ice", "cold"]}, schema)
        return [[each.json_path, each.validator] for each in errors]

    assert evaluate(program, PRODUCT) == [
        ["$.price", "exclusiveMinimum"],
        ["$.productId", "type"],
        ["$.tags", "uniqueItems"],
        ["$.tags[2]", "pattern"],
    ]


def test_a_schema_is_checked_with_its_meta_schema(evaluate: Evaluate) -> None:
    def program() -> Any:
        import jsonschema

        for each in (jsonschema.Draft4Validator, jsonschema.Draft202012Validator):
            each.check_schema(each.META_SCHEMA)
        try:
            jsonschema.Draft7Validator.check_schema({"type": "strin"})
        except jsonschema.SchemaError as error:
            return error.json_path

    assert evaluate(program) == "$.type"


def test_schemas_refer_to_each_other_through_a_registry(evaluate: Evaluate) -> None:
    def program(schema: Any) -> Any:
        import jsonschema
        from referencing import Registry, Resource

        registry = Registry().with_resource("urn:product", Resource.from_contents(schema))
        wanted = {"type": "array", "items": {"$ref": "urn:product"}}
        validator = jsonschema.Draft202012Validator(wanted, registry=registry)
        return [
            each.json_path for each in validator.iter_errors([{"productId": 1, "price": 1}, {}])
        ]

    assert evaluate(program, PRODUCT) == ["$[1]", "$[1]"]
