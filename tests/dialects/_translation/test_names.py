"""Names and ids that the target takes go out as they are; others come back as the client's own."""

import re

import msgspec

from detente.canonical.content import Text, ToolCall, ToolResult, Turn
from detente.canonical.events import Delta, PartGiven, PartStarted
from detente.canonical.request import HostedTool, Request, Tool, ToolChoice
from detente.canonical.response import Choice, Response
from detente.dialects._translation.names import events_named_back, renamed, response_named_back

SHORT = re.compile(r"[a-zA-Z0-9_-]{1,64}")
LONG = "a very long name with spaces: " + "x" * 80


def request(name: str, id_: str = "call_1") -> Request:
    return Request(
        model="m",
        turns=(
            Turn(role="user", parts=(Text(text="hi"),)),
            Turn(role="assistant", parts=(ToolCall(id=id_, name=name, arguments="{}"),)),
            Turn(role="tool", parts=(ToolResult(call_id=id_, name=name),)),
            Turn(role="tool", parts=(ToolResult(call_id=id_),)),
        ),
        tools=(Tool(name=name), HostedTool(dialect="openai_responses", name="web", value={})),
        tool_choice=ToolChoice(kind="named", names=(name,)),
    )


def test_what_fits_is_the_same_object() -> None:
    asked = request("weather")
    assert renamed(asked, tool_names=SHORT, call_ids=SHORT) == (asked, {})
    assert renamed(asked, tool_names=SHORT, call_ids=SHORT)[0] is asked
    assert renamed(request(LONG), tool_names=None, call_ids=None)[1] == {}


def test_a_name_that_does_not_fit_is_renamed_everywhere() -> None:
    changed, names = renamed(request(LONG), tool_names=SHORT, call_ids=SHORT)
    (short,) = names
    assert names == {short: LONG}
    assert SHORT.fullmatch(short)
    assert short.startswith("a_very_long_name")
    assert LONG not in msgspec.json.encode(changed).decode()
    assert changed.tool_choice is not None
    assert changed.tool_choice.names == (short,)
    assert renamed(request(LONG), tool_names=SHORT, call_ids=SHORT)[1] == names


def test_ids_of_call_and_result_are_renamed_alike() -> None:
    changed, names = renamed(request("weather", "a b/c"), tool_names=SHORT, call_ids=SHORT)
    call, result = changed.turns[1].parts[0], changed.turns[2].parts[0]
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert SHORT.fullmatch(call.id)
    assert call.id == result.call_id
    assert names == {}


def test_a_lone_result_is_found() -> None:
    asked = Request(model="m", turns=(Turn(role="tool", parts=(ToolResult(call_id="a b"),)),))
    changed, _ = renamed(asked, tool_names=SHORT, call_ids=SHORT)
    assert changed is not asked


def test_an_answer_has_the_clients_own_names() -> None:
    names = {"short": LONG}
    call = ToolCall(id="c", name="short", arguments="{}")
    answer = Response(id="r", model="m", choices=(Choice(parts=(Text(text="a"), call)),))
    back = response_named_back(answer, names).choices[0].parts
    assert back == (Text(text="a"), ToolCall(id="c", name=LONG, arguments="{}"))
    events = events_named_back(
        [
            PartStarted(kind="tool_call", index=0, id="c", name="short"),
            Delta(kind="tool_call", index=0, text="{}"),
            PartGiven(index=1, part=call),
            PartStarted(kind="tool_call", index=2, id="d", name="other"),
        ],
        names,
    )
    assert [getattr(event, "name", None) for event in events] == [LONG, None, None, "other"]
    assert isinstance(events[2], PartGiven)
    assert events[2].part == back[1]
