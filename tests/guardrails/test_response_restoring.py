"""Originals come back in every place of an answer where a stand-in can stand, and in no other."""

import json

import msgspec
import pytest

from detente.canonical.content import (
    Citation,
    Composed,
    Inline,
    Linked,
    Media,
    Native,
    Opaque,
    Part,
    Plain,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    ToolResult,
    Uploaded,
)
from detente.canonical.extras import Extras, Json
from detente.canonical.response import Choice, ContentFilter, Response
from detente.guardrails.response_restoring import ValueRestorer, restored_response
from detente.guardrails.value_rewriting import DEPTH_MAX

NAME = "⟨PERSON_abcdefghijklm⟩"
ANN = 'Ann "A"\n'
ORIGINALS = {NAME: ANN}
RESTORER = ValueRestorer(ORIGINALS)
EXTRAS = Extras(dialect="openai_chat", members={NAME: [NAME, {"a": NAME}]}, spelling={"b": NAME})
RESTORED_EXTRAS = Extras(
    dialect="openai_chat", members={ANN: [ANN, {"a": ANN}]}, spelling={"b": ANN}
)


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        (Text(text=NAME, extras=EXTRAS), Text(text=ANN, extras=RESTORED_EXTRAS)),
        (Refusal(text=NAME, extras=EXTRAS), Refusal(text=ANN, extras=RESTORED_EXTRAS)),
        (
            Reasoning(text=NAME, summary=("x", NAME), extras=EXTRAS),
            Reasoning(text=ANN, summary=("x", ANN), extras=RESTORED_EXTRAS),
        ),
        (
            ToolCall(id=NAME, name=NAME, arguments=json.dumps({NAME: 1}), extras=EXTRAS),
            ToolCall(
                id=NAME,
                name=NAME,
                arguments=json.dumps({ANN: 1}, ensure_ascii=False),
                extras=RESTORED_EXTRAS,
            ),
        ),
        (
            ToolCall(id="1", name="a", arguments=f'"{NAME}', kind="custom"),
            ToolCall(id="1", name="a", arguments=f'"{ANN}', kind="custom"),
        ),
        (
            ToolResult(call_id="1", parts=(Text(text=NAME),), data={"a": NAME}, extras=EXTRAS),
            ToolResult(
                call_id="1", parts=(Text(text=ANN),), data={"a": ANN}, extras=RESTORED_EXTRAS
            ),
        ),
        (
            ToolResult(call_id="1"),
            ToolResult(call_id="1"),
        ),
        (
            Media(kind="document", source=Plain(text=NAME), title=NAME, context=NAME),
            Media(kind="document", source=Plain(text=ANN), title=ANN, context=ANN),
        ),
        (
            Media(kind="document", source=Composed(parts=(Text(text=NAME),)), extras=EXTRAS),
            Media(
                kind="document", source=Composed(parts=(Text(text=ANN),)), extras=RESTORED_EXTRAS
            ),
        ),
        (
            Media(kind="audio", source=Linked(url=f"https://a/{NAME}"), transcript=NAME),
            Media(kind="audio", source=Linked(url=f"https://a/{ANN}"), transcript=ANN),
        ),
        (
            Media(kind="image", source=Inline(media_type="image/png", data=NAME)),
            Media(kind="image", source=Inline(media_type="image/png", data=NAME)),
        ),
        (
            Media(kind="image", source=Uploaded(id=NAME, dialect="openai_chat")),
            Media(kind="image", source=Uploaded(id=NAME, dialect="openai_chat")),
        ),
        (
            Native(dialect="openai_responses", name="x", value={"q": NAME, "n": 1.5, "z": None}),
            Native(dialect="openai_responses", name="x", value={"q": ANN, "n": 1.5, "z": None}),
        ),
    ],
)
def test_every_kind_of_part(part: Part, wanted: Part) -> None:
    assert RESTORER.part(part) == wanted


def test_opaque_state_and_tokens_stay() -> None:
    state = Opaque(origin="anthropic_messages", value=NAME)
    logprobs = (TokenLogprob(token=NAME, logprob=-1.0),)
    part = RESTORER.part(Text(text=NAME, state=state, logprobs=logprobs))
    assert (part.state, part.logprobs) == (state, logprobs)
    assert RESTORER.part(Reasoning(state=state)) == Reasoning(state=state)


def test_a_citation_moves_with_its_text() -> None:
    text = f"{NAME} wrote this of {NAME}."
    cited = Citation(
        kind="url",
        start=text.index("wrote"),
        end=len(text),
        url=f"https://a/{NAME}",
        title=NAME,
        quote=NAME,
        extras=EXTRAS,
    )
    part = RESTORER.part(Text(text=text, citations=(cited, Citation(kind="file"))))
    got = part.citations[0]
    assert part.text[got.start : got.end] == f"wrote this of {ANN}."
    assert (got.url, got.title, got.quote) == (f"https://a/{ANN}", ANN, ANN)
    assert got.extras == RESTORED_EXTRAS
    assert part.citations[1] == Citation(kind="file")


def test_an_answer_that_was_asked_to_be_json() -> None:
    text = json.dumps({"name": NAME})
    structured = ValueRestorer(ORIGINALS, structured=True)
    assert json.loads(structured.part(Text(text=text)).text) == {"name": ANN}
    assert structured.part(Text(text=f'I "{NAME}"')).text == f'I "{ANN}"'
    assert RESTORER.part(Text(text=f'{{"{NAME}"}}')).text == f'{{"{ANN}"}}'


def test_json_in_a_string_of_a_dialect_s_own_value_stays_json() -> None:
    value = RESTORER.value({"arguments": json.dumps({"to": NAME}), "text": f"{{{NAME}"})
    assert isinstance(value, dict)
    assert json.loads(str(value["arguments"])) == {"to": ANN}
    assert value["text"] == f"{{{ANN}"


def test_values_are_looked_into_to_a_named_depth() -> None:
    value: Json = NAME
    for _ in range(DEPTH_MAX + 1):
        value = [value]
    assert RESTORER.value(value) == value
    deep = RESTORER.value(value[0]) if isinstance(value, list) else None
    assert ANN.encode() == msgspec.json.decode(msgspec.json.encode(deep).strip(b"[]")).encode()


def test_a_whole_answer() -> None:
    said = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value={"m": NAME})
    choice = Choice(
        parts=(Text(text=NAME), Text(text="")),
        stop="stop_sequence",
        stop_sequence=NAME,
        stop_detail=NAME,
        filters=(said,),
        extras=EXTRAS,
    )
    response = Response(id=NAME, model=NAME, choices=(choice,), filters=(said,), extras=EXTRAS)
    got = restored_response(response, ORIGINALS)
    answer = got.choices[0]
    assert (got.id, got.model, got.extras) == (NAME, NAME, RESTORED_EXTRAS)
    assert answer.parts == (Text(text=ANN), Text(text=""))
    assert (answer.stop_sequence, answer.stop_detail) == (ANN, ANN)
    assert answer.filters[0].value == got.filters[0].value == {"m": ANN}
    assert restored_response(response, {}) == response
