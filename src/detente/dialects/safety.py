"""The safety signals of every dialect, read from an answer in passing.

Cheap where there is nothing to tell: bytes are only decoded where one of a dialect's marks stands
in them. Cohere's and Ollama's dialects have no signals of their own.

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
from detente.dialects._openai.safety import MARKS as OPENAI_MARKS
from detente.dialects._openai.safety import POLICIES
from detente.dialects.anthropic_messages import safety as anthropic_messages
from detente.dialects.bedrock_converse import safety as bedrock_converse
from detente.dialects.gemini_generate import safety as gemini_generate
from detente.dialects.openai_chat import safety as openai_chat
from detente.dialects.openai_responses import safety as openai_responses

Signals = tuple[SafetySignal, ...]
Marks = tuple[bytes, ...]

READERS: Final[dict[Dialect, Callable[[Obj], Signals]]] = {
    "openai_chat": openai_chat.read_safety,
    "openai_completions": openai_chat.read_safety,
    "openai_responses": openai_responses.read_safety,
    "anthropic_messages": anthropic_messages.read_safety,
    "gemini_generate": gemini_generate.read_safety,
    "bedrock_converse": bedrock_converse.read_safety,
}
"""What reads an answer, or the data of one event of its stream."""

MARKS: Final[dict[Dialect, Marks]] = {
    "openai_chat": OPENAI_MARKS,
    "openai_completions": OPENAI_MARKS,
    "openai_responses": (*OPENAI_MARKS, b'"refusal"', b'_policy"', b'_violation"', b'_prompt"'),
    "anthropic_messages": anthropic_messages.MARKS,
    "gemini_generate": gemini_generate.MARKS,
    "bedrock_converse": bedrock_converse.MARKS,
}
"""One of these stands in every answer that has something to tell."""

GLANCES: Final[dict[Dialect, Marks]] = {
    "openai_chat": (b"filter", b'efusal":"', b'efusal": "', b"flagged"),
    "openai_completions": (b"filter",),
    "openai_responses": (
        b"filter",
        b"refusal",
        b"flagged",
        b'_policy"',
        b'_violation"',
        b'_prompt"',
    ),
    "anthropic_messages": (b'refusal"', b"amazon-bedrock-"),
    "gemini_generate": (b'Reason"',),
    "bedrock_converse": (b"guardrail", b"filtered"),
}
"""Fewer and shorter, to be looked for first: one of these stands in every answer and event that has
a mark, and in few others, but for Azure's, which has its filters' results in each."""

ERROR_MARKS: Final[Marks] = (
    *(b'"%b"' % code.encode() for code in POLICIES),
    b'"reasons"',
    b"guardrail",
)
"""The same for errors, which are read whatever their dialect."""

_DECODE: Final = msgspec.json.Decoder().decode


def marks_of(dialect: Dialect) -> Marks:
    """What to look for in an answer of a dialect, nothing where it has no signals."""
    return MARKS.get(dialect, ())


def glances_of(dialect: Dialect) -> Marks:
    """What to look for before the marks."""
    return GLANCES.get(dialect, ())


def signals_of(dialect: Dialect, body: bytes) -> Signals:
    """What a whole answer says of safety, as far as it is worth keeping; never raises."""
    if not _marked(body, glances_of(dialect)) or not _marked(body, marks_of(dialect)):
        return ()
    return told(_read(dialect, body))


def error_signals_of(body: bytes) -> Signals:
    """What an error says that withholds an answer; never raises."""
    return told(_read("openai_chat", body)) if _marked(body, ERROR_MARKS) else ()


def signals_in(dialect: Dialect, events: bytes) -> Signals:
    """What whole events of a stream say, whatever frames them; never raises."""
    marks = marks_of(dialect)
    found: Signals = ()
    if not _marked(events, marks):
        return ()
    for data in _frames(events) if dialect == "bedrock_converse" else _lines(events):
        if _marked(data, marks):
            found += _read(dialect, data)
    return told(found)


def _marked(data: bytes, marks: Marks) -> bool:
    return any(mark in data for mark in marks)


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
