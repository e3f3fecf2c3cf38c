"""The object around an answer: ids, status, what it repeats."""

from typing import get_args

import pytest

from detente.canonical.content import Text
from detente.canonical.extras import Obj
from detente.canonical.request import Option, ReasoningControl, Request
from detente.canonical.response import StopReason
from detente.dialects._codec.losses import Losses
from detente.dialects.codec import Reply
from detente.dialects.openai_responses.envelope import (
    ended,
    envelope,
    item_id,
    leave_stop,
    response_id,
    status_of,
)


def test_ids_are_of_this_apis_form() -> None:
    reply = Reply(request_id="req")
    assert response_id("resp_1", reply) == "resp_1"
    assert response_id("msg_1", reply) == "resp_msg_1"
    assert response_id("", reply) == "resp_req"
    assert item_id("fc", "resp_1", 2) == "fc_1_2"


def test_every_stop_has_a_status() -> None:
    told = {stop: status_of(stop)[0] for stop in get_args(StopReason)}
    assert told == {
        "end": "completed",
        "tool_calls": "completed",
        "stop_sequence": "completed",
        "refusal": "completed",
        "pause": "completed",
        "length": "incomplete",
        "context_window": "incomplete",
        "content_filter": "incomplete",
        "malformed": "incomplete",
        "other": "incomplete",
        "cancelled": "cancelled",
        "error": "failed",
    }
    assert status_of(None) == ("completed", None)


def test_stops_without_an_equal_are_named() -> None:
    losses = Losses()
    for stop in get_args(StopReason):
        leave_stop(stop, losses)
    assert len(losses.found) == 4


@pytest.mark.parametrize(
    ("stop", "detail", "members"),
    [
        ("end", None, {"status": "completed", "completed_at": 5}),
        (
            "length",
            None,
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
        ),
        ("cancelled", None, {"status": "cancelled"}),
        (
            "error",
            "broke",
            {"status": "failed", "error": {"code": "server_error", "message": "broke"}},
        ),
        (
            "error",
            None,
            {
                "status": "failed",
                "error": {
                    "code": "server_error",
                    "message": "the model's platform failed; try again",
                },
            },
        ),
    ],
)
def test_how_it_ended(stop: StopReason, detail: str | None, members: Obj) -> None:
    wire: Obj = {}
    ended(wire, stop, detail, 5)
    assert wire == members


def test_what_is_repeated_of_a_request_of_another_dialect() -> None:
    request = Request(
        model="m",
        turns=(),
        instructions=(Text(text="a"), Text(text="b")),
        reasoning=ReasoningControl(enabled=False),
        user="u",
        options=(
            Option(dialect="openai_responses", name="conversation", value={"id": "c"}),
            Option(dialect="openai_responses", name="include", value=["x"]),
            Option(dialect="openai_responses", name="text.format", value={"type": "grammar"}),
            Option(dialect="gemini_generate", name="truncation", value="x"),
        ),
    )
    wire = envelope(Reply(request=request), id_="resp_1", model="m", created_s=1)
    assert wire["instructions"] == "a\n\nb"
    assert wire["reasoning"] == {"effort": "none", "summary": None}
    assert (wire["safety_identifier"], wire["user"]) == ("u", None)
    assert wire["conversation"] == {"id": "c"}
    assert wire["text"] == {"format": {"type": "grammar"}, "verbosity": "medium"}
    assert wire["truncation"] == "disabled"
    assert "include" not in wire
