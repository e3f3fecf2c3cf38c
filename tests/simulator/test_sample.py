"""Samples fit their schemas."""

import pytest

from detente.simulator.sample import DEPTH_MAX, parse_schema, sample


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (b'{"type": "object", "properties": {"a": {"type": "integer"}}}', {"a": 1}),
        (b'{"type": "array", "items": {"type": "boolean"}}', [True]),
        (b'{"type": "array"}', []),
        (b'{"type": ["number", "null"]}', 1),
        (b'{"type": "null"}', None),
        (b'{"enum": ["red", "blue"]}', "red"),
        (b'{"const": {"x": 1}}', {"x": 1}),
        (b'{"anyOf": [{"type": "string"}, {"type": "null"}]}', "text"),
        (b'{"$ref": "#/$defs/A", "$defs": {"A": {"type": "string"}}}', "text"),
        (b'{"$ref": "#/$defs/Gone"}', None),
        (b'{"type": 7}', None),
        (b"{}", None),
    ],
)
def test_samples(schema: bytes, value: object) -> None:
    assert sample(parse_schema(schema)) == value


def test_a_schema_that_contains_itself_ends() -> None:
    schema = parse_schema(
        b'{"$ref": "#/$defs/A", "$defs": '
        b'{"A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}}}'
    )
    assert str(sample(schema)).count("a") <= DEPTH_MAX
