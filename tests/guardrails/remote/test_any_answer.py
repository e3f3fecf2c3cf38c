"""Whatever answers, a remote detector gives a verdict or fails: nothing else comes of it."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.canonical.safety import RAW_CHARACTERS_MAX
from detente.canonical.safety_words import MODERATION
from detente.guardrails.detector_error import DetectorError
from detente.guardrails.remote import GuardModel, RemoteDetector, RemoteKind, RemoteSetting
from detente.guardrails.remote import made_remote as made

SETTINGS: dict[RemoteKind, RemoteSetting] = {
    "openai_moderation": RemoteSetting(kind="openai_moderation", name="d"),
    "azure_content_safety": RemoteSetting(
        kind="azure_content_safety",
        name="d",
        analyses=("harm", "prompt_attack"),
        blocklists=("products",),
    ),
    "bedrock_guardrail": RemoteSetting(kind="bedrock_guardrail", name="d", guardrail="gr1"),
    "model": RemoteSetting(kind="model", name="d"),
}
ANSWERS: list[dict[str, Any]] = [
    {
        "id": "m",
        "model": "m",
        "results": [
            {
                "flagged": True,
                "categories": dict.fromkeys(MODERATION, True),
                "category_scores": dict.fromkeys(MODERATION, 0.9),
            }
        ],
    },
    {
        "categoriesAnalysis": [
            {"category": name, "severity": 4} for name in ("Hate", "SelfHarm", "Sexual", "Violence")
        ],
        "blocklistsMatch": [{"blocklistName": "n" * 200}],
    },
    {"userPromptAnalysis": {"attackDetected": True}, "documentsAnalysis": [{"attackDetected": 1}]},
    {
        "action": "GUARDRAIL_INTERVENED",
        "usage": {"contentPolicyUnits": 1},
        "assessments": [
            {
                "contentPolicy": {"filters": [{"type": "HATE", "action": "BLOCKED"}]},
                "topicPolicy": {"topics": [{"name": "t" * 200, "action": "BLOCKED"}]},
                "automatedReasoningPolicy": {"findings": [{"invalid": {}}]},
            }
        ],
    },
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
REMOTE = [name for name in SETTINGS if name != "model"]


def detector_of(kind: str) -> RemoteDetector:
    """A detector with everything that it can be told."""
    detector = made(SETTINGS[kind])  # pyright: ignore[reportArgumentType] -- a key of the table
    assert not isinstance(detector, GuardModel)
    return detector


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every member and item of a decoded answer, by what holds it and its key."""
    held: list[tuple[Any, Any]] = []
    keys: list[Any] = []
    if hasattr(value, "keys"):
        keys = list(value.keys())
    elif hasattr(value, "append"):
        keys = list(range(len(value)))
    for key in keys:
        held.append((value, key))
        held += places(value[key])
    return held


def judge(kind: str, body: bytes) -> None:
    """A verdict in our words, or the one error."""
    detector = detector_of(kind)
    for ask in detector.asks(("hello",), "input"):
        try:
            signals = detector.verdict(ask, 200, body)
        except DetectorError:
            continue
        assert all(len(one.raw) <= RAW_CHARACTERS_MAX for one in signals)
        assert all(one.action == "flagged" and one.stage == "input" for one in signals)


@pytest.mark.parametrize("kind", REMOTE)
@given(body=st.binary(max_size=50))
def test_any_bytes(kind: str, body: bytes) -> None:
    judge(kind, body)


@pytest.mark.parametrize("kind", REMOTE)
@given(answer=st.sampled_from(ANSWERS), data=st.data())
def test_any_change_of_an_answer(kind: str, answer: dict[str, Any], data: st.DataObject) -> None:
    changed = copy.deepcopy(answer)
    holder, key = data.draw(st.sampled_from(places(changed)))
    if data.draw(st.booleans()):
        holder[key] = data.draw(VALUES)
    else:
        del holder[key]
    judge(kind, json.dumps(changed).encode())


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_kind_is_made_with_its_name_and_stages(kind: RemoteKind) -> None:
    detector = made(SETTINGS[kind])
    assert (detector.name, detector.stages) == ("d", ("input",))
    assert detector.categories
