"""Every blocked case, through the real encoders, as the official client of every dialect reads it.

A request is an error; an answer is the dialect's own refusal, whole and cut off after any event; in
dialects without a word for it an error, never an end that looks like the model's own.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import ollama
import pytest
from tests.dialects.oci_chat.bodies import COHERE_REQUEST
from tests.guardrails.clients import clients
from tests.pairs.translating import ASKED

from detente.canonical.content import Reasoning, Text, ToolCall
from detente.canonical.events import (
    Delta,
    Ended,
    Event,
    Failed,
    PartGiven,
    PartStarted,
    PartStopped,
    Started,
    Stopped,
    UsageReported,
)
from detente.canonical.evidence import FAILED, UNREAD
from detente.canonical.extras import Extras
from detente.canonical.failure import Failure
from detente.canonical.guardrail import Screened, Stage
from detente.canonical.model import Dialect
from detente.canonical.request import Request
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.dialects import CODECS, codec_of, spec_of
from detente.dialects.codec import Codec, Reply
from detente.guardrails.blocking import (
    CHOICES_MAX,
    WORDLESS,
    GuardrailRefusal,
    StreamBlocker,
    StreamEnd,
    blocked_response,
    has_word,
    refusal_of,
)

SECRET: Final = "4929-1111"
USAGE: Final = Usage(uncached_input_tokens=7, visible_output_tokens=3)
BODIES: Final[dict[Dialect, dict[str, object]]] = {
    **ASKED,
    "openai_completions": {"model": "m", "prompt": "hi"},
    "cohere_chat": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "ollama_chat": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "oci_chat": {
        "compartmentId": "c",
        "servingMode": {"servingType": "ON_DEMAND", "modelId": "m"},
        "chatRequest": {
            "apiFormat": "GENERIC",
            "messages": [{"role": "USER", "content": [{"type": "TEXT", "text": "hi"}]}],
            "streamOptions": {"isIncludeUsage": True},
        },
    },
}
STOPS: Final = {"anthropic_messages": "refusal"}
DIALECTS: Final[list[Dialect]] = [codec.name for codec in CODECS]
WORDED: Final = [name for name in DIALECTS if name not in WORDLESS]


def codec(name: Dialect) -> Codec:
    found = codec_of(name)
    assert found is not None
    return found


def reply(name: Dialect) -> Reply:
    body = json.dumps(BODIES[name]).encode()
    in_path = name in ("gemini_generate", "bedrock_converse")
    request = codec(name).decode_request(body, model="m" if in_path else None)
    return Reply(request=request, request_id="req_1", now_s=7)


def screened(
    category: str = "secret", *, stage: Stage = "output", policy: str = "p", count: int = 1
) -> Screened:
    return Screened(
        policy=policy,
        stage=stage,
        detector="d",
        category=category,
        treatment="block",
        count=count,
    )


REFUSAL: Final = refusal_of([screened()])


# What is told.


@pytest.mark.parametrize(
    ("found", "message", "blame"),
    [
        ([screened("email", stage="input"), screened("iban", stage="input")],
         "policy `p` blocks the request for `email`, `iban`; take it out", "client"),
        ([screened("hate")],
         "policy `p` blocks the answer for `hate`; ask for something else", "client"),
        ([screened(UNREAD, stage="input", count=0)],
         "policy `p` blocks parts of the request that cannot be looked at; send text only",
         "client"),
        ([screened(UNREAD, count=0)],
         "policy `p` blocks parts of the answer that cannot be looked at; ask for text only",
         "client"),
        ([screened(FAILED, stage="input", count=0)],
         "policy `p` blocks the request, since `d` could not look at it; try again later", "ours"),
        ([screened(FAILED, count=0), screened("hate")],
         "policy `p` blocks the answer for `hate`; ask for something else", "client"),
        ([screened("hate", policy="")],
         "the platform blocks the answer for `hate`; ask for something else", "client"),
        ([screened("a", policy="first"), screened("b", policy="other")],
         "policy `first` blocks the answer for `a`; ask for something else", "client"),
        ([screened(str(n)) for n in range(7)],
         "policy `p` blocks the answer for `0`, `1`, `2`, `3`, `4` and 2 more; ask for something"
         " else", "client"),
        ([], "a policy on content blocks this; ask otherwise", "client"),
    ],
)  # fmt: skip
def test_the_sentence(found: Sequence[Screened], message: str, blame: str) -> None:
    failure = refusal_of(found).failure
    assert (failure.message, failure.blame) == (message, blame)
    assert (failure.code, failure.status) == ("guardrail_blocked", 403)


def test_what_was_not_blocked_is_not_named() -> None:
    flagged = Screened(
        policy="q", stage="output", detector="d", category="x", treatment="flag", count=1
    )
    assert "`x`" not in refusal_of([flagged, screened("hate")]).failure.message


# A request, before anything was sent.


@pytest.mark.parametrize("name", DIALECTS)
def test_a_blocked_request_is_an_error_of_the_clients_api(name: Dialect) -> None:
    refusal = refusal_of([screened("email", stage="input")])
    body = spec_of(name).error_body(refusal.failure, request_id="req_1", decision_id="d1")
    assert b"guardrail_blocked" in body
    status, message = clients()[name].error(403, body)
    assert status == 403
    assert message.startswith(refusal.failure.message)


# An answer that came whole.


def whole(name: Dialect) -> Response:
    """An answer that came in the client's own dialect, with all that could give it away."""
    text = Text(text=f"the card is {SECRET}")
    call = ToolCall(id="c1", name="pay", arguments=json.dumps({"card": SECRET}))
    said = ContentFilter(dialect=name, stage="output", name="trace", value={"match": SECRET})
    extras = Extras(dialect=name, members={"quoted": SECRET}, spelling={"status": "completed"})
    return Response(
        id="r1",
        model="m",
        choices=(
            Choice(
                parts=(Reasoning(text=SECRET), text, call),
                stop="tool_calls",
                filters=(said,),
                extras=extras,
            ),
        ),
        origin=name,
        created_s=5,
        usage=USAGE,
        filters=(said,),
        extras=extras,
    )


@pytest.mark.parametrize("name", WORDED)
def test_a_blocked_answer_is_the_dialects_own_refusal(name: Dialect) -> None:
    blocked = blocked_response(whole(name), REFUSAL, worded=True)
    assert isinstance(blocked, Response)
    body = codec(name).encode_response(blocked, reply(name)).body
    assert SECRET.encode() not in body
    told = clients()[name].whole(body)
    assert (told.text, told.calls, told.reasoning) == ("", (), "")
    assert told.stop == STOPS.get(name, "content_filter")
    if told.usage is not None:
        assert (told.usage.input_tokens, told.usage.output_tokens) == (7, 3)


def test_every_choice_is_blocked() -> None:
    answer = Response(
        id="r", model="m", choices=tuple(Choice(index=n, parts=()) for n in (0, 1)), usage=USAGE
    )
    blocked = blocked_response(answer, REFUSAL, worded=True)
    assert isinstance(blocked, Response)
    assert [(one.index, one.stop) for one in blocked.choices] == [
        (0, "content_filter"),
        (1, "content_filter"),
    ]
    none = blocked_response(Response(id="r", model="m", choices=()), REFUSAL, worded=True)
    assert isinstance(none, Response)
    assert len(none.choices) == 1


@pytest.mark.parametrize("name", sorted(WORDLESS))
def test_without_a_word_a_blocked_answer_is_an_error(name: Dialect) -> None:
    failure = blocked_response(whole(name), REFUSAL, worded=has_word(name, None))
    assert isinstance(failure, Failure)
    body = spec_of(name).error_body(failure, request_id="req_1", decision_id=None)
    assert clients()[name].error(failure.status, body)[0] == 403


# An answer that is being streamed.

START: Final = Started(id="r1", model="m", created_s=5)
STREAM: Final[tuple[Event, ...]] = (
    START,
    PartStarted(kind="reasoning", index=0),
    Delta(kind="reasoning", index=0, text="hm"),
    PartStopped(index=0),
    PartStarted(kind="text", index=1),
    Delta(kind="text", index=1, text="I "),
    Delta(kind="text", index=1, text="look."),
    PartStopped(index=1),
    PartStarted(kind="tool_call", index=2, id="c1", name="weather"),
    Delta(kind="tool_call", index=2, text='{"city"'),
    Delta(kind="tool_call", index=2, text=':"Oslo"}'),
    PartStopped(index=2),
    PartStarted(kind="tool_call", index=3, id="c2", name="time"),
    Delta(kind="tool_call", index=3, text='{"a'),
)
"""Of which any beginning may have gone to the client."""
TALK: Final[tuple[Event, ...]] = (
    START,
    PartStarted(kind="text", index=0),
    Delta(kind="text", index=0, text="I "),
    Delta(kind="text", index=0, text="look."),
    PartStopped(index=0),
)
"""What a dialect without tools or thoughts can say."""


def ended_after(sent: Sequence[Event], *, worded: bool = True) -> StreamEnd:
    blocker = StreamBlocker(worded=worded)
    blocker.follow(sent)
    return blocker.ended(REFUSAL, start=START, usage=UsageReported(usage=USAGE))


def read_blocked(name: Dialect, sent: Sequence[Event]) -> Any:
    """What a client is told whose stream was blocked after `sent`."""
    encoder = codec(name).stream_encoder(reply(name))
    body = b"".join(encoder.feed([event]) for event in sent)
    end = ended_after(sent)
    assert end.failure is None
    return clients()[name].streamed(body + encoder.feed(end.events))


@pytest.mark.parametrize("name", WORDED)
def test_a_stream_blocked_after_any_event_is_complete_and_refused(name: Dialect) -> None:
    script = TALK if name == "openai_completions" else STREAM
    for count in range(len(script) + 1):
        sent = script[:count]
        told = read_blocked(name, sent)
        assert told.stop == STOPS.get(name, "content_filter"), count
        text = "".join(e.text for e in sent if isinstance(e, Delta) and e.kind == "text")
        assert told.text == text, count
        if told.usage is not None:
            assert told.usage.output_tokens == 3, count


@pytest.mark.parametrize("name", ["gemini_generate", "oci_chat"])
def test_a_call_that_was_cut_off_is_no_call(name: Dialect) -> None:
    """Google's clients call whatever functions they are told of, without asking why it ended."""
    for count in range(len(STREAM) + 1):
        sent = STREAM[:count]
        whole_ones = {e.index for e in sent if isinstance(e, PartStopped)} & {2, 3}
        told = read_blocked(name, sent)
        if name == "gemini_generate":
            assert [call[1] for call in told.calls] == ["weather"] * len(whole_ones), count


def test_a_call_that_waits_for_one_that_was_cut_off_is_given() -> None:
    sent = (
        START,
        PartStarted(kind="tool_call", index=0, id="c1", name="open"),
        PartStarted(kind="tool_call", index=1, id="c2", name="whole"),
        Delta(kind="tool_call", index=0, text='{"a'),
        Delta(kind="tool_call", index=1, text="{}"),
        PartStopped(index=1),
    )
    assert [call[1] for call in read_blocked("gemini_generate", sent).calls] == ["whole"]


def test_a_call_that_was_cut_off_before_its_arguments_is_not_one_without_arguments() -> None:
    sent = (START, PartStarted(kind="tool_call", index=0, id="c1", name="wipe"))
    encoder = codec("openai_responses").stream_encoder(reply("openai_responses"))
    body = encoder.feed(sent) + encoder.feed(ended_after(sent).events)
    last = json.loads(body.rstrip().rsplit(b"data: ", 1)[1])
    (item,) = last["response"]["output"]
    assert (item["arguments"], item["status"]) == ("", "incomplete")


@pytest.mark.parametrize("name", sorted(WORDLESS))
@pytest.mark.parametrize("count", [0, 1, 7, len(STREAM)])
def test_without_a_word_a_stream_ends_in_an_error(name: Dialect, count: int) -> None:
    sent = STREAM[:count]
    end = ended_after(sent, worded=has_word(name, None))
    assert end.events == ()
    assert end.failure is not None
    encoder = codec(name).stream_encoder(reply(name))
    body = b"".join(encoder.feed([event]) for event in sent)
    body += encoder.fail(end.failure, request_id="req_1")
    if name == "ollama_chat":
        with pytest.raises(ollama.ResponseError, match="policy `p` blocks the answer"):
            clients()[name].streamed(body)
    else:
        assert clients()[name].streamed(body).stop == "error"


def test_oracles_form_of_cohere_has_no_word_either() -> None:
    coheres = codec("oci_chat").decode_request(COHERE_REQUEST, model=None)
    assert not has_word("oci_chat", coheres)
    assert has_word("oci_chat", reply("oci_chat").request)
    assert has_word("oci_chat", None)
    assert has_word("openai_chat", coheres), "the mark is Oracle's"


def test_each_choice_that_has_not_ended_is_ended() -> None:
    sent: list[Event] = [
        START,
        PartStarted(kind="text", index=0, choice=1),
        PartGiven(part=Text(text="hi"), index=0, choice=2),
        Stopped(stop="end", choice=0),
    ]
    assert ended_after(sent).events == (
        PartStopped(index=0, choice=1),
        Stopped(stop="content_filter", choice=1),
        Stopped(stop="content_filter", choice=2),
        UsageReported(usage=USAGE),
        Ended(),
    )


def test_more_choices_than_anybody_asks_for_can_only_fail() -> None:
    many: list[Event] = [Stopped(stop="end", choice=number) for number in range(CHOICES_MAX - 1)]
    last = PartStarted(kind="text", index=0, choice=CHOICES_MAX)
    assert Stopped(stop="content_filter", choice=CHOICES_MAX) in ended_after([*many, last]).events
    more = [Stopped(stop="end", choice=2 * CHOICES_MAX + number) for number in range(9)]
    assert ended_after([*many, last, *more]).failure == REFUSAL.failure


def test_an_answer_that_has_said_why_it_ended_can_only_fail() -> None:
    end = ended_after([*STREAM[:8], Stopped(stop="end")])
    assert (end.events, end.failure) == ((), REFUSAL.failure)


def test_the_usage_so_far_is_told_where_no_other_is_known() -> None:
    blocker = StreamBlocker(worded=True)
    blocker.follow([START, UsageReported(usage=USAGE)])
    assert UsageReported(usage=USAGE) in blocker.ended(REFUSAL).events
    fresh = StreamBlocker(worded=True).ended(REFUSAL).events
    assert [type(one) for one in fresh] == [Started, Stopped, Ended]


@pytest.mark.parametrize("last", [Ended(), Failed(code="c", message="m")])
def test_nothing_follows_the_end(last: Event) -> None:
    blocker = StreamBlocker(worded=True)
    blocker.follow([START, last])
    assert blocker.ended(REFUSAL) == StreamEnd()
    again = StreamBlocker(worded=True)
    assert again.ended(REFUSAL).events
    assert again.ended(REFUSAL) == StreamEnd()


def test_every_dialect_has_been_tried() -> None:
    assert set(clients()) == set(DIALECTS) == set(BODIES)
    assert isinstance(REFUSAL, GuardrailRefusal)
    assert isinstance(reply("openai_chat").request, Request)
