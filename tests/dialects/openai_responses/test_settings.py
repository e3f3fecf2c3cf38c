"""The answer's form and thinking, both ways."""

import pytest

from detente.canonical.extras import Extras, Obj
from detente.canonical.request import Option, OutputFormat, ReasoningControl, Request
from detente.dialects._codec.losses import Losses
from detente.dialects.openai_responses.settings import (
    format_of,
    format_wire,
    nested,
    reasoning_of,
    reasoning_wire,
    rest_under,
    text_wire,
)


@pytest.mark.parametrize(
    "wire",
    [
        {"type": "text"},
        {"type": "json_object", "strict": None, "new": 1},
        {"type": "json_schema", "name": "a", "schema": {}, "strict": True, "description": "d"},
        {"type": "json_schema"},
        {"type": "text", "name": "odd", "strict": False},
    ],
)
def test_forms_come_back(wire: Obj) -> None:
    options: list[Option] = []
    form = format_of(wire, options)
    assert form is not None
    assert format_wire(form, Losses()) == wire
    assert options == []


def test_an_unknown_form_is_an_option() -> None:
    options: list[Option] = []
    assert format_of({"type": "grammar"}, options) is None
    assert [(one.name, one.severity) for one in options] == [("text.format", "refuse")]


def test_a_foreign_schema_gets_a_name_and_its_unknown_members_are_named() -> None:
    losses = Losses()
    form = OutputFormat(
        kind="json_schema", extras=Extras(dialect="openai_chat", members={"new": 1})
    )
    assert format_wire(form, losses) == {
        "type": "json_schema",
        "name": "answer",
        "schema": {"type": "object"},
    }
    assert [str(loss) for loss in losses.found] == ["unknown_member@output_format.new"]


@pytest.mark.parametrize(
    "wire",
    [
        {"effort": "minimal", "summary": "concise"},
        {"effort": None, "summary": None},
        {"generate_summary": "auto"},
        {"generate_summary": "auto", "summary": "detailed", "new": 1},
        {"effort": "none"},
    ],
)
def test_thinking_comes_back(wire: Obj) -> None:
    losses = Losses()
    assert reasoning_wire(reasoning_of(wire, []), losses) == wire
    assert losses.found == []


def test_what_only_this_api_has_of_thinking_is_an_option() -> None:
    options: list[Option] = []
    control = reasoning_of({"effort": "ultra", "mode": "pro", "context": "all_turns"}, options)
    assert control.effort is None
    assert [one.name for one in options] == [
        "reasoning.context",
        "reasoning.mode",
        "reasoning.effort",
    ]


@pytest.mark.parametrize(
    ("tokens", "effort"), [(0, "low"), (2_048, "low"), (2_049, "medium"), (16_385, "high")]
)
def test_a_budget_is_likened_to_an_effort(tokens: int, effort: str) -> None:
    losses = Losses()
    assert reasoning_wire(ReasoningControl(budget_tokens=tokens), losses) == {"effort": effort}
    assert [str(loss) for loss in losses.found] == ["reasoning_control@reasoning.budget_tokens"]


def test_text_is_form_and_verbosity() -> None:
    request = Request(model="m", turns=())
    assert text_wire(request, Losses()) is None
    said = Request(
        model="m", turns=(), verbosity="low", output_format=OutputFormat(kind="json_object")
    )
    assert text_wire(said, Losses()) == {"format": {"type": "json_object"}, "verbosity": "low"}


def test_members_of_members() -> None:
    target: Obj = {"text": {"a": 1}, "other": 7}
    nested(target, "text.format", 2)
    nested(target, "reasoning.mode", "pro")
    nested(target, "other.x", 1)
    assert target == {"text": {"a": 1, "format": 2}, "reasoning": {"mode": "pro"}, "other": 7}
    members: Obj = {}
    spelling: Obj = {}
    rest_under("text", None, members, spelling)
    assert (members, spelling) == ({}, {})
    found = Extras(dialect="openai_responses", members={"a": 1}, spelling={"b": None})
    rest_under("text", found, members, spelling)
    assert (members, spelling) == ({"text": {"a": 1}}, {"text": {"b": None}})
