"""What tools returned beside text, on its way into chat: a message of the user's says it."""

import json
from typing import Any

import pytest

from detente.canonical.content import (
    Inline,
    Linked,
    Media,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from detente.canonical.loss import Loss
from detente.canonical.request import Request
from detente.dialects.codec import Target
from detente.dialects.openai_chat import CODEC

IMAGE = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
ELSEWHERE = Media(kind="image", source=Linked(url="https://x.example/a.png"))
URL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}


def encode(*turns: Turn) -> tuple[list[Any], tuple[Loss, ...]]:
    """The messages, and the losses."""
    encoded = CODEC.encode_request(Request(model="m", turns=turns), Target(model="gpt-5"))
    return json.loads(encoded.body)["messages"], encoded.losses


def called(*ids: str) -> Turn:
    """An answer that calls tools."""
    calls = tuple(ToolCall(id=id_, name="look", arguments="{}") for id_ in ids)
    return Turn(role="assistant", parts=calls)


def returned(id_: str, *parts: Part) -> ToolResult:
    """What one call gave."""
    return ToolResult(call_id=id_, parts=parts)


def line(id_: str) -> Any:
    """The words before what was moved."""
    return {"type": "text", "text": f"The tool call `{id_}` also returned:"}


def test_images_of_results_follow_the_last_of_them() -> None:
    results = (
        returned("c1", Text(text="one"), IMAGE),
        returned("c2", Text(text="none")),
        returned("c3", ELSEWHERE, Text(text="three")),
    )
    messages, losses = encode(called("c1", "c2", "c3"), Turn(role="user", parts=results))
    assert messages[1:] == [
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
        {"role": "tool", "tool_call_id": "c2", "content": "none"},
        {"role": "tool", "tool_call_id": "c3", "content": "three"},
        {
            "role": "user",
            "content": [
                line("c1"),
                URL,
                line("c3"),
                {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
            ],
        },
    ]
    assert [(str(loss), loss.severity) for loss in losses] == [
        ("tool_result_media@turns[1].parts[0].parts[1]", "drop"),
        ("tool_result_media@turns[3].parts[0].parts[0]", "drop"),
    ]


def test_each_rounds_image_stays_with_its_round() -> None:
    messages, _ = encode(
        called("c1"),
        Turn(role="tool", parts=(returned("c1", IMAGE),)),
        called("c2"),
        Turn(role="user", parts=(returned("c2", Text(text="two")), Text(text="and?"))),
    )
    assert [message["role"] for message in messages] == [
        *("assistant", "tool", "user"),
        *("assistant", "tool", "user"),
    ]
    assert messages[1] == {"role": "tool", "tool_call_id": "c1", "content": ""}
    assert messages[2] == {"role": "user", "content": [line("c1"), URL]}
    assert messages[5] == {"role": "user", "content": "and?"}


def test_what_chat_takes_nowhere_is_refused_still() -> None:
    film = Media(kind="video", source=Inline(media_type="video/mp4", data="aGk="))
    messages, losses = encode(
        called("c1"), Turn(role="tool", parts=(returned("c1", Text(text="cut"), film),))
    )
    assert messages[1:] == [{"role": "tool", "tool_call_id": "c1", "content": "cut"}]
    assert [(str(loss), loss.severity) for loss in losses] == [
        ("video_input@turns[1].parts[0].parts[1]", "refuse")
    ]


def test_some_of_what_a_tool_returned_is_carried_and_the_rest_is_named() -> None:
    film = Media(kind="video", source=Inline(media_type="video/mp4", data="aGk="))
    messages, losses = encode(called("c1"), Turn(role="tool", parts=(returned("c1", film, IMAGE),)))
    assert messages[2] == {"role": "user", "content": [line("c1"), URL]}
    assert [(str(loss), loss.severity) for loss in losses] == [
        ("video_input@turns[1].parts[0].parts[0]", "refuse"),
        ("tool_result_media@turns[1].parts[0].parts[1]", "drop"),
    ]


@pytest.mark.parametrize(
    ("model", "kept"), [("gpt-5", False), ("google/gemini-3-pro", True)], ids=["gpt", "gemini"]
)
def test_in_a_mixed_conversation_only_googles_models_get_their_signatures(
    model: str, kept: bool
) -> None:
    signed = {"google": {"thought_signature": "c2ln"}}
    function = {"name": "look", "arguments": "{}"}
    call = {"id": "c1", "type": "function", "function": function, "extra_content": signed}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    body = json.dumps({"model": "m", "messages": [message]}).encode()
    encoded = CODEC.encode_request(CODEC.decode_request(body), Target(model=model, mixed=True))
    (told,) = json.loads(encoded.body)["messages"][0]["tool_calls"]
    assert ("extra_content" in told) is kept
    assert [str(loss) for loss in encoded.losses] == (
        [] if kept else ["reasoning_state@turns[0].parts[0]"]
    )


def test_state_that_chats_client_never_saw_is_named_where_it_stays_behind() -> None:
    state = Opaque(origin="openai_responses", value="gAAA", kind="encrypted")
    turn = Turn(role="assistant", parts=(Reasoning(state=state), *called("c1").parts))
    request = Request(model="m", origin="openai_chat", turns=(turn,))
    encoded = CODEC.encode_request(request, Target(model="gpt-5", mixed=True))
    assert [str(loss) for loss in encoded.losses] == ["reasoning_state@turns[0].parts[0]"]
