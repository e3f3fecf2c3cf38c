"""Simulated guardrails of Amazon Bedrock: one word is forbidden by each of them.

Every id is a guardrail's, in every version, so that any configuration can have one, but for ids
that begin with `gone` and for version 404. Says what it found as Amazon does, in a trace where one
is wanted.

>>> shielded(Ask(model="m", prompt="say abracadabra"), read("gr1", "1")).prompt
'echo Sorry, the model cannot answer this question.'
"""

import re
from typing import Final

import msgspec

from detente.simulator.composition import Ask
from detente.simulator.exchange import JsonObject, RequestError

FORBIDDEN_WORD: Final = "abracadabra"
MESSAGE: Final = "Sorry, the model cannot answer this question."
INTERVENED: Final = "guardrail_intervened"

_EXISTING: Final = re.compile(
    r"(?:arn:aws[^:]*:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/)?(?!gone)[a-z0-9]+"
)
_VERSION: Final = re.compile(r"DRAFT|(?!404$)[1-9][0-9]{0,7}")
_WORD: Final = re.compile(rf"\b{FORBIDDEN_WORD}\b", re.IGNORECASE)


class Guardrail(msgspec.Struct, frozen=True, kw_only=True):
    """A guardrail that a request is put under."""

    identifier: str
    version: str
    trace: bool = False


def read(identifier: str | None, version: str | None, *, trace: bool = False) -> Guardrail | None:
    """The guardrail that is asked for, None where none is; raises `RequestError` 400."""
    if not identifier and not version:
        return None
    if not identifier or not version:
        raise RequestError(400, "The guardrail identifier and version must be specified together.")
    if _EXISTING.fullmatch(identifier) is None or _VERSION.fullmatch(version) is None:
        raise RequestError(
            400, "The guardrail identifier or version provided in the request does not exist."
        )
    return Guardrail(identifier=identifier, version=version, trace=trace)


def blocks(guardrail: Guardrail | None, ask: Ask) -> bool:
    """Whether it does not let the prompt through."""
    return guardrail is not None and _WORD.search(ask.prompt) is not None


def shielded(ask: Ask, guardrail: Guardrail | None) -> Ask:
    """What is answered instead: `ask` itself where nothing is blocked."""
    if not blocks(guardrail, ask):
        return ask
    return Ask(model=ask.model, prompt=f"echo {MESSAGE}")


def assessment(guardrail: Guardrail, *, blocked: bool) -> JsonObject:
    """`trace.guardrail`: what was found in the prompt."""
    found: JsonObject = {
        "invocationMetrics": {
            "guardrailProcessingLatency": 1,
            "usage": {"wordPolicyUnits": 1},
            "guardrailCoverage": {"textCharacters": {"guarded": 1, "total": 1}},
        }
    }
    if blocked:
        word: JsonObject = {"match": FORBIDDEN_WORD, "action": "BLOCKED", "detected": True}
        found["wordPolicy"] = {"customWords": [word], "managedWordLists": []}
    value: JsonObject = {"inputAssessment": {guardrail.identifier: found}}
    if blocked:
        value["actionReason"] = "Guardrail blocked."
    return value


def invoked(guardrail: Guardrail | None, *, blocked: bool) -> JsonObject:
    """The members that InvokeModel's and chat's answers have of it."""
    if guardrail is None:
        return {}
    value: JsonObject = {"amazon-bedrock-guardrailAction": "INTERVENED" if blocked else "NONE"}
    if guardrail.trace:
        shown: JsonObject = assessment(guardrail, blocked=blocked)
        if "inputAssessment" in shown:
            shown["input"] = shown.pop("inputAssessment")
        value["amazon-bedrock-trace"] = {"guardrail": shown}
    return value
