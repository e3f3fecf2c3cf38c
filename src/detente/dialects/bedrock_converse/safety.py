"""The safety signals of Converse: an answer, or the payload of one event of its stream.

>>> read_safety({"stopReason": "content_filtered"})[0].category
'provider_policy'
"""

from detente.canonical.extras import Obj
from detente.canonical.safety import SafetySignal
from detente.dialects._bedrock.safety import guardrail_signals, intervened
from detente.dialects._safety.reading import obj


def may_tell(data: bytes) -> bool:
    """Whether an answer or an event is worth decoding for its signals."""
    return b'"guardrail' in data or b'"content_filtered"' in data


def read_safety(answer: Obj) -> tuple[SafetySignal, ...]:
    """What an answer or an event says; never raises."""
    told = guardrail_signals(obj(obj(answer, "trace"), "guardrail"))
    match answer.get("stopReason"):
        case "guardrail_intervened":
            return intervened(told, "guardrail_intervened")
        case "content_filtered":
            signal = SafetySignal(
                stage="output",
                action="blocked",
                category="provider_policy",
                source="bedrock",
                raw="content_filtered",
            )
            return (*told, signal)
        case _:
            return told
