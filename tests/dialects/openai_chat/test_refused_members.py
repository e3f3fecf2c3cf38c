"""What a host refuses is left out of translations, named, and left in where chat itself said it."""

import json
from typing import Any

import pytest

from detente.canonical.extras import Obj
from detente.canonical.loss import FEATURES
from detente.dialects import codec_of
from detente.dialects._codec.losses import Losses
from detente.dialects.codec import Target
from detente.dialects.openai_chat.refused_members import leave_out
from detente.dialects.translation import Translation

CHAT = codec_of("openai_chat")
GEMINI = codec_of("gemini_generate")
assert CHAT is not None
assert GEMINI is not None
ASKED: dict[str, Any] = {
    "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
    "generationConfig": {"frequencyPenalty": 0.5, "seed": 7, "candidateCount": 2},
}


def left(body: Obj, *refused: str) -> tuple[Obj, list[tuple[str, str, str]]]:
    losses = Losses()
    leave_out(body, frozenset(refused), losses)
    return body, [(one.what, one.path, one.severity) for one in losses.found]


@pytest.mark.parametrize(
    ("member", "value", "loss"),
    [
        ("user", "u", ("user", "user", "drop")),
        ("n", 2, ("choices", "choices", "refuse")),
        ("tools", ["t"], ("tools", "tools", "refuse")),
        ("top_logprobs", 1, ("logprobs", "top_logprobs", "drop")),
        ("reasoning_effort", "low", ("reasoning_control", "reasoning", "drop")),
        ("response_format", {"type": "json_schema"}, ("json_schema", "output_format", "refuse")),
        ("response_format", {"type": "json_object"}, ("json_object", "output_format", "refuse")),
        ("strange", 1, ("unknown_member", "strange", "drop")),
    ],
)
def test_a_loss_by_its_feature(member: str, value: Any, loss: tuple[str, str, str]) -> None:
    assert left({"model": "m", member: value}, member) == ({"model": "m"}, [loss])
    assert left({member: value}, "other") == ({member: value}, [])


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("n", 1),
        ("logprobs", False),
        ("modalities", ["text"]),
        ("service_tier", "auto"),
        ("tool_choice", "auto"),
        ("response_format", {"type": "text"}),
    ],
)
def test_what_asks_for_nothing_is_no_loss(member: str, value: Any) -> None:
    assert left({member: value}, member) == ({}, [])


def test_losses_in_the_bodys_order() -> None:
    _, lost = left({"user": "u", "seed": 1, "store": True}, "store", "seed", "user")
    assert [what for what, _, _ in lost] == ["user", "seed", "store"]
    assert {what for what, _, _ in lost} <= FEATURES.keys()


def test_a_translation_leaves_them_out() -> None:
    assert CHAT is not None
    assert GEMINI is not None
    translation = Translation(GEMINI, json.dumps(ASKED).encode(), model="m")
    refused = frozenset(("frequency_penalty", "n"))
    out = translation.encoded_for(CHAT, Target(model="m", refused=refused))
    body = json.loads(out.body)
    assert refused.isdisjoint(body)
    assert body["seed"] == 7
    assert {loss.what: loss.severity for loss in out.losses} == {
        "frequency_penalty": "drop",
        "choices": "refuse",
    }
    whole = translation.encoded_for(CHAT, Target(model="m"))
    assert refused <= json.loads(whole.body).keys()
    assert whole.losses == ()


def test_what_chat_itself_said_goes_to_the_host() -> None:
    assert CHAT is not None
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "user": "u"}
    request = CHAT.decode_request(json.dumps(body).encode())
    encoded = CHAT.encode_request(request, Target(model="m", refused=frozenset(("user",))))
    assert (json.loads(encoded.body)["user"], encoded.losses) == ("u", ())
