"""What a policy blocks, as each official client tells it: a request, an answer, a stream half said.

A request that is blocked reaches no platform. An answer ends as the client's own API ends one that
a filter withheld, or in the client's own exception where its API has no word for that. Whatever
came before stays, and what was blocked never comes.
"""

import json
from pathlib import Path
from typing import Any, Final

import anthropic
import msgspec
import openai
import pytest
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    ClientError,
)
from cohere.errors import ForbiddenError
from google.genai import errors
from oci.exceptions import ServiceError  # pyright: ignore[reportMissingTypeStubs] - it has none
from ollama import ResponseError

from detente.canonical.entry import LedgerEntry
from detente.simulator import Hold
from detente.simulator.composition import Call, Composition
from tests.gateway_process import eventually
from tests.guarded.asking import PAIRS, TALKERS, Asked, saying, turns
from tests.guarded.clients import CLIENTS
from tests.guarded.oci_talk import StreamFailed
from tests.guarded.stage import UPSTREAMS
from tests.ledger_entries import entries
from tests.pairs.stage import Stage

ANN: Final = "ann.lee@contoso.com"
REQUEST: Final = "policy `barred` blocks the request for `email`; take it out"
ANSWER: Final = "policy `withheld` blocks the answer for `email`; ask for something else"
BEFORE: Final = "There was a word and then " * 8 + "the address"
AFTER: Final = "and there is more to come " * 8
TOKENS_BEFORE: Final = 62
"""After these the platform waits: the address is said by then, and most of the rest is not."""
WORDLESS: Final = ("cohere_chat", "ollama_chat", "oci_coheres")
"""Clients whose API has no word for an answer that was withheld."""
STOPS: Final = {"anthropic_messages": "refusal"}
"""What is told of one that was; of others it is `content_filter`."""
ENDS: Final = {**STOPS, "cohere_chat": "error"}
"""As `STOPS`, of a stream. Cohere's client raises nothing there: the last event has the words."""
RAISING: Final = ("ollama_chat", "oci_coheres")
"""Clients that raise in the middle of a stream."""
TOOL: Final = "save_contact"
SAID: Final = f"echo {BEFORE} {ANN} {AFTER}"


def check_raised(client: str, error: Any, sentence: str) -> None:
    """The exception is this SDK's own for 403, with the gateway's sentence."""
    match client:
        case "openai_chat" | "openai_responses" | "openai_completions":
            assert isinstance(error, openai.PermissionDeniedError)
            assert error.code == "guardrail_blocked"
        case "anthropic_messages":
            assert isinstance(error, anthropic.PermissionDeniedError)
        case "gemini_generate":
            assert isinstance(error, errors.ClientError)
            assert (error.code, error.status) == (403, "PERMISSION_DENIED")
        case "bedrock_converse":
            assert isinstance(error, ClientError)
            told: Any = vars(error)["response"]
            assert told["Error"]["Code"] == "AccessDeniedException"
            assert told["ResponseMetadata"]["HTTPStatusCode"] == 403
        case "cohere_chat":
            assert isinstance(error, ForbiddenError)
        case "ollama_chat":
            assert isinstance(error, ResponseError)
            assert error.status_code == 403
        case _:
            assert isinstance(error, ServiceError)
            assert (vars(error)["status"], vars(error)["code"]) == (403, "NotAllowed")
    assert sentence in str(error)


def request_blocked(
    stage: Stage, client: str, upstream: str, *, stream: bool = False, project: str = "barred"
) -> None:
    """Nothing of it reaches the platform."""
    asked = Asked(stage, client, upstream, project, stream=stream, originals=[ANN])
    with pytest.raises(Exception, match="blocks the request") as caught:
        asked.talk().ask(f"echo to {ANN}")
    check_raised(client, caught.value, REQUEST)
    assert ANN not in str(caught.value)
    asked.sent(0)


def answer_blocked(stage: Stage, client: str, upstream: str, *, project: str = "withheld") -> None:
    """Nothing of it reaches the client."""
    asked = Asked(stage, client, upstream, project, stream=False, originals=[])
    talk = asked.talk()
    if client in WORDLESS:
        with pytest.raises(Exception, match="blocks the answer") as caught:
            talk.ask(SAID)
        check_raised(client, caught.value, ANSWER)
        return
    told = talk.ask(SAID)
    assert (told.text, told.calls) == ("", ()), asked.name
    assert told.stop == STOPS.get(client, "content_filter"), asked.name


@pytest.mark.parametrize("client", CLIENTS)
def test_a_request(stage: Stage, client: str) -> None:
    for who, upstream, _, stream in turns((client, one) for one in UPSTREAMS):
        request_blocked(stage, who, upstream, stream=stream)


@pytest.mark.parametrize("client", CLIENTS)
def test_an_answer(stage: Stage, client: str) -> None:
    for upstream in UPSTREAMS:
        answer_blocked(stage, client, upstream)


def stream_blocked(stage: Stage, client: str, upstream: str, *, project: str = "withheld") -> None:
    """The platform waits in the middle, so that nothing but the policy ends the client's stream."""
    asked = Asked(stage, client, upstream, project, stream=True, originals=[])
    platform = stage.platforms[upstream]
    platform.script(Hold(after_tokens=TOKENS_BEFORE))
    talk = asked.talk()
    try:
        if client in RAISING:
            with pytest.raises((ResponseError, StreamFailed), match="blocks the answer") as caught:
                talk.ask(SAID)
            assert ANSWER in str(caught.value)
        else:
            told = talk.ask(SAID)
            assert BEFORE.startswith(told.text.rstrip()), asked.name
            assert told.text != "", asked.name
            assert told.stop == ENDS.get(client, "content_filter"), asked.name
        if client == "cohere_chat":
            assert ANSWER in talk.heard.trouble
        platform.until(lambda gauge: gauge.hangups == 1)
    finally:
        platform.release()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_stream(stage: Stage, client: str) -> None:
    first = list(CLIENTS).index(client)
    for at in range(3):  # each platform to some clients; with all of them it takes minutes
        stream_blocked(stage, client, list(UPSTREAMS)[(first * 3 + at) % len(UPSTREAMS)])


@pytest.mark.long
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_every_stream(stage: Stage, client: str, upstream: str) -> None:
    stream_blocked(stage, client, upstream)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("client", TALKERS)
def test_arguments_of_a_tool(stage: Stage, client: str, stream: bool) -> None:
    """No program is told to call a tool with what is blocked: a call that is cut off never ends,
    and why the answer ended is told instead."""
    upstream = TALKERS[-TALKERS.index(client)]
    asked = Asked(stage, client, upstream, "withheld", stream=stream, originals=[])
    call = Call(name=TOOL, arguments=json.dumps({"about": BEFORE, "to": ANN, "then": AFTER}))
    with saying(lambda _: Composition(calls=(call,), finish="tool_calls")):
        if client in WORDLESS and not (stream and client == "cohere_chat"):
            with pytest.raises(Exception, match="blocks the answer") as caught:
                asked.talk(TOOL).ask("go")
            assert ANN not in str(caught.value)
            return
        if stream and client == "bedrock_converse":  # whose programs join the pieces themselves
            with pytest.raises(json.JSONDecodeError) as half:
                asked.talk(TOOL).ask("go")
            assert ANN not in half.value.doc
            return
        told = asked.talk(TOOL).ask("go")
    assert told.stop == (ENDS if stream else STOPS).get(client, "content_filter"), asked.name
    assert ANN not in str(told), asked.name
    assert AFTER not in str(told), asked.name


def test_the_ledger_tells_each(stage: Stage) -> None:
    """Who was denied what, by category and count, and never a word of it."""
    for client, upstream in zip(CLIENTS, UPSTREAMS, strict=False):
        request_blocked(stage, client, upstream, project="barred-told")
        answer_blocked(stage, client, upstream, project="withheld-told")
        stream_blocked(stage, client, upstream, project="withheld-told")
    found = eventually(lambda: told_of(stage.gateway.state), "all that was denied is told")
    assert {one.outcome for one in found} == {"denied"}
    assert {(one.status, one.error) for one in found if one.project == "barred-told"} == {
        (403, "guardrail_blocked")
    }
    for entry in found:
        policy, _, _ = (entry.project or "").partition("-")
        assert [
            (row.policy, row.stage, row.detector, row.category, row.treatment, row.count)
            for row in entry.screened
        ] == [(policy, "input" if policy == "barred" else "output", *["email"] * 2, "block", 1)]
    assert b"ann.lee" not in msgspec.json.encode(found)


def told_of(state: Path) -> list[LedgerEntry] | None:
    """The entries of those projects, once all are there."""
    found = [one for one in entries(state) if (one.project or "").endswith("-told")]
    return found if len(found) == 3 * len(CLIENTS) else None
