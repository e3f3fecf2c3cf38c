"""What a deployment demands of every body: members that are set, renamed or left out.

Only top-level members, and the roles of messages; the values that stay keep their bytes.

>>> edits = MemberEdits(members={"service_tier": Raw(b'"flex"')}, renamed={"seed": "random_seed"})
>>> edit_members(b'{"model":"m","seed":1}', edits)
b'{"model":"m","random_seed":1,"service_tier":"flex"}'
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from detente.dialects._framing.json_members import decode_members

_MESSAGES: Final = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


class MemberEdits(msgspec.Struct, frozen=True, kw_only=True):
    """`members` replace or add, `renamed` go under another name, `dropped` are left out.

    Where a body has a member under both of its names, the host's own stays. `roles` are those of
    `messages` that go under another name.
    """

    members: Mapping[str, msgspec.Raw] = {}
    renamed: Mapping[str, str] = {}
    dropped: tuple[str, ...] = ()
    roles: Mapping[str, str] = {}


def edit_members(body: bytes, edits: MemberEdits) -> bytes:
    """`body` with `edits`; the same object where they change nothing.

    Raises `ClientFault` where the body is no JSON object.
    """
    names = (*edits.renamed, *edits.dropped, *edits.roles)
    # An escaped key would be missed, but no member of a known name is ever written so.
    if not edits.members and not any(b'"%b"' % name.encode() in body for name in names):
        return body
    found = decode_members(body)
    edited: dict[str, msgspec.Raw] = {}
    for name, value in found.items():
        told = edits.renamed.get(name, name)
        if name in edits.dropped or (told != name and told in found):
            continue
        edited[told] = value
    edited.update(edits.members)
    if edits.roles and "messages" in edited:
        edited["messages"] = _told_by(edited["messages"], edits.roles)
    return msgspec.json.encode(edited)


def _told_by(messages: msgspec.Raw, roles: Mapping[str, str]) -> msgspec.Raw:
    """The messages under the host's names of roles; as they are where they are no messages."""
    try:
        found = _MESSAGES.decode(messages)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return messages
    for message in found:
        for role, told in roles.items():
            if message.get("role") == msgspec.Raw(b'"%b"' % role.encode()):
                message["role"] = msgspec.Raw(b'"%b"' % told.encode())
    return msgspec.Raw(msgspec.json.encode(found))
