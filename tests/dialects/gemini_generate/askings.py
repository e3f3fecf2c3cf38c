"""Requests of Google's clients, made for tests."""

import json
from typing import Any

from detente.canonical.request import Request
from detente.dialects.codec import Target
from detente.dialects.gemini_generate import CODEC

D = "gemini_generate"


def decoded(body: dict[str, Any]) -> Request:
    """The request, which is also written again as it came."""
    request = CODEC.decode_request(json.dumps(body).encode(), model="gemini-x")
    encoded = CODEC.encode_request(request, Target(model="gemini-x"))
    assert json.loads(encoded.body) == body
    assert encoded.losses == ()
    return request


def part_of(part: dict[str, Any], role: str = "user") -> Any:
    """The one part of a request, without its rest."""
    turn = decoded({"contents": [{"role": role, "parts": [part]}]}).turns[0]
    assert len(turn.parts) == 1
    return turn.parts[0]
