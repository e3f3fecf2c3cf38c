"""The schema: defaults stand, documents are complete, and the JSON Schema says the same."""

import tomllib

import msgspec
import pytest

from detente.configuration import schema
from detente.configuration.schema import Configuration, Limits, json_schema


def tables() -> list[type[schema.Strict]]:
    return [
        value
        for value in vars(schema).values()
        if isinstance(value, type) and issubclass(value, schema.Strict)
    ]


def test_an_empty_file_is_a_configuration() -> None:
    configuration = msgspec.convert({}, Configuration)
    assert configuration.server.listen == "127.0.0.1:8080"
    assert configuration.agreements.default == "permit"
    assert configuration.rehearsal.enabled is False


def test_every_table_refuses_unknown_keys() -> None:
    for table in tables():
        info = msgspec.inspect.type_info(table)
        assert isinstance(info, msgspec.inspect.StructType)
        assert info.forbid_unknown_fields, table


def test_every_limit_is_documented_with_its_reason() -> None:
    assert Limits.__doc__ is not None
    missing = [name for name in Limits.__struct_fields__ if f"`{name}`" not in Limits.__doc__]
    # A head's bound holds for both directions, and is explained once.
    assert missing == ["response_head_bytes_max"]


def test_every_limit_is_a_bound() -> None:
    for name in Limits.__struct_fields__:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({name: 0}, Limits)


def test_prices_are_read_exactly() -> None:
    text = '[[prices]]\nmodel = "m"\nsource = "s"\ninput = 0.175\ncache_read = 2\n'
    (row,) = msgspec.convert(tomllib.loads(text), Configuration).prices
    assert str(row.input) == "0.175"
    assert str(row.cache_read) == "2"


def test_the_json_schema_knows_every_table_and_key() -> None:
    document = json_schema()
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    definitions = msgspec.convert(document["$defs"], dict[str, dict[str, object]])
    for table in tables():
        if table is schema.Strict:
            continue
        definition = definitions[table.__name__]
        properties = msgspec.convert(definition["properties"], dict[str, object])
        assert tuple(properties) == table.__struct_encode_fields__
        assert definition["additionalProperties"] is False
