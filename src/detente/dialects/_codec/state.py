"""Opaque reasoning state on its way through a client that speaks another dialect.

A client hands back what it was given. Where its dialect has a place for such state (a signature,
encrypted content), state of another platform travels there under a tag that names its origin and
kind, and is told apart from the dialect's own when it comes back. Nothing is encrypted here: the
values are their platforms' own secrets already.

>>> told = carried(Opaque(origin="anthropic_messages", value="abc"), "openai_responses")
>>> told
'dt1.s.anthropic_messages.abc'
>>> opaque_of(told, "openai_responses", "encrypted").origin
'anthropic_messages'
"""

import base64
from typing import Final, Literal, cast

from detente.canonical.content import Opaque
from detente.canonical.model import Dialect

Kind = Literal["signature", "encrypted", "redacted"]

TAG: Final = "dt1"
_TAG_BYTES: Final = b'"dt1.'
_TAG_BASE64: Final = b'"ZHQx'
_INITIALS: Final[dict[str, Kind]] = {"s": "signature", "e": "encrypted", "r": "redacted"}
_ORIGINS: Final = frozenset(
    ("anthropic_messages", "bedrock_converse", "gemini_generate", "openai_chat", "openai_responses")
)


def carried(state: Opaque, dialect: Dialect) -> str:
    """`state` as a client of `dialect` is given it: its own as it is, others under a tag."""
    if state.origin == dialect:
        return state.value
    return f"{TAG}.{state.kind[0]}.{state.origin}.{state.value}"


def opaque_of(text: str, dialect: Dialect, kind: Kind) -> Opaque:
    """What a client of `dialect` handed back: what was tagged is what it was, the rest is of its
    own dialect and of `kind`."""
    if text.startswith("dt1."):
        _, initial, origin, value = [*text.split(".", 3), "", "", ""][:4]
        if initial in _INITIALS and origin in _ORIGINS:
            return Opaque(origin=cast(Dialect, origin), value=value, kind=_INITIALS[initial])
    return Opaque(origin=dialect, value=text, kind=kind)


def carried_base64(state: Opaque, dialect: Dialect) -> str:
    """As `carried`, for a member that has to be base64: its own is already."""
    if state.origin == dialect:
        return state.value
    return base64.b64encode(carried(state, dialect).encode()).decode()


def opaque_of_base64(text: str, dialect: Dialect, kind: Kind) -> Opaque:
    """As `opaque_of`, for a member that is base64 (either alphabet)."""
    if text.startswith("ZHQx"):  # the tag's first three bytes
        try:
            told = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
            return (
                opaque_of(told.decode(), dialect, kind)
                if told.startswith(b"dt1.")
                else (Opaque(origin=dialect, value=text, kind=kind))
            )
        except ValueError:  # not base64, not ASCII, or not UTF-8
            pass
    return Opaque(origin=dialect, value=text, kind=kind)


def carries_foreign(body: bytes) -> bool:
    """Whether a request's bytes may have state of another platform in them: it is under its tag, or
    under the tag in base64. Text that looks like it costs a translation, and nothing else."""
    return _TAG_BYTES in body or _TAG_BASE64 in body
