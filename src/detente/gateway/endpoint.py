"""How a deployment is reached, and what a plan makes of it: values that no request changes."""

import msgspec

from detente.canonical.model import Deployment
from detente.dialects import Spec
from detente.gateway.dial import Address
from detente.gateway.upstream import Pool
from detente.providers import Judge


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How one deployment is reached in one dialect: everything that no request changes.

    `head` is the request up to the headers that a client's request adds.
    """

    deployment: Deployment
    spec: Spec
    address: Address
    pool: Pool
    head: bytes
    forwarded: frozenset[bytes]
    judge: Judge
    first_byte_timeout_ms: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment that may be tried now; `respond_within_ms` is a first refusal's window."""

    endpoint: Endpoint
    respond_within_ms: int | None
    lines: bytes
