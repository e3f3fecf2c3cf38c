"""OpenAI's older text completions: `/v1/completions`, whole or as a stream.

One or several prompts, each with `n` answers; `echo` repeats the prompt. No log probabilities and
no `suffix`, which few models take. A bound that is not given is 16, as at OpenAI.

>>> parse(b'{"model": "m", "prompt": "hi"}').asks[0].tokens_max
16
"""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.simulator import composition, tokens
from detente.simulator.composition import Ask, Composition
from detente.simulator.dialects import chat
from detente.simulator.dialects.chat_request import StreamOptions
from detente.simulator.exchange import (
    Answer,
    JsonObject,
    Piece,
    RequestError,
    Setting,
    Stream,
    decode_body,
    json_reply,
    unnamed_event,
)

OUTPUT_TOKENS: Final = 16
"""What is said where no bound is given."""


class Body(msgspec.Struct, frozen=True):
    """What is read of a request; the rest is accepted unread."""

    model: str | None = None
    prompt: str | list[str | int | list[int]] | None = None
    max_tokens: Annotated[int, Meta(ge=0)] | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    best_of: Annotated[int, Meta(ge=1, le=20)] | None = None
    echo: bool | None = None
    suffix: str | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None
    stop: str | Annotated[list[str], Meta(max_length=4)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request, read: a question for each prompt, and how often each is answered."""

    model: str
    asks: tuple[Ask, ...]
    n: int = 1
    echo: bool = False
    stream: bool = False
    include_usage: bool = False


def parse(body: bytes, model: str | None = None) -> Request:
    """Reads a request body; `model` replaces the body's. Raises `RequestError`."""
    read = decode_body(body, Body)
    model = model or read.model
    if model is None:
        raise RequestError(400, "you must provide a model parameter")
    n = read.n or 1
    if read.best_of is not None and read.best_of < n:
        raise RequestError(
            400, "You requested that the server return more choices than it will generate."
        )
    if read.suffix:
        raise RequestError(400, "The model you are using does not support insert.", param="suffix")
    options = read.stream_options
    if options is not None and not read.stream:
        raise RequestError(
            400,
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    return Request(
        model=model,
        asks=tuple(_ask(read, model, prompt) for prompt in _prompts(read)),
        n=n,
        echo=bool(read.echo),
        stream=bool(read.stream),
        include_usage=options is not None and bool(options.include_usage),
    )


def answer(request: Request, setting: Setting) -> Answer:
    """The answer, whole or as a stream."""
    choices = [
        (ask, composition.compose(ask, tokens=setting.tokens, variant=number))
        for ask in request.asks
        for number in range(request.n)
    ]
    identity = "cmpl-" + composition.identity(*choices[0])
    used = _usage(request, choices)
    if request.stream:
        pieces = _pieces(request, choices, identity, used)
        return Stream(headers=chat.STREAM_HEADERS, pieces=pieces, failure=_failure)
    value = _object(request.model, identity)
    value["choices"] = [
        _choice(number, _text(request, ask, choice), _finish(choice))
        for number, (ask, choice) in enumerate(choices)
    ]
    value["usage"] = used
    output = sum(choice.tokens for _, choice in choices)
    return json_reply(value, tokens=output, metered=True)


def _prompts(read: Body) -> list[str]:
    """One text for each prompt; token ids are one prompt, of as many words."""
    given = read.prompt
    if given is None:
        return ["<|endoftext|>"]
    if isinstance(given, str):
        return [given]
    if not given:
        raise RequestError(400, "'prompt' must not be empty.", param="prompt")
    if isinstance(given[0], int):
        return [repr(given)]
    return [one if isinstance(one, str) else repr(one) for one in given]


def _ask(read: Body, model: str, prompt: str) -> Ask:
    stop = read.stop
    return Ask(
        model=model,
        prompt=prompt,
        input_tokens=tokens.count(prompt),
        tokens_max=OUTPUT_TOKENS if read.max_tokens is None else read.max_tokens,
        stops=() if stop is None else (stop,) if isinstance(stop, str) else tuple(stop),
    )


def _usage(request: Request, choices: list[tuple[Ask, Composition]]) -> JsonObject:
    """A prompt counts once, however often it is answered."""
    given = sum(ask.input_tokens for ask in request.asks)
    made = sum(choice.tokens for _, choice in choices)
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def _object(model: str, identity: str) -> JsonObject:
    return {"id": identity, "object": "text_completion", "created": chat.CREATED, "model": model}


def _choice(number: int, text: str, finish: str | None) -> JsonObject:
    return {"text": text, "index": number, "logprobs": None, "finish_reason": finish}


def _text(request: Request, ask: Ask, choice: Composition) -> str:
    return ask.prompt + choice.text if request.echo else choice.text


def _pieces(
    request: Request,
    choices: list[tuple[Ask, Composition]],
    identity: str,
    used: JsonObject,
) -> Iterator[Piece]:
    """The chunks of a stream: each choice in turn, then usage where asked, then the end."""

    def chunk(choices: list[JsonObject], used: JsonObject | None = None) -> bytes:
        value = {**_object(request.model, identity), "choices": choices}
        if request.include_usage:
            value["usage"] = used
        return unnamed_event(value)

    for number, (ask, choice) in enumerate(choices):
        if request.echo:
            yield Piece(chunk([_choice(number, ask.prompt, None)]))
        for word in tokens.split(choice.text):
            yield Piece(chunk([_choice(number, word, None)]), token=True)
        yield Piece(chunk([_choice(number, "", _finish(choice))]))
    if request.include_usage:
        yield Piece(chunk([], used))
    yield Piece(b"data: [DONE]\n\n")


def _finish(choice: Composition) -> str:
    return chat.FINISHES.get(choice.finish, choice.finish)


def _failure(events_sent: int) -> bytes:  # noqa: ARG001 - other dialects number it
    message = "The server had an error while processing your request. Sorry!"
    error: JsonObject = {"message": message, "type": "server_error", "param": None, "code": None}
    return unnamed_event({"error": error})
