"""The safety signals of a response: an answer, one event of a stream, or an error.

>>> read_safety({"type": "response.incomplete",
...              "response": {"incomplete_details": {"reason": "content_filter"}}})[0].action
'blocked'
"""

from detente.canonical.extras import Obj
from detente.canonical.safety import SafetySignal
from detente.dialects._openai.safety import (
    error_of,
    filters_of,
    may_be_filtered,
    moderation_of,
    refused,
    withheld,
)
from detente.dialects._safety.reading import obj, objs, unusual


def may_tell(data: bytes) -> bool:
    """Whether an answer or an event is worth decoding for its signals."""
    return (
        b'"refusal"' in data
        or (b"content_filter" in data and may_be_filtered(data))
        or (b'"error"' in data and unusual(data, b'"error"', data.find(b'"error"')))
        or (b'"moderation"' in data and unusual(data, b'"moderation"', data.find(b'"moderation"')))
    )


def read_safety(answer: Obj) -> tuple[SafetySignal, ...]:
    """What an answer, an event or an error says; never raises."""
    if answer.get("type") == "response.refusal.done":
        return refused(answer.get("refusal"))
    if answer.get("type") == "error":
        return error_of(answer)
    response = obj(answer, "response") or answer
    told: tuple[SafetySignal, ...] = ()
    for one in objs(response, "content_filters"):  # Azure's, of which each names its stage
        of_prompt = one.get("source_type") == "prompt"
        told += filters_of(obj(one, "content_filter_results"), "input" if of_prompt else "output")
    for item in objs(response, "output"):
        for part in objs(item, "content"):
            if part.get("type") == "refusal":
                told += refused(part.get("refusal"))
    told = withheld(obj(response, "incomplete_details").get("reason"), told)
    return told + moderation_of(response) + error_of(obj(response, "error"))
