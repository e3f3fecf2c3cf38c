"""The safety signals of a chat completion: an answer, one chunk of a stream, or an error.

>>> read_safety({"choices": [{"message": {"refusal": "no"}}]})[0].action
'model_refusal'
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
from detente.dialects._safety.reading import obj, objs, unusual, word


def may_tell(data: bytes) -> bool:
    """Whether an answer or a chunk is worth decoding for its signals."""
    refused_at, moderated_at = data.find(b'"refusal"'), data.find(b'"moderation"')
    return (
        (refused_at >= 0 and unusual(data, b'"refusal"', refused_at))
        or (data.find(b"content_filter") >= 0 and may_be_filtered(data))
        or (moderated_at >= 0 and unusual(data, b'"moderation"', moderated_at))
    )


def read_safety(answer: Obj) -> tuple[SafetySignal, ...]:
    """What an answer, a chunk or an error says; never raises."""
    found: tuple[SafetySignal, ...] = ()
    for prompt in objs(answer, "prompt_filter_results"):
        found += filters_of(obj(prompt, "content_filter_results"), "input")
    for choice in objs(answer, "choices"):
        told = filters_of(obj(choice, "content_filter_results"), "output")
        for said in ("message", "delta"):
            told += refused(obj(choice, said).get("refusal"))
        found += withheld(choice.get("finish_reason"), told)
    return found + moderation_of(answer) + error_of(obj(answer, "error")) + _guardrail(answer)


def _guardrail(error: Obj) -> tuple[SafetySignal, ...]:
    """Mistral's error of a guardrail that blocks: flat, with its name in type or code."""
    named = next(
        (w for w in map(word, (error.get("type"), error.get("code"))) if "guardrail" in w), ""
    )
    if error.get("object") != "error" or not named:
        return ()
    signal = SafetySignal(
        stage="input", action="blocked", category="provider_policy", source="mistral", raw=named
    )
    return (signal,)
