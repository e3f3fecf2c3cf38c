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
    failed_at, moderated_at = data.find(b'"error"'), data.find(b'"moderation"')
    return (
        data.find(b'"refusal"') >= 0
        or (data.find(b"content_filter") >= 0 and may_be_filtered(data))
        or (failed_at >= 0 and unusual(data, b'"error"', failed_at))
        or (moderated_at >= 0 and unusual(data, b'"moderation"', moderated_at))
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
