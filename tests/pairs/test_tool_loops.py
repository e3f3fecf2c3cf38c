"""A two-turn tool loop by every official client over every upstream dialect, whole and streamed.

Thinking is on, two tools are called at once with arguments that need escaping, one result is an
error and the other has an image. The platforms verify the reasoning state that comes back, and
which of it came is looked up: a loop ends well only where that survived both ways.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Generator
from itertools import product
from typing import Any

import pytest

from detente.canonical.model import Dialect
from tests.pairs.carried import states
from tests.pairs.clients import CLIENTS
from tests.pairs.stage import UPSTREAMS, Stage, model_of
from tests.pairs.talk import Result, Terms
from tests.pairs.told import Told

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
DIGEST = hashlib.sha256(PNG).hexdigest()
WEATHER = {"city": 'Paris "centre" \\ Île-de-France', "days": [1, 2, {"unit": "°C"}]}
IMAGE = {"n": 2, "deep": {"a": {"b": [None, True, 1.5, "\n"]}}}
PROMPT = (
    f"get_weather {json.dumps(WEATHER)} get_image {json.dumps(IMAGE, ensure_ascii=False)} "
    "and report"
)
NAMES = ("get_weather", "get_image")
PAIRS = list(product(CLIENTS, UPSTREAMS))
STREAMS = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

UNTOLD = ("openai_chat",)
"""Upstreams that count their thoughts and show nothing of them."""
ASKED_FOR = ("openai_responses", "gemini_generate")
"""Upstreams that show thoughts where they are asked to, which chat's clients cannot."""
CANNOT_FAIL = ("openai_chat", "openai_responses")
"""Dialects in which a tool's result cannot be marked as an error: its text says so."""

Cells = dict[tuple[str, str], int]


@pytest.fixture(scope="module")
def cells() -> Generator[Cells]:
    """Loops that ended well, by client and upstream; printed at the end (see them with `-s`)."""
    counted: Cells = dict.fromkeys(PAIRS, 0)
    yield counted
    width = 20
    rows = [
        client.ljust(width)
        + "".join(f"{counted[client, upstream]}/2".ljust(width) for upstream in UPSTREAMS)
        for client in CLIENTS
    ]
    head = "loops, client \\ up".ljust(width) + "".join(name.ljust(width) for name in UPSTREAMS)
    sys.stdout.write("\n" + "\n".join(line.rstrip() for line in (head, *rows)) + "\n")


def shows_thoughts(client: str, upstream: str) -> bool:
    """Whether a client that thinks is told what was thought."""
    return upstream not in UNTOLD and not (client == "openai_chat" and upstream in ASKED_FOR)


def last_body(stage: Stage, upstream: str) -> Any:
    """What the platform was asked last."""
    return json.loads(stage.platforms[upstream].requests[-1].body)


def called(told: Told) -> tuple[str, str]:
    """The ids of both calls, which are as they were asked for."""
    assert told.stop == "tool_calls"
    assert [(name, arguments) for _, name, arguments in told.calls] == [
        (NAMES[0], WEATHER),
        (NAMES[1], IMAGE),
    ]
    weather, image = (id_ for id_, *_ in told.calls)
    return weather, image


def check_report(final: Told, client: str, upstream: str) -> None:
    """Both results came back to their calls, the error as one, the image whole."""
    assert final.stop == "end"
    said, _, report = final.text.partition("\n")
    assert said.startswith("The tool says: ")
    first, second, *beside = json.loads(report)
    assert (first["name"], second["name"]) == NAMES
    assert first["id"] != second["id"] or upstream == "gemini_generate"
    assert first["text"] == ("no such city" if client not in CANNOT_FAIL else "error: no such city")
    assert second["text"] == "one pixel"
    fails = client not in CANNOT_FAIL and upstream not in CANNOT_FAIL
    assert (first["error"], second["error"]) == (fails, False)
    moved = client == "openai_chat" or upstream == "openai_chat"
    holder = beside[0] if moved else second
    assert len(beside) == moved
    assert [one["bytes"] for one in holder["media"]] == [len(PNG)]
    assert [DIGEST.startswith(one["sha256"]) for one in holder["media"]] == [True]
    if upstream == "openai_chat" and client != "openai_chat":
        assert holder["text"] == f"The tool call `{second['id']}` also returned:"


@STREAMS
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_tool_loop(
    stage: Stage, cells: Cells, client: Dialect, upstream: str, stream: bool
) -> None:
    talk = CLIENTS[client](
        Terms(url=stage.url, model=model_of(upstream), stream=stream, tools=NAMES)
    )
    told = talk.ask(PROMPT)
    weather, image = called(told)
    assert weather != image or client == "gemini_generate"
    assert bool(told.reasoning) == shows_thoughts(client, upstream)
    final = talk.give(
        [
            (weather, NAMES[0], Result(text="no such city", error=True)),
            (image, NAMES[1], Result(text="one pixel", image=PNG)),
        ]
    )
    check_report(final, client, upstream)
    assert bool(final.reasoning) == shows_thoughts(client, upstream)
    assert bool(states(upstream, last_body(stage, upstream))) == (upstream not in UNTOLD)
    assert "reasoning_state@turns" not in talk.heard.headers["x-detente-loss"]
    assert final.usage is not None
    cells[client, upstream] += 1
