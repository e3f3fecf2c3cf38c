"""A request of a chat dialect, cut to what the counting operation beside it takes.

>>> cut(b'{"model":"m","max_tokens":9}', known=frozenset(("model", "max_tokens")),
...     taken=frozenset(("model",)))
b'{"model":"m"}'
"""

from collections.abc import Mapping
from typing import Final

from detente.dialects._framing.json_members import member_spans, rewritten

NO_MEMBERS: Final[Mapping[str, bytes]] = {}


def cut(
    body: bytes,
    *,
    known: frozenset[str],
    taken: frozenset[str],
    add: Mapping[str, bytes] = NO_MEMBERS,
) -> bytes:
    """`body` without the members that are `known` and not `taken`, with those of `add` (raw values)
    before all others. Members that nobody knows stay."""
    return rewritten(body, member_spans(body), drop=known - taken, add=add)
