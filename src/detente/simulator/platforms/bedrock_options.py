"""What a request asks of Bedrock beside an answer: a tier, a latency, a guardrail, or a failure.

InvokeModel and OpenAI's chat have them in headers, Converse in its body. A body that says
`raise ThrottlingException` is answered by that error, and a stream whose request says `break
throttlingException` ends in it, whatever its dialect: so every client can bring one about.

>>> told_to_raise(b'{"messages": "raise ModelNotReadyException"}').status
429
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from detente.dialects._framing.aws_events import aws_event
from detente.simulator.dialects import guardrail
from detente.simulator.dialects.guardrail import Guardrail
from detente.simulator.exchange import Answer, Headers, Piece, Received, RequestError, Stream

TIERS: Final = ("priority", "default", "flex", "reserved")
LATENCIES: Final = ("standard", "optimized")

STATUSES: Final = {
    "AccessDeniedException": 403,
    "ConflictException": 400,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
"""Every error of the runtime's, as in botocore 1.44.5's model of it."""
SENT_BEFORE: Final = 3
"""Events of a stream before it breaks."""

_RAISE: Final = re.compile(rb"\braise ([A-Z][A-Za-z]+Exception)\b")
_BREAK: Final = re.compile(rb"\bbreak ([a-z][A-Za-z]+Exception)\b")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    tier: str | None = None
    latency: str | None = None
    guardrail: Guardrail | None = None


def of_headers(request: Received) -> Options:
    """As InvokeModel and chat have them; raises `RequestError` 400."""
    prefix = "x-amzn-bedrock-"
    tier = request.header(f"{prefix}service-tier")
    latency = request.header(f"{prefix}performanceconfig-latency")
    check_member("serviceTier", tier, TIERS)
    check_member("performanceConfigLatency", latency, LATENCIES)
    trace = request.header(f"{prefix}trace")
    check_member("trace", trace, ("ENABLED", "DISABLED", "ENABLED_FULL"))
    asked = guardrail.read(
        request.header(f"{prefix}guardrailidentifier"),
        request.header(f"{prefix}guardrailversion"),
        trace=trace in ("ENABLED", "ENABLED_FULL"),
    )
    return Options(tier=tier, latency=latency, guardrail=asked)


def check_member(name: str, value: str | None, known: tuple[str, ...]) -> None:
    """Raises `RequestError` 400 for a value that is none of those known."""
    if value is not None and value not in known:
        raise RequestError(
            400,
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(known)}]",
        )


def echoed(options: Options) -> Headers:
    """The headers in which InvokeModel says how it served the request."""
    said = (
        ("x-amzn-bedrock-service-tier", options.tier),
        ("x-amzn-bedrock-performanceconfig-latency", options.latency),
    )
    return tuple((name, value) for name, value in said if value is not None)


def told_to_raise(body: bytes) -> RequestError | None:
    """The error that a body asks for, None where it asks for none."""
    found = _RAISE.search(body)
    name = found[1].decode() if found is not None else ""
    if name not in STATUSES:
        return None
    said = f"The server answered {STATUSES[name]} because it was told to."
    return RequestError(STATUSES[name], said, code=name)


def told_to_break(answer: Answer, body: bytes) -> Answer:
    """`answer`, or where it streams in Amazon's frames and its request asks so, cut by an
    exception."""
    found = _BREAK.search(body)
    if found is None or not isinstance(answer, Stream):
        return answer
    if ("content-type", "application/vnd.amazon.eventstream") not in answer.headers:
        return answer
    return msgspec.structs.replace(answer, pieces=_broken(answer.pieces, found[1].decode()))


def _broken(pieces: Iterator[Piece], name: str) -> Iterator[Piece]:
    yield from islice(pieces, SENT_BEFORE)
    headers = {
        ":exception-type": name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    yield Piece(aws_event(headers, b'{"message":"The stream broke because it was told to."}'))
