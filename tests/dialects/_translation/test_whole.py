"""A whole answer as a stream says the same: the law of streams holds, and nothing is missing."""

from detente.canonical.content import (
    Citation,
    Inline,
    Media,
    Native,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from detente.canonical.events import (
    Cited,
    Delta,
    Ended,
    Filtered,
    PartGiven,
    PartStarted,
    PartStopped,
    Started,
    StateGiven,
    Stopped,
    UsageReported,
)
from detente.canonical.response import Choice, ContentFilter, Response
from detente.canonical.usage import Usage
from detente.dialects._translation.whole import events_of

STATE = Opaque(origin="anthropic_messages", value="sig")
FILTER = ContentFilter(dialect="openai_chat", stage="input", name="hate", value=True)
CITATION = Citation(kind="url", url="https://example.com")
IMAGE = Media(kind="image", source=Inline(media_type="image/png", data="aGk="))
NATIVE = Native(dialect="openai_responses", name="compaction", value={})


USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=2)
ANSWER = Response(
    id="r",
    model="m",
    created_s=5,
    service_tier="flex",
    usage=USAGE,
    filters=(FILTER,),
    choices=(
        Choice(
            parts=(
                Reasoning(text="Hm", summary=("One", "Two"), state=STATE, id="rs"),
                Text(text="Hi", citations=(CITATION,)),
                ToolCall(id="c", name="f", arguments="{}", state=STATE),
                ToolCall(id="d", name="g", arguments="free", kind="custom"),
                IMAGE,
                NATIVE,
            ),
            stop="tool_calls",
            filters=(FILTER,),
        ),
        Choice(index=1, parts=(Refusal(text="No"), Text(text="")), stop="refusal"),
        Choice(index=2, parts=(Reasoning(state=STATE),)),
    ),
)
EVENTS = [
    Started(id="r", model="m", created_s=5, service_tier="flex"),
    Filtered(filter=FILTER),
    PartStarted(kind="summary", index=0, id="rs"),
    Delta(kind="summary", index=0, text="One"),
    PartStopped(index=0),
    PartStarted(kind="summary", index=1, id="rs"),
    Delta(kind="summary", index=1, text="Two"),
    PartStopped(index=1),
    PartStarted(kind="reasoning", index=2, id="rs"),
    Delta(kind="reasoning", index=2, text="Hm"),
    StateGiven(index=2, state=STATE),
    PartStopped(index=2),
    PartStarted(kind="text", index=3),
    Delta(kind="text", index=3, text="Hi"),
    Cited(index=3, citation=CITATION),
    PartStopped(index=3),
    PartStarted(kind="tool_call", index=4, id="c", name="f", state=STATE),
    Delta(kind="tool_call", index=4, text="{}"),
    PartStopped(index=4),
    PartStarted(kind="custom_call", index=5, id="d", name="g"),
    Delta(kind="custom_call", index=5, text="free"),
    PartStopped(index=5),
    PartGiven(index=6, part=IMAGE),
    PartGiven(index=7, part=NATIVE),
    Filtered(filter=FILTER, choice=0),
    Stopped(stop="tool_calls"),
    PartStarted(kind="refusal", index=0, choice=1),
    Delta(kind="refusal", index=0, text="No", choice=1),
    PartStopped(index=0, choice=1),
    PartStarted(kind="text", index=1, choice=1),
    PartStopped(index=1, choice=1),
    Stopped(stop="refusal", choice=1),
    PartStarted(kind="reasoning", index=0, choice=2),
    StateGiven(index=0, state=STATE, choice=2),
    PartStopped(index=0, choice=2),
    UsageReported(usage=USAGE, service_tier="flex"),
    Ended(),
]


def test_a_prompt_that_was_blocked_ends_by_a_filter() -> None:
    assert events_of(Response(id="r", model="m", choices=(), filters=(FILTER,))) == [
        Started(id="r", model="m"),
        Filtered(filter=FILTER),
        Stopped(stop="content_filter"),
        Ended(),
    ]


def test_everything_is_said_in_order() -> None:
    assert events_of(ANSWER) == EVENTS
