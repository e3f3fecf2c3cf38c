"""What a model says of its own is masked for every official client, whole and in pieces, in text
and in the arguments of tools; what the client itself had sent comes back beside it."""

import json
from typing import Any, Final

import pytest
from openai import OpenAI

from detente.simulator import Hold
from detente.simulator.composition import Call, Composition
from tests.guarded.asking import PAIRS, TALKERS, WITH_TOOLS, Asked, pieces_of, saying, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.planted import LETTER, ORIGINALS
from tests.guarded.stage import KEYS, UPSTREAMS, model_of
from tests.pairs.stage import Stage

EVE: Final = "eve@fabrikam.com"
SECRET: Final = "ghp_2Itlxs0nvA5xmICl5915oH5FvetC58v3l1za"
TOOL: Final = "save_contact"
PLAIN: Final = "There was a word and then another. " * 20
PAUSES_AFTER: Final = 80
HEARD_MIN: Final = 10 * len("There was a word and then another. ") - 20
"""Characters of the 80 tokens that the platform says at first, but for the last two words."""
WAIT_S: Final = 15
SIZES: Final = (None, 1, 3, 17)


def said(own: str) -> str:
    """A text that has both: what the client sent, and what it did not."""
    return f"as you say, {own}; write to {EVE}, whose key is {SECRET} (she said)"


MASKED: Final = said(LETTER).replace(EVE, "[EMAIL]").replace(SECRET, "[SECRET]")


def arguments(own: str) -> dict[str, Any]:
    return {"to": EVE, "deep": [{"text": said(own)}, SECRET], SECRET: 1}


def masked(stage: Stage, client: str, upstream: str, *, stream: bool, size: int | None) -> None:
    asked = Asked(stage, client, upstream, "masked", stream=stream)
    with saying(lambda own: Composition(text=said(own))), pieces_of(size):
        told = asked.talk().ask(LETTER)
    asked.sent(1)
    assert (told.text, told.stop) == (MASKED, "end"), asked.name


def masked_arguments(
    stage: Stage, client: str, upstream: str, *, stream: bool, size: int | None
) -> None:
    asked = Asked(stage, client, upstream, "masked", stream=stream)

    def called(own: str) -> Composition:
        call = Call(name=TOOL, arguments=json.dumps(arguments(own)))
        return Composition(calls=(call,), finish="tool_calls")

    with saying(called), pieces_of(size):
        told = asked.talk(TOOL).ask(LETTER)
    asked.sent(1)
    expected = {"to": "[EMAIL]", "deep": [{"text": MASKED}, "[SECRET]"], "[SECRET]": 1}
    assert [one[1:] for one in told.calls] == [(TOOL, expected)], asked.name


@pytest.mark.parametrize("client", CLIENTS)
def test_text(stage: Stage, client: str) -> None:
    pairs = turns((client, one) for one in UPSTREAMS)[list(CLIENTS).index(client) % 2 :: 2]
    for at, (_, upstream, _, _) in enumerate(pairs):
        masked(stage, client, upstream, stream=at % 3 > 0, size=SIZES[at % 4])


@pytest.mark.parametrize("client", TALKERS)
def test_arguments(stage: Stage, client: str) -> None:
    pairs = turns(pair for pair in WITH_TOOLS if pair[0] == client)[TALKERS.index(client) % 2 :: 2]
    for at, (_, upstream, _, _) in enumerate(pairs):
        masked_arguments(stage, client, upstream, stream=at % 3 > 0, size=SIZES[at % 4])


@pytest.mark.long
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_pair(stage: Stage, client: str, upstream: str, size: int | None) -> None:
    masked(stage, client, upstream, stream=True, size=size)
    if (client, upstream) in WITH_TOOLS:
        masked_arguments(stage, client, upstream, stream=True, size=size)


@pytest.mark.parametrize("upstream", ["openai_chat", "anthropic_messages", "bedrock_converse"])
def test_text_leaves_while_a_platform_pauses(stage: Stage, upstream: str) -> None:
    """What waits to be looked at waits for as long as the policy says, and not for what follows."""
    platform = stage.platforms[upstream]
    platform.reset()
    platform.script(Hold(after_tokens=PAUSES_AFTER))
    client = OpenAI(
        base_url=f"{stage.url}/v1", api_key=KEYS["masked"], max_retries=0, timeout=WAIT_S
    )
    said: Any = [{"role": "user", "content": f"echo {PLAIN}"}]
    heard, pauses = "", 0
    create: Any = client.chat.completions.create
    for chunk in create(model=model_of(upstream), messages=said, stream=True):
        heard += chunk.choices[0].delta.content or "" if chunk.choices else ""
        if not pauses and len(heard) >= HEARD_MIN:
            pauses = platform.until(lambda gauge: gauge.held == 1).held
            platform.release()
    assert (heard, pauses) == (PLAIN, 1)


def test_nothing_else_is_masked(stage: Stage) -> None:
    """What looks at answers can fail: this project's policy looks at none."""
    asked = Asked(stage, "openai_chat", "openai_chat", "typed", stream=False)
    with saying(lambda own: Composition(text=said(own))):
        assert asked.talk().ask(LETTER).text == said(LETTER)
    assert EVE not in ORIGINALS
