"""The canonical answer as a chat completion: the envelope, with filters and usage.

What was answered is `choice_encoding.py`'s.
"""

from typing import Final

import msgspec

from detente.canonical.extras import Extras, Obj
from detente.canonical.response import Choice, Response
from detente.dialects._codec.losses import Losses
from detente.dialects._codec.rest import foreign
from detente.dialects.codec import Encoded, Reply
from detente.dialects.openai_chat.choice_encoding import ChoiceEncoder, write_filter
from detente.dialects.openai_chat.counts import counts, respelt
from detente.dialects.openai_chat.words import (
    CHAT,
    ID_PREFIX,
    SERVICE_TIERS,
)

_ENCODE: Final = msgspec.json.Encoder().encode
_BLOCKED: Final = Choice(parts=(), stop="content_filter")
"""What chat's clients, which read the first choice, are told where another platform let no answer
through."""


def encode_response(response: Response, reply: Reply) -> Encoded:
    """The whole answer (see `Codec.encode_response`)."""
    losses = Losses()
    own = response.origin == CHAT
    choices = response.choices if own else response.choices or (_BLOCKED,)
    body: Obj = {
        "id": response.id if own else chat_id(response.id, reply),
        "object": "chat.completion",
        "created": reply.now_s if response.created_s is None else response.created_s,
        "model": response.model,
        "choices": [
            ChoiceEncoder(losses, reply, own=own).choice(f"choices[{at}]", choice)
            for at, choice in enumerate(choices)
        ],
    }
    tier = response.service_tier
    if tier is not None and (own or tier in SERVICE_TIERS):
        body["service_tier"] = tier
    _write_filters(body, response, losses)
    _write_usage(body, response)
    for name, _ in foreign((response.extras,), CHAT):
        losses.lose("unknown_member", name, "only another API knows this member")
    if own and response.extras is not None:
        _respelt(body, response.extras)
    return Encoded(body=_ENCODE(body), losses=tuple(losses.found))


def chat_id(name: str, reply: Reply) -> str:
    """An id in the form of this API's; the gateway's own where the upstream has none."""
    name = name or reply.request_id
    return name if name.startswith(ID_PREFIX) else ID_PREFIX + name


def _write_filters(body: Obj, response: Response, losses: Losses) -> None:
    for at, one in enumerate(response.filters):
        write_filter(body, one, f"filters[{at}]", losses)


def _write_usage(body: Obj, response: Response) -> None:
    """`usage`: counts in full, or as a chat answer wrote them."""
    extras = response.extras
    if response.origin != CHAT:
        if response.usage is not None:
            body["usage"] = counts(response.usage)
        return
    spelling = None if extras is None else extras.spelling.get("usage")
    if type(spelling) is dict and extras is not None:
        body["usage"] = respelt(response.usage, extras.members.get("usage"), spelling)
    elif response.usage is not None:
        body["usage"] = counts(response.usage)


def _respelt(body: Obj, extras: Extras) -> None:
    """Lays the rest of a chat answer over `body`, in place; its usage is spelt already."""
    for over in (extras.members, extras.spelling):
        for key, value in over.items():
            if key != "usage" or "usage" not in body:
                body[key] = value
    for mark in extras.marks:
        body.pop(mark[1:], None)
