"""Bodies that travel wrapped, in Bedrock's InvokeModel or Vertex AI's rawPredict: asked by a client
or spoken by a provider.

What an envelope does to bytes is the dialects' business (`dialects/_envelope`); this module says
where a request meets one: on its way in, on its way to a provider, and on the way back.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from detente.canonical.failure import Failure
from detente.canonical.loss import FEATURES, Loss
from detente.dialects import RequestHead, Route, Spec, StreamTap, spec_of
from detente.dialects.envelope import (
    Asked,
    betas_of,
    options_lost,
    stream_content_type,
    wrapping_of,
)
from detente.gateway.http.message import Request, Response
from detente.gateway.upstream.endpoint import Endpoint

if TYPE_CHECKING:
    from detente.gateway.exchange import Exchange

BETAS_LOST: Final = Loss(
    path="anthropic-beta",
    what="native_option",
    why="only Anthropic's own API has such features",
    severity=FEATURES["native_option"],
)
OPTIONED_KIND: Final = "bedrock"
"""The kind of provider that reads the options in InvokeModel's headers."""


def open_request(request: Request, route: Route) -> tuple[Route, Spec]:
    """Take the publisher's own request out of its envelope, in place; raises `ClientFault`.

    What Anthropic's own clients say in headers is put where they say it. Where only the request was
    wrapped, nothing is left of the envelope.
    """
    assert route.envelope is not None
    assert route.dialect is not None
    wrapping = wrapping_of(route.envelope)
    inside = wrapping.opened(request.body, route.dialect, route.path_model, route.stream is True)
    request.body = inside.body
    if inside.api_version is not None:
        request.headers[b"anthropic-version"] = inside.api_version.encode()
    if inside.betas:
        request.headers[b"anthropic-beta"] = ",".join(inside.betas).encode()
    envelope = route.envelope if wrapping.closed_to_client else None
    route = replace(route, dialect=inside.dialect, envelope=envelope)
    return route, wrapping.client_spec(spec_of(inside.dialect))


def wrap_body(endpoint: Endpoint, body: bytes, request: Request) -> bytes:
    """A publisher's own request as its envelope's provider is sent it."""
    assert endpoint.envelope is not None
    asked = request.headers.get(b"anthropic-version")
    return wrapping_of(endpoint.envelope).wrapped(
        body,
        Asked(
            dialect=endpoint.spec.name,
            api_version=endpoint.target.api_version,
            asked_version=None if asked is None else asked.decode("latin-1"),
            betas=betas_of(request.headers.get(b"anthropic-beta")),
        ),
    )


def tap_of(exchange: "Exchange", spec: Spec, head: RequestHead, answer: Response) -> StreamTap:
    """What reads a stream in passing, or translates it."""
    step, lane, route = exchange.attempts.step, exchange.lane, exchange.route
    assert step is not None
    if lane is not None and step.outgoing is not None:
        return lane.tap(step.outgoing, answer)
    bound = exchange.plane.limits.stream_event_bytes_max
    assert route is not None
    if route.envelope is None and step.endpoint.envelope is None:
        return spec.tap(head, event_bytes_max=bound)
    return passing_tap(
        spec, head, route=route, endpoint=step.endpoint, answer=answer, event_bytes_max=bound
    )


def passing_tap(
    spec: Spec,
    head: RequestHead,
    *,
    route: Route,
    endpoint: Endpoint,
    answer: Response,
    event_bytes_max: int,
) -> StreamTap:
    """The tap of a stream whose dialect is the client's; its wrapping may be another.

    The head of `answer` then says what the client gets.
    """
    tap = spec.tap(head, event_bytes_max=event_bytes_max)
    kind = stream_content_type(route.envelope)
    if kind != stream_content_type(endpoint.envelope):
        answer.lines = b"content-type: %b\r\n" % kind
    if endpoint.envelope is None:
        return tap
    return wrapping_of(endpoint.envelope).upstream_tap(tap, event_bytes_max)


def options_not_read(request: Request, route: Route, endpoint: Endpoint) -> tuple[Loss, ...]:
    """What a client asks for in headers that this provider does not read: options of InvokeModel's,
    and features of Anthropic's that are not published yet."""
    lost: tuple[Loss, ...] = ()
    if b"anthropic-beta" in request.headers and not endpoint.spec.name.startswith("anthropic_"):
        lost = (BETAS_LOST,)
    if route.envelope is None or endpoint.deployment.kind == OPTIONED_KIND:
        return lost
    return (*lost, *options_lost(request.headers))


def failure_of(endpoint: Endpoint, answer: Response) -> Failure:
    """An error answer whose wrapping is not the client's, to be told in the client's own."""
    codec, envelope = endpoint.codec, endpoint.envelope
    told = None if codec is None else codec.read_error(answer.body)
    if codec is None and envelope is not None:
        told = wrapping_of(envelope).read_error(answer.body)
    return Failure(
        code=(told and told.code) or "request_invalid",
        message="the provider refused the request" if told is None else told.message,
        blame="client",
        status=answer.status,
    )
