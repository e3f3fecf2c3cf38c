"""What a request has to do with history that a platform keeps: what it goes on with, and whether it
will be kept itself.

Only the Responses API lets a client go on with what the platform has: with the response before
(`previous_response_id`), from which a conversation can branch, or with a `conversation` that grows.
A response is kept unless `store` is false (https://developers.openai.com/api/docs/guides/
conversation-state: "Response objects are saved for 30 days by default", and "Conversation objects
and items in them are not subject to the 30 day TTL"; read 2026-11-22). Other references to kept
history (single items, compacted turns, threads of other APIs) say nothing here of what is in them.

Not here: who keeps the maps, and for how long.

>>> asked_history(b'{"previous_response_id": "resp_1", "store": false}', "openai_responses", ())
KeptHistory(response='1', conversation=None, keeps=False, others=False)
"""

from collections.abc import Iterable, Mapping
from typing import Final, cast

import msgspec

from detente.canonical.events import Started
from detente.canonical.model import Dialect
from detente.canonical.response import Response
from detente.guardrails.body_finds import Missed
from detente.guardrails.kept_maps import KeptMapError

KEEPING: Final = frozenset[Dialect](("openai_responses",))
"""The dialects whose platforms keep what they answer so that a client can go on with it. (Gemini's
caches and Anthropic's containers hold what was given to them apart; no answer goes in.)"""

_NAMING: Final = frozenset[Dialect]((*KEEPING, "openai_input_tokens"))
_PATHS: Final = frozenset(("previous_response_id", "conversation", "conversation.id"))
_NO_ID: Final = False
_PREFIX: Final = "resp_"
_RESPONSE: Final = "response/"
_CONVERSATION: Final = "conversation/"


class _Asked(msgspec.Struct, frozen=True, gc=False):
    previous_response_id: object = None
    conversation: object = None
    store: object = None


_DECODER: Final = msgspec.json.Decoder(_Asked)


class KeptHistory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one request goes on with, and whether the platform will keep it.

    `response` is the id of the response before, without the prefix that this API's ids have (an
    upstream's own may lack it, and the client's has it). `others` is whether it refers to kept
    history of which there can be no map: then stand-ins of unknown originals may be in it.
    """

    response: str | None = None
    conversation: str | None = None
    keeps: bool = False
    others: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of the maps that it needs."""
        found = (_named(_RESPONSE, self.response), _named(_CONVERSATION, self.conversation))
        return tuple(name for name in found if name is not None)

    def kept_as(self, answer: str | None) -> tuple[str, ...]:
        """The names under which a later request may go on with the answer `answer` (see
        `answer_id`): its own, and the conversation's, which has it whatever `store` says."""
        own = answer if self.keeps else None
        grown = _named(_CONVERSATION, self.conversation)
        return tuple(name for name in (own, grown) if name is not None)


def asked_history(body: bytes, dialect: Dialect, unread: Iterable[Missed]) -> KeptHistory:
    """What the request `body` says of kept history; `unread` is what `bodies.walk` tells of it.

    The body is one that `walk` has taken: JSON, and no member twice.
    """
    others = any(one.kind == "history" and one.path not in _PATHS for one in unread)
    if dialect not in _NAMING:
        return KeptHistory(others=others)
    asked = _DECODER.decode(body)
    talk = _id_of(asked.conversation)
    before = asked.previous_response_id
    return KeptHistory(
        response=before.removeprefix(_PREFIX) if isinstance(before, str) and before else None,
        conversation=talk if isinstance(talk, str) and talk else None,
        keeps=dialect in KEEPING and asked.store is not False,
        others=others or any(id_ is not None and type(id_) is not str for id_ in (before, talk)),
    )


def answer_id(begun: Response | Started) -> str | None:
    """The name of the map of an answer, under which the next request may go on with it; None where
    it has no id, and nobody can.

    The client gets the upstream's id, with this API's prefix where it lacks it
    (`openai_responses.envelope.response_id`): here neither has one.
    """
    return _named(_RESPONSE, begun.id.removeprefix(_PREFIX) or None)


def is_growing(name: str) -> bool:
    """Whether a map of this name grows with each request, and is not one answer's own."""
    return name.startswith(_CONVERSATION)


def joined(earlier: Mapping[str, str], later: Mapping[str, str]) -> dict[str, str]:
    """Both maps in one; raises `KeptMapError` where one stand-in has two originals.

    Look-alikes of small families (addresses of documentation) can meet so: one that an earlier
    request had must be told as taken to whoever makes the next ones.
    """
    for stand_in, original in later.items():
        if earlier.get(stand_in, original) != original:
            message = (
                "a stand-in of this conversation stands for two originals; "
                "begin a new conversation, or send its history"
            )
            raise KeptMapError(message)
    return {**earlier, **later}


def _id_of(conversation: object) -> object:
    """The id of a conversation, which may come as an object; no text where that has none."""
    if isinstance(conversation, dict):
        return cast("dict[str, object]", conversation).get("id", _NO_ID)
    return conversation


def _named(kind: str, id_: str | None) -> str | None:
    return None if id_ is None else kind + id_
