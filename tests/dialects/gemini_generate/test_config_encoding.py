"""How an answer is to be made, as Google's API is told."""

from typing import Any

import pytest

from detente.canonical.extras import Obj
from detente.canonical.request import (
    OutputFormat,
    ReasoningControl,
)
from tests.dialects.gemini_generate.foreign import SCHEMA, asked, encoded


def test_a_schema_for_the_answer_takes_its_name_along() -> None:
    form = OutputFormat(
        kind="json_schema", name="Sum", description="a sum", schema=SCHEMA, strict=True
    )
    body, losses = encoded(asked(output_format=form))
    assert body["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": {"title": "Sum", "description": "a sum", **SCHEMA},
    }
    assert losses == []


def test_a_name_beside_a_schemas_title_is_lost() -> None:
    schema: Obj = {**SCHEMA, "title": "Total"}
    form = OutputFormat(kind="json_schema", name="Sum", schema=schema)
    body, losses = encoded(asked(output_format=form))
    assert body["generationConfig"]["responseJsonSchema"] == schema
    assert losses == [("json_schema", "output_format.name")]


@pytest.mark.parametrize(
    ("kind", "media_type"), [("json_object", "application/json"), ("text", "text/plain")]
)
def test_forms_without_a_schema(kind: Any, media_type: str) -> None:
    body, losses = encoded(asked(output_format=OutputFormat(kind=kind)))
    assert body["generationConfig"] == {"responseMimeType": media_type}
    assert losses == []


@pytest.mark.parametrize(
    ("control", "config", "losses"),
    [
        (ReasoningControl(effort="high"), {"thinkingLevel": "HIGH"}, []),
        (ReasoningControl(effort="none"), {"thinkingBudget": 0}, []),
        (ReasoningControl(enabled=False), {"thinkingBudget": 0}, []),
        (
            ReasoningControl(effort="low", summary="auto"),
            {"includeThoughts": True, "thinkingLevel": "LOW"},
            [],
        ),
        (
            ReasoningControl(effort="max", summary="detailed"),
            {"includeThoughts": True, "thinkingLevel": "XHIGH"},
            ["reasoning.effort", "reasoning.summary"],
        ),
        (ReasoningControl(enabled=True, budget_tokens=2048), {"thinkingBudget": 2048}, []),
        (
            ReasoningControl(adaptive=True, visible=True),
            {"includeThoughts": True, "thinkingBudget": -1},
            [],
        ),
        (
            ReasoningControl(budget_tokens=9, effort="medium"),
            {"thinkingLevel": "MEDIUM"},
            ["reasoning.budget_tokens"],
        ),
    ],
)
def test_how_much_to_think(
    control: ReasoningControl, config: dict[str, Any], losses: list[str]
) -> None:
    body, lost = encoded(asked(reasoning=control))
    assert body["generationConfig"] == {"thinkingConfig": config}
    assert lost == [("reasoning_control", path) for path in losses]
