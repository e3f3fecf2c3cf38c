"""Simulated guardrails of Amazon Bedrock: one word is forbidden by each of them.

Asked without a model (`applied`), they also find harms by their words.

Every id is a guardrail's, in every version, so that any configuration can have one, but for ids
that begin with `gone` and for version 404. Says what it found as Amazon does, in a trace where one
is wanted.

>>> shielded(Ask(model="m", prompt="say abracadabra"), read("gr1", "1")).prompt
'echo Sorry, the model cannot answer this question.'
"""

import re
from typing import Final, Literal

import msgspec

from detente.simulator.composition import Ask
from detente.simulator.exchange import JsonObject, Reply, RequestError, decode_body, json_reply
from detente.simulator.harms import harms_in, is_attack

FORBIDDEN_WORD: Final = "abracadabra"
MESSAGE: Final = "Sorry, the model cannot answer this question."
INTERVENED: Final = "guardrail_intervened"

CONTENT: Final = {
    "harassment": "INSULTS",
    "hate": "HATE",
    "illicit": "MISCONDUCT",
    "sexual": "SEXUAL",
    "violence": "VIOLENCE",
}
"""What Amazon calls the harms that it knows."""

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


class Text(msgspec.Struct, frozen=True):
    """A text; its qualifiers change nothing here."""

    text: str
    qualifiers: list[str] = []


class Block(msgspec.Struct, frozen=True):
    """One of the texts to look at."""

    text: Text


class Body(msgspec.Struct, frozen=True):
    """What ApplyGuardrail is asked."""

    source: Literal["INPUT", "OUTPUT"]
    content: list[Block]


def applied(identifier: str, version: str, body: bytes) -> Reply:
    """The answer of ApplyGuardrail; raises `RequestError`."""
    try:
        asked = read(identifier, version)
    except RequestError as fault:
        raise RequestError(404, fault.message) from None
    given = decode_body(body, Body)
    texts = [block.text.text for block in given.content]
    assert asked is not None  # both are in the path
    found = _assessed("\n".join(texts), given.source)
    characters = sum(map(len, texts))
    units = {
        "topicPolicyUnits": 0,
        "contentPolicyUnits": -(-characters // 1_000),
        "wordPolicyUnits": -(-characters // 1_000),
        "sensitiveInformationPolicyUnits": 0,
        "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": 0,
    }
    coverage = {"textCharacters": {"guarded": characters, "total": characters}}
    value: JsonObject = {
        "usage": units,
        "action": "GUARDRAIL_INTERVENED" if found else "NONE",
        "outputs": [{"text": MESSAGE}] if found else [],
        "assessments": [{**found, "invocationMetrics": {"guardrailProcessingLatency": 1}}],
        "guardrailCoverage": coverage,
    }
    if found:
        value["actionReason"] = "Guardrail blocked."
    return json_reply(value)


def _assessed(text: str, source: str) -> JsonObject:
    """What is found in a text, by policy."""
    kinds = [CONTENT[harm] for harm in harms_in(text) if harm in CONTENT]
    if source == "INPUT" and is_attack(text):
        kinds.append("PROMPT_ATTACK")
    found: JsonObject = {}
    if kinds:
        same = {"confidence": "HIGH", "filterStrength": "HIGH", "action": "BLOCKED"}
        found["contentPolicy"] = {
            "filters": [{"type": kind, **same, "detected": True} for kind in kinds]
        }
    if _WORD.search(text):
        word: JsonObject = {"match": FORBIDDEN_WORD, "action": "BLOCKED", "detected": True}
        found["wordPolicy"] = {"customWords": [word], "managedWordLists": []}
    return found


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
