"""The safety signals of Oracle Cloud's chat: an answer, or one chunk of a stream, in both formats.

All that oci 2.189.0 knows of them in a chat (its models of `generative_ai_inference`, read
2026-11-22): the finish reasons `ERROR_TOXIC` and `content_filter`, and a message's `refusal`.
What its guardrails find has an operation of its own (`ApplyGuardrails`) and stands in no answer.

>>> read_safety({"chatResponse": {"apiFormat": "COHERE", "finishReason": "ERROR_TOXIC"}})[0].action
'blocked'
"""

from typing import Final

from detente.canonical.extras import Obj
from detente.canonical.safety import SafetySignal
from detente.dialects._safety.reading import NULL, obj, objs, unusual, word

TOXIC: Final = ("ERROR_TOXIC", "content_filter")
"""Why an answer ends that was withheld."""
USUAL_REASONS: Final = (b"stop", b"length", b"tool_calls", b"COMPLETE", b"MAX_TOKENS", b"TOOL_CALL")
USUAL: Final = (
    *NULL,
    *(b':"%b"' % reason for reason in USUAL_REASONS),
    *(b': "%b"' % reason for reason in USUAL_REASONS),
)
"""Why answers end that nothing was found in, as it is written behind the member's name."""


def may_tell(data: bytes) -> bool:
    """Whether an answer or a chunk is worth decoding for its signals."""
    at = data.find(b'"finishReason"')
    if at >= 0 and unusual(data, b'"finishReason"', at, USUAL):
        return True
    return unusual(data, b'"refusal"', data.find(b'"refusal"'))


def read_safety(answer: Obj) -> tuple[SafetySignal, ...]:
    """What an answer or a chunk says; never raises."""
    chat = obj(answer, "chatResponse") or answer
    found = _told(chat)
    for choice in objs(chat, "choices"):
        found += _told(choice)
    return found


def _told(where: Obj) -> tuple[SafetySignal, ...]:
    """Of an answer in Cohere's format, a choice, or a chunk."""
    found: tuple[SafetySignal, ...] = ()
    if word(obj(where, "message").get("refusal")):
        found = (
            SafetySignal(
                stage="output",
                action="model_refusal",
                category="other",
                source="oci",
                raw="refusal",
            ),
        )
    reason = word(where.get("finishReason"))
    if reason not in TOXIC:
        return found
    withheld = SafetySignal(
        stage="output", action="blocked", category="other", source="oci", raw=reason
    )
    return (*found, withheld)
