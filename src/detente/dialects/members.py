"""What a deployment demands of every body: members that are set, renamed or left out.

Only top-level members, and what stands at the top of messages; the values that stay keep their
bytes.

>>> edits = MemberEdits(members={"service_tier": Raw(b'"flex"')}, renamed={"seed": "random_seed"})
>>> edit_members(b'{"model":"m","seed":1}', edits)
b'{"model":"m","random_seed":1,"service_tier":"flex"}'
"""

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from detente.dialects._framing.json_members import decode_members

Message = dict[str, msgspec.Raw]

_MESSAGES: Final = msgspec.json.Decoder(list[Message])
_TEXT: Final = msgspec.json.Decoder(str)
_ENCODE: Final = msgspec.json.Encoder().encode
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9]*")
_ANSWER: Final = msgspec.Raw(b'"assistant"')
_TRUE: Final = msgspec.Raw(b"true")


class MemberEdits(msgspec.Struct, frozen=True, kw_only=True):
    """`members` replace or add, `renamed` go under another name, `dropped` are left out.

    Where a body has a member under both of its names, the host's own stays. `roles` are those of
    `messages` that go under another name. `call_id_characters` is how many letters and digits the
    id of a call must have: another one is told by its digest, alike wherever it stands. `prefix` is
    the member that is true of a last message that is the assistant's.
    """

    members: Mapping[str, msgspec.Raw] = {}
    renamed: Mapping[str, str] = {}
    dropped: tuple[str, ...] = ()
    roles: Mapping[str, str] = {}
    call_id_characters: int | None = None
    prefix: str | None = None


def edit_members(body: bytes, edits: MemberEdits) -> bytes:
    """`body` with `edits`; the same object where they change nothing.

    Raises `ClientFault` where the body is no JSON object.
    """
    # An escaped key would be missed, but no member of a known name is ever written so.
    speaks = _speaks(body, edits)
    named = _names_any(body, edits.renamed) or _names_any(body, edits.dropped)
    if not edits.members and not speaks and not named:
        return body
    found = decode_members(body)
    edited: dict[str, msgspec.Raw] = {}
    for name, value in found.items():
        told = edits.renamed.get(name, name)
        if name in edits.dropped or (told != name and told in found):
            continue
        edited[told] = value
    edited.update(edits.members)
    if speaks and "messages" in edited:
        edited["messages"] = _edited_messages(edited["messages"], edits)
    return _ENCODE(edited)


def _speaks(body: bytes, edits: MemberEdits) -> bool:
    """Whether there may be a message that the host wants otherwise."""
    answered = edits.call_id_characters is not None or edits.prefix is not None
    return (answered and b'"assistant"' in body) or _names_any(body, edits.roles)


def _names_any(body: bytes, names: Iterable[str]) -> bool:
    """Whether one of `names` stands in `body` between quotes."""
    return any(_quoted(name) in body for name in names)


@functools.cache
def _quoted(name: str) -> bytes:
    """A name of a deployment's edits as JSON has it; there are as many as kinds have quirks."""
    return b'"%b"' % name.encode()


def _edited_messages(messages: msgspec.Raw, edits: MemberEdits) -> msgspec.Raw:
    """The messages as the host wants them; as they are where they are no messages."""
    try:
        found = _MESSAGES.decode(messages)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return messages
    for message in found:
        for role, told in edits.roles.items():
            if message.get("role") == msgspec.Raw(b'"%b"' % role.encode()):
                message["role"] = msgspec.Raw(b'"%b"' % told.encode())
        if edits.call_id_characters is not None:
            _tell_ids(message, edits.call_id_characters)
    if edits.prefix is not None and found and found[-1].get("role") == _ANSWER:
        found[-1][edits.prefix] = _TRUE
    return msgspec.Raw(_ENCODE(found))


def _tell_ids(message: Message, characters: int) -> None:
    """A message's ids of calls, in place."""
    if "tool_call_id" in message:
        message["tool_call_id"] = _told_id(message["tool_call_id"], characters)
    if "tool_calls" not in message:
        return
    try:
        calls = _MESSAGES.decode(message["tool_calls"])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    for call in calls:
        if "id" in call:
            call["id"] = _told_id(call["id"], characters)
    message["tool_calls"] = msgspec.Raw(_ENCODE(calls))


def _told_id(value: msgspec.Raw, characters: int) -> msgspec.Raw:
    try:
        name = _TEXT.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return value
    if len(name) == characters and _PLAIN_ID.fullmatch(name):
        return value
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return msgspec.Raw(_ENCODE(digest[:characters]))
