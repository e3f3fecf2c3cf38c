"""Requests as other dialects' clients mean them, made for tests."""

import json
from typing import Any

import msgspec

from detente.canonical.content import (
    Part,
    Text,
    Turn,
)
from detente.canonical.extras import Obj
from detente.canonical.request import (
    Request,
)
from detente.dialects.codec import Target
from detente.dialects.gemini_generate import CODEC

SENTINEL = "skip_thought_signature_validator"
SCHEMA: Obj = {"type": "object", "properties": {"a": {"type": "integer"}}}
Told = tuple[dict[str, Any], list[tuple[str, str]]]


def user(*parts: Part) -> Turn:
    return Turn(role="user", parts=parts)


def model(*parts: Part) -> Turn:
    return Turn(role="assistant", parts=parts)


HI = user(Text(text="hi"))
CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]


def encoded(request: Request) -> Told:
    """The body and the losses, as (feature, path)."""
    out = CODEC.encode_request(request, Target(model="gemini-x"))
    return json.loads(out.body), [(loss.what, loss.path) for loss in out.losses]


def asked(**members: Any) -> Request:
    usual = Request(model="m", turns=(HI,), origin="openai_chat")
    return msgspec.structs.replace(usual, **members)
