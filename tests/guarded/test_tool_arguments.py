"""Originals in the arguments of tools, in their results and in the turns after: put back where the
client acts on them, escaped as JSON wants it, and the same stand-ins in each turn.

What needs escaping stands raw in the prompt: the model writes stand-ins, whose originals have
quotes, line breaks and backslashes.
"""

import json
import re
from typing import Any, Final, cast

import pytest

from tests.guarded.asking import TALKERS, WITH_TOOLS, Asked, pieces_of, turns
from tests.guarded.planted import LETTER, ORIGINALS, strings_of
from tests.pairs.stage import Stage
from tests.pairs.talk import Result

TOOL: Final = "save_contact"
SIZES: Final = (None, 17, 3, 1)
"""Of the pieces of a stream, in characters; None is as the platform cuts."""
_PLACE: Final = re.compile("@([0-9]+)@")
TEMPLATE: Final[dict[str, object]] = {
    "city": 'first @0@, then @8@ \\ "@9@" é \u2028 and @11@',
    "people": [{"name": f"@{at}@", "note": f"see\n @{at}@"} for at in range(len(ORIGINALS))],
    "by": {"@0@": 1, "@10@": [None, True, 1.5, "@8@/@9@"]},
    "inner": json.dumps({"to": "@0@", "phone": ["@2@"]}),
}
"""Arguments, with the number of an original where one stands."""


def filled(value: Any) -> Any:
    """`value` with its originals."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: ORIGINALS[int(found[1])], value)
    if isinstance(value, list):
        return [filled(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {filled(name): filled(one) for name, one in members.items()}
    return value


ARGUMENTS: Final = filled(TEMPLATE)
PROMPT: Final = f"{TOOL} {filled(json.dumps(TEMPLATE))} and that is all"


def loop(
    stage: Stage, client: str, upstream: str, project: str, *, stream: bool, size: int | None = None
) -> None:
    """Two turns, streamed in pieces of `size`."""
    asked = Asked(stage, client, upstream, project, stream=stream)
    talk = asked.talk(TOOL)
    with pieces_of(size):
        told = talk.ask(PROMPT)
    assert told.stop == "tool_calls", asked.name
    assert [one[1:] for one in told.calls] == [(TOOL, ARGUMENTS)], asked.name
    final = talk.give([(told.calls[0][0], TOOL, Result(text=LETTER))])
    assert final.text == f"The tool says: {LETTER}", asked.name
    first, second = asked.sent(2)
    prompts = [text for text in strings_of(first.body) if TOOL + " {" in text]
    assert len(prompts) == 1, asked.name
    assert prompts[0] in strings_of(second.body), asked.name


@pytest.mark.parametrize("client", TALKERS)
def test_a_loop(stage: Stage, client: str) -> None:
    pairs = [pair for pair in WITH_TOOLS if pair[0] == client]
    for at, (who, upstream, project, stream) in enumerate(turns(pairs)):
        loop(stage, who, upstream, project, stream=stream, size=SIZES[at // 2 % len(SIZES)])


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("project", ["typed", "alike"])
@pytest.mark.parametrize(("client", "upstream"), WITH_TOOLS)
def test_every_loop(
    stage: Stage, client: str, upstream: str, project: str, size: int | None
) -> None:
    loop(stage, client, upstream, project, stream=True, size=size)
    if size is None:
        loop(stage, client, upstream, project, stream=False)
