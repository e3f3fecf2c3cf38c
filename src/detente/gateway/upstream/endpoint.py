"""How a deployment is reached, and what a plan makes of it: values that no request changes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from detente.canonical.loss import Loss
from detente.canonical.model import Deployment
from detente.dialects import Spec
from detente.dialects.codec import Codec, Target
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.counting_translation import CountingOutgoing
from detente.dialects.embedding_codec import EmbeddingCodec
from detente.dialects.embedding_translation import EmbeddingOutgoing
from detente.dialects.members import MemberEdits
from detente.dialects.translation import Outgoing
from detente.gateway.upstream.connections import Pool
from detente.gateway.upstream.dial import Address
from detente.gateway.upstream.renewal import Renewal
from detente.providers import Envelope, HeadroomOf, Judge, PassedOn


class LastAnswer:
    """The headers of the last answer and when they came, None before the first; see `headrooms`."""

    __slots__ = ("at", "headers")

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """How one deployment is reached in one dialect: everything that no request changes.

    `head` is the request up to the headers that a client's request adds, `stream_head` the same
    where an answer is to be streamed. A translated request adds `own_lines` instead, and is encoded
    by `codec` (None where the dialect has none) for `target`; `operation` is by which of the
    dialect's operations, None the usual one. `envelope` is what the dialect's own
    body is wrapped in there, `sign(body, stream, now)` the headers with the credential, None where
    `head` has it; with a `renewal` it can be called once that is ready. `edits` are what this
    deployment demands of every body, None where that is nothing. `spill_lines` are the headers
    that have the platform pass what it has no room for on to the deployment's `spillover`;
    `passed_on` tells by an answer's header lines whether it did, None where it never does.
    `secret` is what of a configured credential no answer may show.
    `judge` and `headroom` read what an answer means and what its headers say of limits.
    """

    deployment: Deployment
    spec: Spec
    address: Address
    pool: Pool
    head: bytes
    stream_head: bytes
    own_lines: bytes
    codec: Codec | EmbeddingCodec | CountingCodec | None
    target: Target
    envelope: Envelope | None
    sign: Callable[[bytes, bool, datetime], bytes] | None
    renewal: Renewal | None
    edits: MemberEdits | None
    asks_usage: bool
    forwarded: frozenset[bytes]
    judge: Judge
    headroom: HeadroomOf
    first_byte_timeout_ms: int
    operation: str | None = None
    spill_lines: bytes = b""
    secret: bytes = b""
    passed_on: Callable[[bytes], PassedOn | None] | None = None
    last: LastAnswer = field(default_factory=LastAnswer)


def spilling(endpoint: Endpoint, allowed: tuple[str, ...]) -> Endpoint:
    """The endpoint as it is asked where the deployments `allowed` may answer: the platform may pass
    the request on to one of those alone."""
    if endpoint.deployment.spillover not in allowed:
        return endpoint
    lines = endpoint.spill_lines
    head, stream_head = endpoint.head + lines, endpoint.stream_head + lines
    return replace(endpoint, head=head, stream_head=stream_head)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One deployment that may be tried now; `respond_within_ms` is a first refusal's window.

    Where the deployment does not speak the client's dialect, `candidates` are the ways to reach it
    in another one, the preferred first, and `outgoing` is the request as `endpoint` is sent it once
    that was chosen. `losses` are what does
    not get there.
    """

    endpoint: Endpoint
    respond_within_ms: int | None
    lines: bytes
    candidates: tuple[Endpoint, ...] = ()
    outgoing: Outgoing | EmbeddingOutgoing | CountingOutgoing | None = None
    losses: tuple[Loss, ...] = ()
