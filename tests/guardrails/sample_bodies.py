"""Bodies of every dialect: the recorded ones, and those that samples of every feature make.

>>> [sample.dialect for sample in samples() if sample.id.startswith("oci_chat")][0]
'oci_chat'
"""

import importlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec
from tests.guardrails.recorded_bodies import Recorded, recorded

from detente.canonical.failure import ClientFault
from detente.dialects import COUNTING_CODECS, any_codec_of
from detente.dialects._translation.samples import REQUESTS
from detente.dialects.codec import Target
from detente.dialects.matrix import ROWS, columns, sampled

_SESSION: Any = importlib.import_module("botocore.session")


@cache
def samples() -> tuple[Recorded, ...]:
    """A body for each feature in each dialect, one of all that Converse has, and a few by hand."""
    made = [
        Recorded(id=f"{column.name}/{row}", dialect=column.dialect, body=body)
        for sheet in ("request", "embedding request")
        for row in ROWS[sheet]
        for column in columns(sheet)
        if (body := sampled(sheet, row, column).body)
    ]
    made += (
        Recorded(
            id=f"{codec.name}/{row}",
            dialect=codec.name,
            body=codec.encode_request(request, Target(model="anthropic.claude-x")).body,
        )
        for codec in COUNTING_CODECS
        for row, request in REQUESTS.items()
    )
    made.append(
        Recorded(id="converse", dialect="bedrock_converse", body=msgspec.json.encode(_converse()))
    )
    made.append(Recorded(id="oci/v1", dialect="oci_chat", body=msgspec.json.encode(OCI_V1)))
    return tuple(made)


def all_bodies() -> Iterator[Recorded]:
    """Recorded and made."""
    yield from recorded()
    yield from samples()


OCI_V1: dict[str, Any] = {
    "compartmentId": "ocid1.compartment.oc1..aaaa",
    "servingMode": {"servingType": "ON_DEMAND", "modelId": "cohere.command-r"},
    "chatRequest": {
        "apiFormat": "COHERE",
        "message": "hi",
        "chatHistory": [
            {"role": "USER", "message": "hello"},
            {"role": "CHATBOT", "message": "hi", "toolCalls": [{"name": "f", "parameters": {}}]},
            {"role": "TOOL", "toolResults": [{"call": {"name": "f"}, "outputs": [{"a": "b"}]}]},
        ],
        "preambleOverride": "be kind",
        "documents": [{"title": "t", "text": "d"}],
        "tools": [
            {
                "name": "f",
                "description": "d",
                "parameterDefinitions": {"p": {"type": "str", "description": "d"}},
            }
        ],
        "toolResults": [{"call": {"name": "f", "parameters": {"p": "x"}}, "outputs": [{}]}],
        "stopSequences": ["END"],
        "isStream": True,
    },
}


def _converse() -> object:
    """A value for every member of the service model's input."""
    model = _SESSION.get_session().get_service_model("bedrock-runtime")
    return _value_of(model.operation_model("Converse").input_shape, ())


def _value_of(shape: Any, above: tuple[str, ...]) -> object:
    if shape.name in above:
        return {}
    inside = (*above, shape.name)
    members = dict(getattr(shape, "members", {}))
    values: dict[str, object] = {
        "structure": {key: _value_of(member, inside) for key, member in members.items()}
        or {"key": "value"},  # without members it is a document: any JSON
        "string": next(iter(getattr(shape, "enum", ())), "text"),
        "blob": "iVBORw0KGgoAAAANSUhEUg==",
        "boolean": True,
    }
    if shape.type_name == "list":
        return [_value_of(shape.member, inside)]
    if shape.type_name == "map":
        return {"key": _value_of(shape.value, inside)}
    return values.get(shape.type_name, 1)


def reader_of(sample: Recorded) -> Callable[[bytes], object]:
    """How the sample's dialect reads a request."""
    codec = any_codec_of(sample.dialect)
    assert codec is not None

    def read(body: bytes) -> object:
        return codec.decode_request(body, model="m")

    return read


def readable(sample: Recorded, body: bytes) -> object | None:
    """What the dialect makes of a body, None where it refuses it."""
    try:
        return reader_of(sample)(body)
    except ClientFault:
        return None
