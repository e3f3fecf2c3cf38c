"""A client's body as texts that can be looked at and replaced, whatever its dialect.

Every string is content but where the dialect's table of places (`places`) says otherwise: what no
table knows is content. What nobody here can read is told as `unread`. A changed body is the same
bytes but for the strings that were changed. Nothing is decided here.

>>> body = walk(b'{"model": "m", "input": "I am Jane"}', "openai_responses")
>>> body.texts
(Text(path='input', value='I am Jane'),)
>>> body.with_texts({0: "I am X"})
b'{"model": "m", "input": "I am X"}'
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.guardrails.body_finds import (
    NESTING_MAX,
    NO_KEY,
    Document,
    Missed,
    Text,
    TooDeep,
)
from detente.guardrails.body_walk import Walk
from detente.guardrails.encoded_text import encoded
from detente.guardrails.json_text import edited, strings_in
from detente.guardrails.places import PLACES

_DECODE: Final = msgspec.json.Decoder(dict[str, object]).decode


class Body:
    """What is in one body: its `texts` in the order of the bytes, none of them empty, and what is
    `unread`."""

    __slots__ = ("_body", "_walk", "texts", "unread")

    def __init__(self, body: bytes, walk: Walk) -> None:
        self._body = body
        self._walk = walk
        self.texts: tuple[Text, ...] = tuple(walk.texts)
        self.unread: tuple[Missed, ...] = tuple(walk.unread)

    def with_texts(self, changes: Mapping[int, str]) -> bytes:
        """The body with other strings in place of some of `texts`, by their place there.

        Escaped as the place needs it, inside JSON in strings and in base64, too. A number becomes a
        string. Of keys of one object that become equal, the later ones get a number behind them.
        Without changes it is the same bytes. Raises `KeyError` for a place that is not there.
        """
        if not changes:
            return self._body
        spots = self._walk.spots
        strings: dict[int, dict[int, str]] = {}
        numbers: dict[int, dict[int, str]] = {}
        for at, new in self._with_keys_apart(changes).items():
            document, leaf, _ = spots[at]
            if leaf < 0:
                numbers.setdefault(document, {})[-1 - leaf] = new
            else:
                strings.setdefault(document, {})[leaf] = new
        documents = self._walk.documents
        for at in range(len(documents) - 1, 0, -1):  # each stands in one that was met before it
            inside = documents[at]
            if at in strings or at in numbers:
                new = _rewritten(inside, strings.get(at, {}), numbers.get(at, {}))
                strings.setdefault(inside.parent, {})[inside.leaf] = new
        return edited(self._body, strings.get(0, {}), numbers.get(0, {}))

    def _with_keys_apart(self, changes: Mapping[int, str]) -> Mapping[int, str]:
        """`changes` of texts that are there; no two keys of one object are equal after them."""
        spots = self._walk.spots
        for at in changes:
            if not 0 <= at < len(spots):
                raise KeyError(at)
        owners = {spots[at][2] for at in changes} - {NO_KEY}
        if not owners:
            return changes
        taken = {
            (owner, self.texts[at].value)
            for at, (_, _, owner) in enumerate(spots)
            if owner in owners and at not in changes
        }
        counts: dict[tuple[int, str], int] = {}
        apart = dict(changes)
        for at in sorted(changes):
            owner, name = spots[at][2], changes[at]
            while owner != NO_KEY and (owner, apart[at]) in taken:
                counts[owner, name] = counts.get((owner, name), 1) + 1
                apart[at] = f"{name} {counts[owner, name]}"
            taken.add((owner, apart[at]))
        return apart


def walk(body: bytes, dialect: Dialect) -> Body:
    """What is in the body of a request in that dialect.

    Raises `ClientFault` (`request_invalid`), and nothing else whatever the bytes are: for what is
    no JSON object in UTF-8, nests deeper than `NESTING_MAX`, or names a member of an object twice,
    of which another reader could take the other.
    """
    try:
        value = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ClientFault(
            "request_invalid", "the body is not a JSON object; send one as UTF-8"
        ) from None
    found = Walk()
    try:
        found.visit(value, PLACES[dialect], "")
    except TooDeep:
        sentence = f"the body nests too deep; send at most {NESTING_MAX} levels"
        raise ClientFault("request_invalid", sentence) from None
    if found.strings != strings_in(body):
        raise ClientFault(
            "request_invalid", "an object in the body has a member twice; send each once"
        )
    return Body(body, found)


def _rewritten(inside: Document, strings: dict[int, str], numbers: dict[int, str]) -> str:
    """A document in a string, with other texts in it."""
    if inside.head is not None:
        return inside.head + encoded(strings[0], inside.source)
    return edited(inside.source.encode(), strings, numbers).decode()
