"""Google's own schemas as JSON Schema."""

import pytest

from detente.canonical.extras import Obj
from detente.dialects.gemini_generate.schemas import json_schema


@pytest.mark.parametrize(
    ("google", "json"),
    [
        ({"type": "OBJECT"}, {"type": "object"}),
        ({"type": "TYPE_UNSPECIFIED"}, {}),
        ({"type": "STRING", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "STRING", "nullable": False}, {"type": "string"}),
        (
            {"any_of": [{"type": "STRING"}], "nullable": True},
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
        ),
        ({"enum": ["a"], "nullable": True}, {"enum": ["a", None]}),
        ({"min_items": "2", "maxItems": 3}, {"minItems": 2, "maxItems": 3}),
        ({"items": {"type": "NUMBER"}}, {"items": {"type": "number"}}),
        (
            {"properties": {"type": {"type": "STRING"}}, "required": ["type"]},
            {"properties": {"type": {"type": "string"}}, "required": ["type"]},
        ),
        ({"additional_properties": False}, {"additionalProperties": False}),
        (
            {"additionalProperties": {"type": "STRING"}},
            {"additionalProperties": {"type": "string"}},
        ),
        (
            {"defs": {"A": {"type": "STRING"}}, "ref": "#/$defs/A"},
            {"$defs": {"A": {"type": "string"}}, "$ref": "#/$defs/A"},
        ),
        ({"example": 1, "property_ordering": ["a"]}, {"examples": [1]}),
        ({"format": "date", "brand_new": 1, "title": None}, {"format": "date", "brand_new": 1}),
        ({"type": 7, "properties": 7, "anyOf": 7}, {"properties": 7, "anyOf": 7}),
    ],
)
def test_what_is_meant(google: Obj, json: Obj) -> None:
    assert json_schema(google) == json


def test_json_schema_stays_as_it_is() -> None:
    schema: Obj = {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 0}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert json_schema(schema) == schema


def test_members_stand_in_the_order_that_is_asked_for() -> None:
    string: Obj = {"type": "STRING"}
    google: Obj = {
        "properties": {"a": string, "b": string, "c": string},
        "propertyOrdering": ["c", "a", "unknown"],
    }
    members = json_schema(google)["properties"]
    assert isinstance(members, dict)
    assert list(members) == ["c", "a", "b"]
