"""What Oracle Cloud's native chat takes: its members, and no others.

The format `GENERIC` whole, and what is around a request of any format; that of Cohere's models is
in `oci_cohere`. Does not answer, and knows nothing of the order of messages. As the official client
writes them (oci 2.189.0, read 22 November 2026).

>>> envelope_of(b'{"chatRequest": {"apiFormat": "GENERIC"}}').chat.api_format
'GENERIC'
"""

from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from detente.simulator.exchange import RequestError

T = TypeVar("T", bound=msgspec.Struct)

UNPARSED: Final = "CannotParseRequest"
FORMATS: Final = ("GENERIC", "COHEREV2", "COHERE")

Penalty = Annotated[float, Meta(ge=-2, le=2)]
Content = Literal["TEXT", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What refuses members that it does not know."""


class ServingMode(Strict, frozen=True):
    """Which model, or which dedicated endpoint."""

    serving_type: Literal["ON_DEMAND", "DEDICATED"]
    model_id: str | None = None
    endpoint_id: str | None = None


class Format(msgspec.Struct, frozen=True, rename="camel"):
    """Which format a request has; the rest is read by that."""

    api_format: str | None = None


class Details(Strict, frozen=True):
    """What is around a request."""

    compartment_id: str | None = None
    serving_mode: ServingMode | None = None
    chat_request: msgspec.Raw = msgspec.Raw(b"{}")


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The same, with the format known."""

    details: Details
    chat: Format


class Link(Strict, frozen=True):
    """Where a medium is, perhaps in the URL itself."""

    url: str
    detail: Literal["AUTO", "LOW", "HIGH"] | None = None


class Part(Strict, frozen=True):
    """A piece of content."""

    type: Content
    text: str | None = None
    image_url: Link | None = None
    audio_url: Link | None = None
    video_url: Link | None = None
    document_url: Link | None = None

    @property
    def link(self) -> Link | None:
        """The medium's, None of a text."""
        return self.image_url or self.audio_url or self.video_url or self.document_url


class Call(Strict, frozen=True):
    """A call that the model made; arguments are JSON text."""

    id: str
    name: str
    type: Literal["FUNCTION"]
    arguments: str = ""


class Message(Strict, frozen=True):
    """One turn."""

    role: Literal["SYSTEM", "DEVELOPER", "USER", "ASSISTANT", "TOOL"]
    content: list[Part] | None = None
    name: str | None = None
    tool_calls: list[Call] | None = None
    tool_call_id: str = ""
    refusal: str | None = None
    reasoning_content: str | None = None
    annotations: list[msgspec.Raw] | None = None


class Tool(Strict, frozen=True):
    """A function that is offered."""

    type: Literal["FUNCTION"]
    name: str
    description: str | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"{}")


class Choice(Strict, frozen=True):
    """Which tools are to be called."""

    type: Literal["AUTO", "NONE", "REQUIRED", "FUNCTION"]
    name: str | None = None


class Schema(Strict, frozen=True):
    """A schema with its name."""

    name: str
    description: str | None = None
    schema: msgspec.Raw = msgspec.Raw(b"{}")
    is_strict: bool | None = None


class Form(Strict, frozen=True):
    """The form that an answer must have."""

    type: Literal["TEXT", "JSON_OBJECT", "JSON_SCHEMA"]
    json_schema: Schema | None = None


class StreamOptions(Strict, frozen=True):
    """Whether the last chunk says the usage."""

    is_include_usage: bool | None = None


class Generic(Strict, frozen=True):
    """A request of the format `GENERIC`."""

    api_format: Literal["GENERIC"]
    messages: list[Message] | None = None
    reasoning_effort: Literal["NONE", "MINIMAL", "LOW", "MEDIUM", "HIGH"] | None = None
    verbosity: Literal["LOW", "MEDIUM", "HIGH"] | None = None
    metadata: dict[str, str] | None = None
    is_stream: bool | None = None
    stream_options: StreamOptions | None = None
    num_generations: Annotated[int, Meta(ge=1, le=5)] | None = None
    seed: int | None = None
    is_echo: bool | None = None
    top_k: Annotated[int, Meta(ge=-1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    stop: list[str] | None = None
    log_probs: Annotated[int, Meta(ge=0)] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    logit_bias: dict[str, float] | None = None
    prediction: msgspec.Raw = msgspec.Raw(b"{}")
    response_format: Form | None = None
    tool_choice: Choice | None = None
    is_parallel_tool_calls: bool | None = None
    tools: list[Tool] | None = None
    web_search_options: msgspec.Raw = msgspec.Raw(b"{}")
    service_tier: Literal["AUTO", "DEFAULT", "PRIORITY"] | None = None


def envelope_of(body: bytes) -> Envelope:
    """What is around a request, and its format; raises `RequestError`."""
    details = read_as(body, Details)
    return Envelope(details=details, chat=read_as(bytes(details.chat_request), Format))


def read_as(body: bytes, schema: type[T]) -> T:
    """The body as `schema`; raises `RequestError` 400 in Oracle's words."""
    try:
        return msgspec.json.decode(body.decode(), type=schema)
    except msgspec.ValidationError as error:
        raise RequestError(400, f"Incorrectly formatted request: {error}", code=UNPARSED) from None
    except (ValueError, RecursionError):
        raise RequestError(400, "Incorrectly formatted request", code=UNPARSED) from None
