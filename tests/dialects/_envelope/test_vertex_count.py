"""Vertex AI's form of countTokens."""

import json

import pytest

from detente.canonical.failure import ClientFault
from detente.dialects._envelope.vertex_count import upstream_codec, wrapped
from detente.dialects.codec import Target
from detente.dialects.gemini_count_tokens import CODEC

CONTENTS = '"contents":[{"role":"user","parts":[{"text":"hi"}]}]'
SYSTEM = '"systemInstruction":{"parts":[{"text":"be brief"}]}'


@pytest.mark.parametrize("name", ["generateContentRequest", "generate_content_request"])
def test_members_come_out_of_the_nested_request(name: str) -> None:
    body = f'{{"{name}":{{"model":"models/m",{CONTENTS},{SYSTEM},"safetySettings":[]}}}}'
    assert wrapped(body.encode()) == f"{{{CONTENTS},{SYSTEM}}}".encode()


def test_members_that_stand_where_they_should_stay() -> None:
    body = f'{{{CONTENTS},"tools":[],"model":"models/m"}}'
    assert wrapped(body.encode()) == f'{{{CONTENTS},"tools":[]}}'.encode()


@pytest.mark.parametrize("body", [b"[]", b"", b'{"generateContentRequest":3}'])
def test_what_is_no_object(body: bytes) -> None:
    with pytest.raises(ClientFault):
        wrapped(body)


def test_translated() -> None:
    request = CODEC.decode_request(f"{{{CONTENTS},{SYSTEM}}}".encode(), model="m")
    encoded = upstream_codec(CODEC).encode_request(request, Target(model="gemini"))
    assert set(json.loads(encoded.body)) == {"contents", "systemInstruction"}
