"""What addressing and signing one request costs, for every kind of provider.

Measured in this process and by processor time: the way from a client's request to the bytes that
are sent, by the gateway's own endpoints, as it builds them from a configuration. The client speaks
a dialect of the provider's own, so that nothing is translated; what a body needs at any provider
(its model's name there, InvokeModel's envelope) is measured beside it and not counted. Nor is the
RSA operation of Oracle's signatures, which nobody can make cheaper; `rsa_us` is what it takes.

Example: `measure(rounds=5)[0].signs`.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final, cast

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bench import translation_workload
from detente.canonical.model import Dialect
from detente.configuration.schema import Limits
from detente.dialects import codec_of
from detente.dialects.translation import Translation
from detente.gateway.enveloped import wrap_body
from detente.gateway.http.message import Request
from detente.gateway.outbound import outbound
from detente.gateway.upstream.connections import Pool
from detente.gateway.upstream.credentials import Secrets
from detente.gateway.upstream.dial import Address
from detente.gateway.upstream.endpoint import Endpoint, Step
from detente.gateway.upstream.reach import Reach
from detente.gateway.upstream.renewal import Renewal, Renewals
from detente.providers import KINDS, Credentials, ProviderKind, RsaCredentials
from detente.providers.credentials import Lease, Source
from detente.wiring import Sources, build

CALLS: Final = 200
RSA_BYTES: Final = 256
"""Of a signature by a key of 2048 bits, which is what Oracle's own tool makes."""
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
SESSION_TOKEN: Final = "t" * 300
"""About as long as those of AWS."""
HEADERS: Final = {
    b"content-type": b"application/json",
    b"accept": b"*/*",
    b"user-agent": b"bench/1",
    b"authorization": b"Bearer dt-0001",
}
PROVIDERS: Final = """
[providers.{kind}]
kind = "{kind}"
base_url = "https://platform.example"
host = "somebody"
region = "{region}"
project = "p1"
workspace = "w1"
compartment = "ocid1.compartment.oc1..a"
{credential}

[models."{publisher}/m-{kind}"]
deployments = [{{ provider = "{kind}", id = "{upstream_id}", tier = "flex" }}]
"""
MODELS: Final = {
    "anthropic": "claude-x",
    "anthropic_aws": "claude-x",
    "bedrock": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock_mantle": "anthropic.claude-x",
}
"""Ids of Claude, where it is what a kind is asked for."""


class Addressed(msgspec.Struct, frozen=True, kw_only=True):
    """One kind's figure: how it was asked, whether it signs, and what that took."""

    kind: str
    dialect: Dialect
    signs: bool
    cpu_us: float


class _Leases:
    """Credentials that are there already: nothing is renewed meanwhile."""

    def __init__(self) -> None:
        rsa = RsaCredentials(key_id="ocid1.tenancy/ocid1.user/00", sign=lambda _: bytes(RSA_BYTES))
        self._found: dict[str, str | Credentials | RsaCredentials] = {"oci": rsa}

    def of(self, key: object, provider: str, open_source: object) -> Renewal:
        """The renewal of a provider's credential."""
        del open_source
        chain = cast("tuple[str, str]", key)[1]
        renewal = Renewal(provider, _never, lambda: NOW)
        renewal.lease = Lease(
            credential=self._found.get(chain, "t" * 1000), expires_at=NOW + timedelta(days=1)
        )
        return renewal


def _never() -> Source:
    raise AssertionError("nothing is fetched here")


def measure(*, rounds: int) -> tuple[Addressed, ...]:
    """Each kind, by a bearer or fixed key and, where it signs, by a signature: the median over
    `rounds` of the mean of many calls."""
    return tuple(
        Addressed(
            kind=kind.name,
            dialect=endpoint.spec.name,
            signs=signs,
            cpu_us=_addressing_us(endpoint, rounds),
        )
        for kind in KINDS
        for signs in (False, True)
        if (endpoint := _endpoint(kind, signs=signs)) is not None
    )


def rsa_us() -> float:
    """One RSA signature, which Oracle wants of each request."""
    key = generate_private_key(65537, 8 * RSA_BYTES)
    return _cpu_us(lambda: key.sign(b"x" * 400, PKCS1v15(), hashes.SHA256()))


def slowest(figures: tuple[Addressed, ...], *, signs: bool) -> Addressed:
    """The kind that costs most of those that sign, or of those that do not."""
    return max((one for one in figures if one.signs is signs), key=lambda one: one.cpu_us)


def _endpoint(kind: ProviderKind, *, signs: bool) -> Endpoint | None:
    """A kind's preferred endpoint, None where it does not sign."""
    if signs and kind.sign is None:
        return None
    credential = 'api_key = { env = "K" }'
    if signs:
        keys = 'access_key_id = "AKIA"\nsecret_access_key = { env = "K" }'
        credential = keys if kind.chain == "aws" else 'credentials = "default"'
    upstream_id = MODELS.get(kind.name, "bench-upstream")
    text = PROVIDERS.format(
        kind=kind.name,
        credential=credential,
        region=kind.regions[0] if kind.regions else "us-east-1",
        upstream_id=upstream_id,
        publisher="anthropic" if kind.name in MODELS else "somebody",
    )
    setup = build(Sources(path="detente.toml", main=text.encode(), agreements=()))
    access = Credentials(
        access_key_id="AKIA", secret_access_key="s" * 40, session_token=SESSION_TOKEN
    )
    secrets = Secrets(
        api_keys={} if signs else {kind.name: "k" * 40},
        access_keys={kind.name: access} if signs and kind.chain == "aws" else {},
    )
    renewals = cast("Renewals", _Leases())
    return next(iter(Reach(setup, secrets, _no_pool, renewals).endpoints().values()))


def _no_pool(name: str, address: Address, limits: Limits) -> Pool:
    del name, address, limits
    return cast("Pool", None)


def _addressing_us(endpoint: Endpoint, rounds: int) -> float:
    """What `outbound` takes, without the edits of the body that are not the deployment's own."""
    spec = endpoint.spec
    body = _body(spec.name)
    head = spec.read_request(body)
    step = Step(endpoint=endpoint, respond_within_ms=None, lines=b"")
    request = Request(
        b"POST", b"/any", dict(HEADERS), body, keep_alive=True, chunked=True, received_at=0.0
    )

    def send() -> object:
        return outbound(request, step, spec, head, now=NOW)

    def edit() -> object:
        edited = spec.edit_request(
            body, head, model=endpoint.deployment.upstream_id, ask_usage=endpoint.asks_usage
        )
        return edited if endpoint.envelope is None else wrap_body(endpoint, edited, request)

    return median(_cpu_us(send) - _cpu_us(edit) for _ in range(rounds))


def _body(dialect: Dialect) -> bytes:
    """The chat request of 1 KB in a dialect."""
    spoken = translation_workload.plain().requests
    if dialect in spoken:
        return spoken[dialect]
    client, upstream = codec_of("openai_chat"), codec_of(dialect)
    assert client is not None
    assert upstream is not None, dialect
    translation = Translation(client, spoken["openai_chat"], model="bench-00", stream=False)
    return translation.encoded_for(upstream, translation_workload.TARGET).body


def _cpu_us(call: Callable[[], object]) -> float:
    call()
    began = time.process_time_ns()
    for _ in range(CALLS):
        call()
    return (time.process_time_ns() - began) / CALLS / 1_000
