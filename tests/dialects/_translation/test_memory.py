"""What a client cannot hand back is found in answers, and put back only where it is missing."""

from detente.canonical.content import Opaque, Reasoning, Text, ToolCall, ToolResult, Turn
from detente.canonical.events import Delta, Ended, PartStarted, PartStopped, StateGiven
from detente.canonical.request import Request
from detente.canonical.response import Choice, Response
from detente.dialects._translation.blobs import lifted
from detente.dialects._translation.memory import (
    Memory,
    Watcher,
    called_ids,
    laid_back_in,
    memory_of,
    reminded,
)
from detente.dialects._translation.whole import events_of

STATE = Opaque(origin="anthropic_messages", value="sig")
SIGNED = Opaque(origin="gemini_generate", value="c2ln")
THOUGHT = Reasoning(text="Hm", summary=("Briefly",), state=STATE)
CALL = ToolCall(id="c1", name="f", arguments="{}")


def answer(*parts: object) -> Response:
    return Response(id="r", model="m", choices=(Choice(parts=parts),))  # pyright: ignore[reportArgumentType] -- parts of a table


def conversation(*parts: object) -> Request:
    return Request(
        model="m",
        turns=(
            Turn(role="user", parts=(Text(text="hi"),)),
            Turn(role="assistant", parts=parts),  # pyright: ignore[reportArgumentType] -- as above
            Turn(role="tool", parts=(ToolResult(call_id="c1"),)),
        ),
    )


def watched(response: Response) -> Memory | None:
    watcher = Watcher()
    for event in events_of(response):
        watcher.watch(event)
    return watcher.memory()


def test_an_answer_without_calls_or_state_leaves_nothing() -> None:
    for parts in ((Text(text="a"),), (CALL,), (THOUGHT,), (Reasoning(text="x"), CALL)):
        assert memory_of(answer(*parts)) is None
        assert watched(answer(*parts)) is None
    assert memory_of(Response(id="r", model="m", choices=())) is None


def test_thoughts_and_calls_states_are_remembered_whole_and_streamed() -> None:
    signed = ToolCall(id="c2", name="g", arguments="{}", state=SIGNED)
    told = answer(THOUGHT, Text(text="so"), CALL, signed)
    expected = Memory(ids=("c1", "c2"), thoughts=(THOUGHT,), states={"c2": SIGNED})
    assert memory_of(told) == expected
    assert watched(told) == expected


def test_other_choices_are_not_watched() -> None:
    watcher = Watcher()
    watcher.watch(PartStarted(kind="tool_call", index=0, choice=1, id="x", name="f", state=SIGNED))
    watcher.watch(StateGiven(index=0, choice=1, state=SIGNED))
    watcher.watch(Delta(kind="reasoning", index=0, choice=1, text="x"))
    watcher.watch(PartStopped(index=0, choice=1))
    watcher.watch(Ended())
    assert watcher.memory() is None


def test_state_of_text_alone_is_not_kept() -> None:
    assert watched(answer(Text(text="a", state=SIGNED), CALL)) is None


def test_the_ids_of_calls_come_last_first() -> None:
    request = conversation(CALL, ToolCall(id="c2", name="g", arguments="{}"))
    assert list(called_ids(request)) == ["c2", "c1"]


def test_what_is_missing_is_put_back() -> None:
    memory = Memory(ids=("c1",), thoughts=(THOUGHT,), states={"c1": SIGNED})
    asked = conversation(Reasoning(text="stale"), Text(text="so"), CALL)
    parts = reminded(asked, {"c1": memory}).turns[1].parts
    assert parts == (
        THOUGHT,
        Text(text="so"),
        ToolCall(id="c1", name="f", arguments="{}", state=SIGNED),
    )


def test_a_client_that_hands_state_back_is_believed() -> None:
    memory = Memory(ids=("c1",), thoughts=(THOUGHT,), states={"c1": SIGNED})
    own = Reasoning(text="Own", state=STATE)
    call = ToolCall(id="c1", name="f", arguments="{}", state=STATE)
    asked = conversation(own, call)
    assert reminded(asked, {"c1": memory}) is asked
    assert reminded(asked, {}) is asked


def test_a_note_of_where_a_thought_stood_is_not_its_state() -> None:
    noted = Reasoning(text="Hm", state=Opaque(origin="openai_chat", value="reasoning_content"))
    memory = Memory(ids=("c1",), thoughts=(THOUGHT,))
    assert reminded(conversation(noted, CALL), {"c1": memory}).turns[1].parts == (THOUGHT, CALL)


def test_calls_that_nobody_remembers_stay_as_they_are() -> None:
    asked = conversation(CALL)
    assert reminded(asked, {"other": Memory(ids=("other",))}) is asked


def test_thoughts_go_before_the_first_of_their_calls_only() -> None:
    memory = Memory(ids=("c0", "c1"), thoughts=(THOUGHT,))
    assert reminded(conversation(CALL), {"c1": memory}).turns[1].parts == (CALL,)


def test_what_was_lifted_out_of_an_answer_is_remembered_whole() -> None:
    long = "Q" * 20_000
    small, blobs = lifted(f'"{long}"'.encode())
    state = Opaque(origin="anthropic_messages", value=small.decode().strip('"'))
    memory = Memory(
        ids=("c1",),
        thoughts=(Reasoning(text="Hm", summary=("Briefly",), state=state), Reasoning(text="?")),
        states={"c1": state},
    )
    whole = laid_back_in(memory, blobs)
    assert whole is not None
    assert [one.state and one.state.value for one in whole.thoughts] == [long, None]
    assert whole.thoughts[0].summary == ("Briefly",)
    assert whole.states["c1"].value == long
    assert laid_back_in(None, blobs) is None
