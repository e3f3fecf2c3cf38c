"""The safety signals of every dialect, read from an answer in passing.

Cheap where there is nothing to tell: bytes are only decoded where a few searches in them say that
there may be something. Cohere's and Ollama's dialects have no signals of their own.

>>> signals_of("anthropic_messages", b'{"stop_reason": "refusal"}')[0].action
'model_refusal'
"""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from detente.canonical.extras import Json, Obj
from detente.canonical.failure import ProviderFault
from detente.canonical.model import Dialect
from detente.canonical.safety import SafetySignal, told
from detente.dialects._framing.aws_events import AwsEventCutter, read_event
from detente.dialects._openai.safety import POLICIES
from detente.dialects.anthropic_messages import safety as anthropic_messages
from detente.dialects.bedrock_converse import safety as bedrock_converse
from detente.dialects.gemini_generate import safety as gemini_generate
from detente.dialects.oci_chat import safety as oci_chat
from detente.dialects.openai_chat import safety as openai_chat
from detente.dialects.openai_responses import safety as openai_responses

Signals = tuple[SafetySignal, ...]

READERS: Final[dict[Dialect, Callable[[Obj], Signals]]] = {
    "openai_chat": openai_chat.read_safety,
    "openai_completions": openai_chat.read_safety,
    "openai_responses": openai_responses.read_safety,
    "anthropic_messages": anthropic_messages.read_safety,
    "gemini_generate": gemini_generate.read_safety,
    "bedrock_converse": bedrock_converse.read_safety,
    "oci_chat": oci_chat.read_safety,
}
"""What reads an answer, or the data of one event of its stream."""

LOOKS: Final[dict[Dialect, Callable[[bytes], bool]]] = {
    "openai_chat": openai_chat.may_tell,
    "openai_completions": openai_chat.may_tell,
    "openai_responses": openai_responses.may_tell,
    "anthropic_messages": anthropic_messages.may_tell,
    "gemini_generate": gemini_generate.may_tell,
    "bedrock_converse": bedrock_converse.may_tell,
    "oci_chat": oci_chat.may_tell,
}
"""What tells by a few searches whether there is anything to read; it may err on the other side."""

ERROR_MARKS: Final[tuple[bytes, ...]] = (
    *(b'"%b"' % code.encode() for code in POLICIES),
    b'"reasons"',
    b"guardrail",
)
"""One of these stands in every error that withholds an answer; errors are read whatever their
dialect."""

_DECODE: Final = msgspec.json.Decoder().decode


def look_of(dialect: Dialect) -> Callable[[bytes], bool] | None:
    """What tells whether bytes of a dialect are worth reading; None where it has no signals."""
    return LOOKS.get(dialect)


def signals_of(dialect: Dialect, body: bytes) -> Signals:
    """What a whole answer says of safety, as far as it is worth keeping; never raises."""
    look = LOOKS.get(dialect)
    if look is None or not look(body):
        return ()
    return told(_read(dialect, body))


def error_signals_of(body: bytes) -> Signals:
    """What an error says that withholds an answer; never raises."""
    if not any(mark in body for mark in ERROR_MARKS):
        return ()
    return told(_read("openai_chat", body))


def signals_in(dialect: Dialect, events: bytes) -> Signals:
    """What whole events of a stream say, whatever frames them; never raises."""
    look = LOOKS.get(dialect)
    found: Signals = ()
    if look is None or not look(events):
        return ()
    for data in _frames(events) if dialect == "bedrock_converse" else _lines(events):
        if look(data):
            found += _read(dialect, data)
    return told(found)


def _lines(events: bytes) -> Iterator[bytes]:
    """The data of server-sent events, or lines of JSON."""
    for line in events.splitlines():
        if line.startswith(b"data:"):
            yield line[5:]
        elif line.startswith(b"{"):
            yield line


def _frames(events: bytes) -> Iterator[bytes]:
    """The payloads of Amazon's frames."""
    cutter = AwsEventCutter()
    try:
        for frame in cutter.frames(events):
            yield read_event(frame).payload
    except ProviderFault:
        return


def _read(dialect: Dialect, data: bytes) -> Signals:
    try:
        answer: Json = _DECODE(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return READERS[dialect](answer) if type(answer) is dict else ()
