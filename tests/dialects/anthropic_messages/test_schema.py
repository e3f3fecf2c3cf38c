"""Schemas as the platform takes them."""

from typing import Any

import pytest
from anthropic import transform_schema

from detente.dialects.anthropic_messages.schema import DEPTH_MAX, accepted


@pytest.mark.parametrize(
    ("schema", "expected", "less"),
    [
        ({"type": "string"}, {"type": "string"}, False),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}, False),
        (
            {"type": "string", "format": "colour", "description": "A colour."},
            {"type": "string", "description": 'A colour.\n\n{"format":"colour"}'},
            True,
        ),
        (
            {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1},
            {
                "type": "array",
                "items": {"type": "integer", "description": '{"minimum":1}'},
                "minItems": 1,
            },
            True,
        ),
        (
            {"type": "array", "items": True, "maxItems": 3},
            {"type": "array", "items": True, "description": '{"maxItems":3}'},
            True,
        ),
        (
            {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "null"}}},
            {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/A"}], "$defs": {"A": {"type": "null"}}},
            False,
        ),
        (
            {"type": "object", "properties": {"a": {"type": "null"}}},
            {
                "type": "object",
                "properties": {"a": {"type": "null"}},
                "additionalProperties": False,
            },
            False,
        ),
        (
            {"type": "object", "properties": {"a": True}, "additionalProperties": False},
            {"type": "object", "properties": {"a": True}, "additionalProperties": False},
            False,
        ),
        ({"type": "object"}, {"type": "object", "additionalProperties": False}, True),
        (
            {"type": ["object", "null"], "properties": {"a": {}}, "additionalProperties": {}},
            {"type": ["object", "null"], "properties": {"a": {}}, "additionalProperties": False},
            True,
        ),
        ({"properties": 5, "anyOf": "x"}, {"properties": 5, "anyOf": "x"}, False),
    ],
)
def test_what_it_becomes(schema: dict[str, Any], expected: dict[str, Any], less: bool) -> None:
    before = str(schema)
    assert accepted(schema) == (expected, less)
    assert str(schema) == before, "the client's own schema is not touched"


def test_it_agrees_with_the_official_sdk() -> None:
    schema: dict[str, Any] = {
        "type": "object",
        "title": "City",
        "properties": {
            "name": {"type": "string", "description": "Its name."},
            "kinds": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1},
            "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "inner": {"$ref": "#/$defs/Inner"},
        },
        "required": ["name"],
        "$defs": {"Inner": {"type": "object", "properties": {"x": {"type": "number"}}}},
    }
    assert accepted(schema) == (transform_schema(schema), False)


def test_a_format_that_is_no_word_moves_to_the_description() -> None:
    assert accepted({"format": {"a": 1}}) == ({"description": '{"format":{"a":1}}'}, True)


def test_depth_is_bounded() -> None:
    schema: dict[str, Any] = {"type": "integer", "minimum": 1}
    for _ in range(DEPTH_MAX + 5):
        schema = {"type": "array", "items": schema}
    out, less = accepted(schema)
    assert (str(out), less) == (str(schema), False)
