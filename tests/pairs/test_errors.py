"""Every upstream's errors as every official client raises them: class, status, words, wait.

Errors inside a stream and streams that break off raise, too, whoever reads whom.
"""

from itertools import product
from typing import Any, Final, Literal

import anthropic
import openai
import pytest
from botocore.exceptions import (  # pyright: ignore[reportMissingTypeStubs] - it has none
    ClientError,
    EventStreamError,
)
from google.genai import errors

from detente.canonical.model import Dialect
from detente.simulator import Cut, Status, StreamError
from tests.pairs.clients import CLIENTS
from tests.pairs.stage import UPSTREAMS, Stage, model_of
from tests.pairs.talk import Talk, Terms

PAIRS = list(product(CLIENTS, UPSTREAMS))
OF_THE_MODEL: Final = ("openai_chat", "openai_responses", "bedrock_converse", "bedrock_invoke")
"""Upstreams whose simulated 404 says that they do not know the model, which is the gateway's."""
MISTAKES = [
    *((client, upstream, 400) for client, upstream in PAIRS),
    *((client, upstream, 404) for client, upstream in PAIRS if upstream not in OF_THE_MODEL),
]
TOLD = "because it was told to"
"""In every simulated error's sentence."""
WAIT_S = 7

GOOGLES_WORDS: Final = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
}
AMAZONS_WORDS: Final = {
    400: "ValidationException",
    404: "ResourceNotFoundException",
    424: "ModelErrorException",
    429: "ThrottlingException",
}
CLASSES: Final = {
    400: "BadRequestError",
    404: "NotFoundError",
    429: "RateLimitError",
    502: "InternalServerError",
}
"""Of OpenAI's and Anthropic's SDKs."""

BROKEN: Final[dict[Dialect, type[Exception]]] = {
    "openai_chat": openai.APIError,
    "openai_responses": RuntimeError,  # by which its helper says that no end came
    "anthropic_messages": anthropic.APIError,
    "gemini_generate": errors.ServerError,
    "bedrock_converse": EventStreamError,
}
"""What a stream raises that does not end well."""


def talk_to(stage: Stage, client: Dialect, upstream: str, *, stream: bool = False) -> Talk:
    """A talk with an upstream that forgot what it was told."""
    stage.platforms[upstream].reset()
    terms = Terms(url=stage.url, model=model_of(upstream), stream=stream, thinks=False)
    return CLIENTS[client](terms)


def check_raised(client: Dialect, error: Any, status: int) -> None:
    """The exception is this SDK's own for `status`."""
    match client:
        case "openai_chat" | "openai_responses":
            assert isinstance(error, getattr(openai, CLASSES[status]))
            assert error.status_code == status
        case "anthropic_messages":
            assert isinstance(error, getattr(anthropic, CLASSES[status]))
            assert error.status_code == status
        case "gemini_generate":
            kind = errors.ClientError if status < 500 else errors.ServerError
            assert isinstance(error, kind)
            assert (error.code, error.status) == (status, GOOGLES_WORDS[status])
        case _:
            assert isinstance(error, ClientError)
            status = 424 if status == 502 else status  # with which its client does not try again
            told: Any = vars(error)["response"]
            assert told["Error"]["Code"] == AMAZONS_WORDS[status]
            assert told["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("client", "upstream", "status"), MISTAKES)
def test_a_mistake_of_the_clients_is_its_own(
    stage: Stage, client: Dialect, upstream: str, status: int, stream: bool
) -> None:
    talk = talk_to(stage, client, upstream, stream=stream)
    stage.platforms[upstream].script(Status(status=status))
    with pytest.raises(Exception, match=TOLD) as caught:
        talk.ask("hi")
    check_raised(client, caught.value, status)
    assert len(stage.platforms[upstream].requests) == 1


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_no_capacity_tells_when_to_come_again(stage: Stage, client: Dialect, upstream: str) -> None:
    talk = talk_to(stage, client, upstream)
    stage.platforms[upstream].script(Status(status=429, headers={"retry-after": str(WAIT_S)}))
    with pytest.raises(Exception, match=f"no capacity|{TOLD}") as caught:
        talk.ask("hi")
    check_raised(client, caught.value, 429)
    assert talk.heard.headers["retry-after"] == str(WAIT_S)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_credentials_that_are_the_gateways_are_not_the_clients_error(
    stage: Stage, client: Dialect, upstream: str
) -> None:
    talk = talk_to(stage, client, upstream)
    stage.platforms[upstream].script(Status(status=401))
    with pytest.raises(Exception, match="rejected the gateway's credentials") as caught:
        talk.ask("hi")
    check_raised(client, caught.value, 502)


@pytest.mark.parametrize("upstream", OF_THE_MODEL)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_model_id_that_is_the_gateways_is_not_the_clients_error(
    stage: Stage, client: Dialect, upstream: str
) -> None:
    talk = talk_to(stage, client, upstream)
    stage.platforms[upstream].script(Status(status=404))
    with pytest.raises(Exception, match="does not serve the deployment's model here") as caught:
        talk.ask("hi")
    check_raised(client, caught.value, 502)
    assert "deployment `" in str(caught.value)


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_an_error_in_a_stream_raises(stage: Stage, client: Dialect, upstream: str) -> None:
    talk = talk_to(stage, client, upstream, stream=True)
    stage.platforms[upstream].script(StreamError(after_tokens=2))
    with pytest.raises(BROKEN[client]) as caught:
        talk.ask("count to 20")
    assert "overloaded" in (said := words(talk, caught.value)) or "had an error" in said


@pytest.mark.parametrize("how", ["close", "reset", "end"])
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_stream_that_breaks_off_never_ends_well(
    stage: Stage, client: Dialect, upstream: str, how: Literal["close", "reset", "end"]
) -> None:
    talk = talk_to(stage, client, upstream, stream=True)
    stage.platforms[upstream].script(Cut(after_tokens=3, how=how))
    with pytest.raises(BROKEN[client]) as caught:
        talk.ask("count to 20")
    assert "closed the connection" in words(talk, caught.value)


def words(talk: Talk, error: Exception) -> str:
    """What was told, in an exception or in the stream before it."""
    return f"{error} {talk.heard.trouble}".lower()
