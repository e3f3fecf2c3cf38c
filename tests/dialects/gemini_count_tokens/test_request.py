"""What Google would count: turns, or a request for content."""

import json

import pytest

from detente.canonical.content import Text, Turn
from detente.canonical.failure import ClientFault
from detente.canonical.request import Request, Tool
from detente.dialects.codec import Target
from detente.dialects.gemini_count_tokens.request import decode_request, encode_request

CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]
SYSTEM = {"parts": [{"text": "be brief"}]}
SEARCH: dict[str, object] = {"googleSearch": {}}
SAID = (Turn(role="user", parts=(Text(text="hi"),)),)


@pytest.mark.parametrize(
    "body",
    [
        {"contents": CONTENTS},
        {"contents": CONTENTS, "model": "models/m"},
        {"generateContentRequest": {"model": "models/m", "contents": CONTENTS, "new": 1}},
        {
            "generate_content_request": {
                "model": "models/m",
                "contents": CONTENTS,
                "system_instruction": SYSTEM,
            }
        },
    ],
)
def test_a_request_comes_back_as_it_was(body: dict[str, object]) -> None:
    request = decode_request(json.dumps(body).encode(), model="m")
    assert request.turns[0].parts == (Text(text="hi"),)
    assert request.model == "m"
    encoded = encode_request(request, Target(model="m"))
    assert (json.loads(encoded.body), encoded.losses) == (body, ())


@pytest.mark.parametrize("system", ["systemInstruction", "system_instruction"])
def test_what_vertex_ai_has_beside_contents_is_moved(system: str) -> None:
    body = {"contents": CONTENTS, system: SYSTEM, "tools": [SEARCH]}
    request = decode_request(json.dumps(body).encode(), model="m")
    encoded = encode_request(request, Target(model="m"))
    moved = {"generateContentRequest": {"model": "models/m", **body}}
    assert (json.loads(encoded.body), encoded.losses) == (moved, ())


def test_turns_alone_stay_alone() -> None:
    encoded = encode_request(Request(model="x", turns=SAID), Target(model="m"))
    assert json.loads(encoded.body) == {"contents": CONTENTS}


@pytest.mark.parametrize(
    ("model", "resource"), [("m", "models/m"), ("tunedModels/t", "tunedModels/t")]
)
def test_more_than_turns_is_a_request_for_content(model: str, resource: str) -> None:
    request = Request(
        model="x",
        turns=SAID,
        instructions=(Text(text="be brief"),),
        tools=(Tool(name="f", parameters={"type": "object"}),),
    )
    body = json.loads(encode_request(request, Target(model=model)).body)
    assert body.keys() == {"generateContentRequest"}
    inner = body["generateContentRequest"]
    assert inner.keys() == {"model", "contents", "systemInstruction", "tools"}
    assert inner["model"] == resource


@pytest.mark.parametrize(
    "body",
    [
        {"contents": CONTENTS, "generateContentRequest": {"contents": CONTENTS}},
        {"generateContentRequest": {"contents": 7}},
        {"generateContentRequest": 7},
        {"instances": []},
        {},
    ],
)
def test_what_is_neither_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ClientFault):
        decode_request(json.dumps(body).encode(), model="m")
