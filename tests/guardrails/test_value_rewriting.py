"""Every text of every value is given to the rewriter, once, in the form that it has."""

import json

import pytest

from detente.canonical.content import (
    Citation,
    Inline,
    Linked,
    Media,
    Native,
    Part,
    Reasoning,
    Refusal,
    Text,
    TokenLogprob,
    ToolCall,
    Uploaded,
)
from detente.canonical.events import PartKind
from detente.canonical.extras import Json
from detente.canonical.response import Choice, ContentFilter, Response
from detente.guardrails.restoring import Form
from detente.guardrails.value_rewriting import (
    DEPTH_MAX,
    Spoken,
    ValueRewriter,
    form_of,
    is_encoded,
)

LONG = "QUJD" * 200


class Noted(ValueRewriter):
    """Notes what it is given, and shouts."""

    def __init__(self, *, structured: bool = False) -> None:
        super().__init__(structured=structured)
        self.given: list[tuple[str, str]] = []
        self.kinds: list[str] = []

    def rewritten(self, form: Form, text: str) -> str:
        """In capitals."""
        self.given.append((form, text))
        return text.upper()

    def spoken(self, form: Form, text: str, logprobs: tuple[TokenLogprob, ...]) -> Spoken:
        """In capitals, all one place later."""

        def later(offset: int, *, is_end: bool = False) -> int:
            return offset + (2 if is_end else 1)

        return Spoken(text=self.rewritten(form, text), logprobs=logprobs[1:], moved=later)

    def unseen(self, kind: str) -> None:
        """Noted."""
        self.kinds.append(kind)


def test_an_answer_s_words_and_what_each_is() -> None:
    noted = Noted(structured=True)
    choice = Choice(
        parts=(
            Text(text="a", logprobs=(TokenLogprob(token="a", logprob=0.0),)),
            Refusal(text="b"),
            Reasoning(text="c", summary=("d",)),
            ToolCall(id="1", name="n", arguments="{}"),
            ToolCall(id="1", name="n", arguments="e", kind="custom"),
            ToolCall(id="1", name="n", arguments=""),
        ),
        stop_sequence="f",
        stop_detail="",
    )
    made = noted.response(Response(id="i", model="m", choices=(choice,)))
    assert sorted(noted.given) == [
        ("json", "{}"),
        ("json_or_text", "a"),
        *(("text", word) for word in "bcdef"),
    ]
    text = made.choices[0].parts[0]
    assert isinstance(text, Text)
    assert (text.text, text.logprobs, made.id) == ("A", (), "i")


def test_values_are_taken_string_by_string_and_json_as_json() -> None:
    noted = Noted()
    inner = json.dumps({"x": 1})
    native = Native(
        dialect="openai_responses", name="x", value={"k": ["v", inner, " {no", 1, None, {"l": "w"}]}
    )
    made = noted.part(native)
    assert made.value == {"K": ["V", inner.upper(), " {NO", 1, None, {"L": "W"}]}
    assert ("json", inner) in noted.given
    assert ("text", " {no") in noted.given


def test_json_that_nests_too_deep_to_be_read_is_words() -> None:
    noted = Noted()
    deep = "[" * 100_000
    assert noted.string(deep) == deep
    assert noted.given == [("text", deep)]


@pytest.mark.parametrize(
    ("name", "value", "stays"),
    [
        ("encrypted_content", LONG, True),
        ("encrypted_content", "abc", False),
        ("encrypted_content", "ann " * 200, False),
        ("content", LONG, False),
    ],
)
def test_a_platform_s_own_state_stays(name: str, value: str, stays: bool) -> None:
    made = Noted().object({"a": {name: value}})["A"]
    assert made == {name.upper(): value if stays else value.upper()}


@pytest.mark.parametrize(
    ("media", "kinds"),
    [
        (Media(kind="image", source=Inline(media_type="image/png", data="QQ==")), ["image"]),
        (Media(kind="video", source=Linked(url="https://a")), ["video"]),
        (Media(kind="audio", source=Uploaded(id="1", dialect="openai_chat")), ["audio"]),
    ],
)
def test_what_holds_no_text_is_told(media: Part, kinds: list[str]) -> None:
    noted = Noted()
    noted.part(media)
    assert noted.kinds == kinds


def test_what_lies_too_deep_is_told() -> None:
    noted = Noted()
    value: Json = "a"
    for _ in range(DEPTH_MAX):
        value = [value]
    assert noted.value(value) != value
    assert noted.kinds == []
    assert noted.value([value]) == [value]
    assert noted.kinds == ["unknown"]


def test_citations_move_with_the_text_and_others_stay() -> None:
    noted = Noted()
    cited = Citation(kind="url", title="t", start=3, end=5)
    part = noted.part(Text(text="x", citations=(cited, Citation(kind="file"))))
    assert (part.citations[0].start, part.citations[0].end, part.citations[0].title) == (4, 7, "T")
    assert part.citations[1] == Citation(kind="file")
    assert (noted.citation(cited).start, noted.citation(cited).end) == (3, 5)


def test_a_filter_s_words() -> None:
    said = ContentFilter(dialect="bedrock_converse", stage="output", name="x", value={"m": "a"})
    assert Noted().filter(said).value == {"M": "A"}


@pytest.mark.parametrize(
    ("kind", "form"),
    [("text", "json_or_text"), ("tool_call", "json"), ("summary", "text"), ("audio", "text")],
)
def test_the_form_of_each_kind_of_part(kind: PartKind, form: Form) -> None:
    assert form_of(kind, "json_or_text") == form


def test_long_base64_is_no_text() -> None:
    assert is_encoded(LONG)
    assert not is_encoded(LONG[:500])
    assert not is_encoded("and so " * 200)
