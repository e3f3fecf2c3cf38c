"""The safety signals of a message: an answer or one event of a stream, on Bedrock too.

`stop_details.category` is of Anthropic's client 2.12.0. A refusal's `explanation` is left where it
is. InvokeModel puts a guardrail's trace beside the message.

>>> read_safety({"stop_reason": "refusal", "stop_details": {"category": "cyber"}})[0].category
'cyber'
"""

from typing import Final

from detente.canonical.extras import Obj
from detente.canonical.safety import SafetyCategory, SafetySignal
from detente.dialects._bedrock.safety import guardrail_signals, intervened
from detente.dialects._safety.reading import obj, word

CATEGORIES: Final[dict[str, SafetyCategory]] = {
    "cyber": "cyber",
    "bio": "bio",
    "frontier_llm": "provider_policy",
    "reasoning_extraction": "prompt_attack",
    "general_harms": "other",
}


def may_tell(data: bytes) -> bool:
    """Whether an answer or an event is worth decoding for its signals."""
    return b'"refusal"' in data or (
        b"amazon-bedrock-" in data and (b'-trace"' in data or b'"INTERVENED"' in data)
    )


def read_safety(answer: Obj) -> tuple[SafetySignal, ...]:
    """What an answer or an event says; never raises."""
    told = guardrail_signals(obj(obj(answer, "amazon-bedrock-trace"), "guardrail"))
    if answer.get("amazon-bedrock-guardrailAction") == "INTERVENED":
        told = intervened(told, "INTERVENED")
    message = obj(answer, "message") or obj(answer, "delta") or answer
    if message.get("stop_reason") != "refusal":
        return told
    category = word(obj(message, "stop_details").get("category"))
    signal = SafetySignal(
        stage="output",
        action="model_refusal",
        category=CATEGORIES.get(category, "other"),
        source="anthropic",
        raw=category or "refusal",
    )
    return (*told, signal)
