"""HTTP/1.1 messages as the gateway holds and writes them.

Only what travels: parsing is llhttp's (`gateway/server.py`, `upstream/connections.py`). Response
headers are relayed unless they speak of the hop or of somebody else's session.
"""

from typing import TYPE_CHECKING, Final

from detente.canonical.failure import ERROR_STATUS
from detente.canonical.usage import Usage

if TYPE_CHECKING:
    from detente.canonical.failure import Failure
    from detente.gateway.attempts import Attempts
    from detente.gateway.routing import Plan

HOP_HEADERS: Final = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"content-length",
    )
)
"""RFC 9110 section 7.6.1, and the length that is written anew."""
USUAL_CONNECTION: Final = (b"keep-alive", b"close")
OWN_PREFIX: Final = b"x-detente-"
"""A provider cannot speak for the gateway."""
FRAMING_HEADERS: Final = frozenset((b"content-length", b"transfer-encoding"))
WITHHELD_HEADERS: Final = HOP_HEADERS | frozenset(
    (
        b"set-cookie",
        b"www-authenticate",
        b"location",
        b"refresh",
        b"alt-svc",
        b"strict-transport-security",
        b"server",
        b"date",
        b"openai-organization",
        b"openai-project",
        b"anthropic-organization-id",
    )
)
"""What is not relayed to the client: the hop's headers, the provider's session, our account there,
and what would lead the client elsewhere, with its key."""

TREATMENTS_MAX: Final = 1_024
TREATED_BYTES_MAX: Final = 64
"""Of headers whose treatment is remembered: how many, and how long their names are at most."""

REASONS: Final[dict[int, bytes]] = {
    200: b"OK",
    201: b"Created",
    202: b"Accepted",
    204: b"No Content",
    400: b"Bad Request",
    401: b"Unauthorized",
    402: b"Payment Required",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    409: b"Conflict",
    413: b"Content Too Large",
    417: b"Expectation Failed",
    422: b"Unprocessable Content",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    529: b"Overloaded",
}
STATUS_LINES: Final[dict[int, bytes]] = {
    status: b"HTTP/1.1 %d %b\r\n" % (status, reason) for status, reason in REASONS.items()
}
assert set(ERROR_STATUS.values()) <= set(REASONS)

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"
UNDECIDED: Final = b"x-detente-decision: none\r\n"
UNTRIED: Final = b"x-detente-deployment: none\r\nx-detente-loss: none\r\n"
JSON: Final = b"content-type: application/json\r\n"
CLOSE: Final = b"connection: close\r\n"
RETRY_ELSEWHERE: Final = b"x-should-retry: false\r\n"
"""Tells the official clients that the gateway has already tried what there was to try."""

LIMIT_CODES: Final = ("budget_exhausted", "rate_limited")
RETRY_WAIT_MS_MAX: Final = 60_000
"""Official clients obey a longer wait by waiting less (openai 3.54, anthropic 0.100: at most 60 s
are taken as said, else it is a fraction of a second): they are told not to try again."""


class Request:
    """One request as it came: method, raw target, headers by lower-case name, body.

    `received_at` is monotonic, in seconds, taken at the request's last byte. `chunked` is whether
    the client understands a chunked answer (HTTP/1.0 does not: there the end of the connection
    ends the answer).
    """

    __slots__ = ("body", "chunked", "headers", "keep_alive", "method", "received_at", "target")

    def __init__(
        self,
        method: bytes,
        target: bytes,
        headers: dict[bytes, bytes],
        body: bytes,
        *,
        keep_alive: bool,
        chunked: bool,
        received_at: float,
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.keep_alive = keep_alive
        self.chunked = chunked
        self.received_at = received_at


class _Treatment:
    """What becomes of a provider's header: relayed behind its `label`, or withheld (no label)."""

    __slots__ = ("connects", "frames", "label", "types")

    def __init__(self, name: bytes) -> None:
        lower = name.lower()
        withheld = lower in WITHHELD_HEADERS or lower.startswith(OWN_PREFIX)
        self.label = b"" if withheld else lower + b": "
        self.frames = lower in FRAMING_HEADERS
        self.connects = lower == b"connection"
        self.types = lower == b"content-type"


_TREATMENTS: Final[dict[bytes, _Treatment]] = {}
"""By names as providers spell them, which are few; but nobody says that they have to be."""


def _treatment_of(name: bytes) -> _Treatment:
    treatment = _TREATMENTS.get(name)
    if treatment is None:
        treatment = _Treatment(name)
        if len(_TREATMENTS) < TREATMENTS_MAX and len(name) <= TREATED_BYTES_MAX:
            _TREATMENTS[name] = treatment
    return treatment


class Response:
    """A provider's answer: complete, or an event stream of which the head has come.

    `lines` are the headers that are relayed, ready to be written; `body` is empty while
    `streaming`. `until_close` is whether only the connection's end marks the end of the answer.
    `usage` is what a translation has read already.
    """

    __slots__ = (
        "body",
        "content_type",
        "headers",
        "lines",
        "status",
        "streaming",
        "until_close",
        "usage",
    )

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        self.headers = headers
        self.body = b""
        self.streaming = False
        self.content_type = b""
        self.usage: Usage | None = None
        lines: list[bytes] = []
        framed = status in (204, 304)
        named: set[bytes] = set()
        for name, value in headers:
            treatment = _treatment_of(name)
            if treatment.label:
                lines.append(b"%b%b\r\n" % (treatment.label, value))
                if treatment.types:
                    self.content_type = value
            elif treatment.frames:
                framed = True
            elif treatment.connects and value not in USUAL_CONNECTION:
                hop = value.lower()
                if hop not in USUAL_CONNECTION:
                    named.update(part.strip() for part in hop.split(b","))
        if named:  # headers of the hop that only this provider knows (RFC 9110 section 7.6.1)
            lines = [line for line in lines if line.partition(b":")[0] not in named]
        self.lines = b"".join(lines)
        self.until_close = not framed

    def named_headers(self) -> dict[bytes, bytes]:
        """The headers by lower-case name, the last of each."""
        return {name.lower(): value for name, value in self.headers}


def message_head(
    head: bytes, forwarded: frozenset[bytes], request: Request, body_bytes: int
) -> bytes:
    """A request towards a provider up to its body: `head`, what the client may add, the length."""
    lines = [head]
    for name, value in request.headers.items():
        if name in forwarded:
            lines.append(b"%b: %b\r\n" % (name, value))
    lines.append(b"content-length: %d\r\n\r\n" % body_bytes)
    return b"".join(lines)


def own_lines(request_id: str, attempts: "Attempts", plan: "Plan | None") -> bytes:
    """The headers that every response of the gateway carries."""
    step = attempts.step
    return b"x-detente-request-id: %b\r\nx-detente-attempts: %d\r\n%b%b" % (
        request_id.encode(),
        attempts.count,
        UNDECIDED if plan is None else plan.lines,
        UNTRIED if step is None else step.lines,
    )


def retry_lines(failure: "Failure", *, last: bool) -> bytes:
    """When to try again: in whole seconds (RFC 9110 section 10.2.3), and in milliseconds, which
    OpenAI's and Anthropic's clients prefer. Where that is no use (`last`) or far off, not to."""
    wait_ms = failure.retry_after_ms
    lines = b""
    if wait_ms is not None:
        lines = b"retry-after: %d\r\nretry-after-ms: %d\r\n" % (-(-wait_ms // 1000), wait_ms)
    refused = failure.code in LIMIT_CODES
    if last or (refused and (wait_ms is None or wait_ms > RETRY_WAIT_MS_MAX)):
        lines += RETRY_ELSEWHERE
    return lines


def without_retry(lines: bytes) -> bytes:
    """A provider's header lines without its own word on whether the client should try again, which
    spoke of that provider alone."""
    kept = lines.split(b"\r\n")
    return b"\r\n".join(line for line in kept if not line.startswith(b"x-should-retry:"))


def status_line(status: int) -> bytes:
    """`HTTP/1.1 200 OK` and its line end."""
    return STATUS_LINES.get(status) or b"HTTP/1.1 %d Status\r\n" % status


def chunk(data: bytes) -> bytes:
    """`data` as one chunk; empty data would end the body, so it gives nothing."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
