"""The schema of `detente.toml`: every table, key, default and its reason.

`detente schema` prints it as JSON Schema. Unknown keys are errors. Secrets stand here by
reference only. Defaults of `Limits` are the bounds of every buffer, queue and wait.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from detente.canonical.model import Dialect, Interface, RetentionMode
from detente.configuration.callers import (
    Administrator,
    IdentityProvider,
    Key,
    Organisation,
    Project,
)
from detente.configuration.guardrails import Guardrails
from detente.configuration.store import Store
from detente.configuration.tables import Bytes, Count, Milliseconds, Name, Secret, Strict

ProviderKindName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""A kind of provider; `docs/reference/providers.md` has them all."""


HOST_NAME = r"^[A-Za-z0-9][A-Za-z0-9.-]*$|^\[[0-9A-Fa-f:.]+\]$"
"""A name or an address, IPv6 in brackets; no port, no pattern."""


class Tls(Strict, frozen=True, kw_only=True):
    """The server's own certificate chain and private key, as PEM files."""

    certificate: str
    private_key: str


class Server(Strict, frozen=True, kw_only=True):
    """`[server]`: where to listen, and how many workers.

    `state` is the folder of journals and ledger; a relative path is relative to the file.
    `master_key` is what the secrets of AWS clients' access keys derive from (`detente keys aws`);
    at least 32 characters, and whoever has it can make those of every key.

    `admin_hosts` are names, without a port, by which the admin API may be called besides those of
    loopback. Off loopback it needs administrators (`[administrators.NAME]`, or an identity's
    `roles`), and TLS: its own (`tls`) or that of a proxy, which is what `admin_hosts` says then.
    """

    listen: str = "127.0.0.1:8080"
    admin_listen: str = "127.0.0.1:8081"
    admin_hosts: tuple[Annotated[str, Meta(pattern=HOST_NAME, max_length=253)], ...] = ()
    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    state: str = "state"
    tls: Tls | None = None
    master_key: Secret | None = None


class Limits(Strict, frozen=True, kw_only=True):
    """`[limits]`: a bound for every buffer and wait, with its reason.

    - `head_bytes_max`: OpenAI's clients send under 1 KiB; a bearer token may take 8 KiB.
    - `headers_max`: official clients send about 20.
    - `request_body_bytes_max`: images in base64 are large.
    - `response_body_bytes_max`: a non-stream answer is held until it can be settled.
    - `stream_event_bytes_max`: the terminal event of a response repeats the whole answer.
    - `write_buffer_bytes_max`: above it the other side is paused (back-pressure).
    - `connections_max`: per worker; two descriptors a request.
    - `in_flight_max`: requests per worker at once; above it 503.
    - `buffered_bytes_max`: request bodies held at once, per worker; above it 503.
    - `client_head_timeout_ms`, `client_body_timeout_ms`: a slow sender holds no memory for long.
    - `client_idle_timeout_ms`: keep-alive between requests.
    - `connect_timeout_ms`: TCP and TLS to a provider.
    - `first_byte_timeout_ms`: reasoning models think long before they answer.
    - `idle_timeout_ms`: between two pieces of an answer, from the provider or to the client.
    - `total_timeout_ms`: a whole request, all attempts.
    - `pool_connections_max`, `pool_idle_timeout_ms`: kept connections, per provider and worker.
    - `attempts_max`: deployments tried for one request.
    - `drain_timeout_ms`: what is open when SIGTERM comes may take this long.
    - `decisions_cached_max`: classes of question kept per worker.
    - `budget_wait_ms`: what a call that would fit once others have settled waits for them.
    - `budget_waiting_max`: calls that wait so at once, per worker; above it they are refused.
    - `output_tokens_assumed`: what is reserved for the output of a call that sets no bound to it.
    """

    head_bytes_max: Bytes = 64 * 1024
    headers_max: Count = 128
    request_body_bytes_max: Bytes = 64 * 1024 * 1024
    response_head_bytes_max: Bytes = 64 * 1024
    response_body_bytes_max: Bytes = 64 * 1024 * 1024
    stream_event_bytes_max: Bytes = 16 * 1024 * 1024
    write_buffer_bytes_max: Bytes = 256 * 1024
    connections_max: Count = 20_000
    in_flight_max: Count = 10_000
    buffered_bytes_max: Bytes = 1024 * 1024 * 1024
    client_head_timeout_ms: Milliseconds = 10_000
    client_body_timeout_ms: Milliseconds = 120_000
    client_idle_timeout_ms: Milliseconds = 75_000
    connect_timeout_ms: Milliseconds = 5_000
    first_byte_timeout_ms: Milliseconds = 600_000
    idle_timeout_ms: Milliseconds = 300_000
    total_timeout_ms: Milliseconds = 3_600_000
    pool_connections_max: Count = 512
    pool_idle_timeout_ms: Milliseconds = 30_000
    attempts_max: Count = 8
    drain_timeout_ms: Milliseconds = 30_000
    decisions_cached_max: Count = 10_000
    budget_wait_ms: Milliseconds = 2_000
    budget_waiting_max: Count = 4_096
    output_tokens_assumed: Count = 4_096


class CredentialSource(Strict, frozen=True, kw_only=True):
    """`credentials`: where the platform's own library looks; what is left out it finds itself.

    `profile` and `file` are AWS's and Oracle's profile, Google's or Oracle's file; `role_arn` an
    AWS role to take on; `client_id` and `tenant_id` an Azure identity; `audience` what a workload's
    token is made out for, where that is not the platform's own.
    """

    profile: str | None = None
    file: str | None = None
    role_arn: str | None = None
    client_id: str | None = None
    tenant_id: str | None = None
    audience: str | None = None


class GuardrailEntry(Strict, frozen=True, kw_only=True):
    """`[providers.NAME.guardrail]`: a guardrail of the platform's own for every request there."""

    id: Annotated[str, Meta(min_length=1, max_length=2048)]
    version: Annotated[str, Meta(pattern=r"^(DRAFT|[1-9][0-9]{0,7})$")] = "DRAFT"
    trace: bool = False


class Provider(Strict, frozen=True, kw_only=True):
    """`[providers.NAME]`: one place that serves models.

    `base_url` is what that platform's own SDK would be given; each kind has a default where
    the platform has one address. `host` is who owns the machines. `dialects` narrows what is
    spoken there, the preferred one for translated requests first; left out, it is all that the
    kind can. Facts that are left out are missing, and an agreement that needs one says so.

    `credentials` has the platform's own library find and renew them: `"default"` where it looks by
    itself, or a table that says where. `project` is Google's or OpenAI's, `compartment` Oracle's,
    `workspace` Anthropic's. `private_network` is whether the address may lead into a private
    network; left out, it may where the kind is one of self-hosted engines, or the address is
    written in numbers.
    """

    kind: ProviderKindName
    base_url: str | None = None
    host: Name | None = None
    region: str | None = None
    api_key: Secret | None = None
    api_version: str | None = None
    organization: Name | None = None
    dialects: tuple[Dialect, ...] | None = None
    first_byte_timeout_ms: Milliseconds | None = None
    processing_zone: str | None = None
    storage_zone: str | None = None
    retention: RetentionMode | None = None
    attestations: tuple["AttestationEntry", ...] = ()
    access_key_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,128}$")] | None = None
    secret_access_key: Secret | None = None
    session_token: Secret | None = None
    credentials: Literal["default"] | CredentialSource | None = None
    project: Name | None = None
    compartment: Annotated[str, Meta(pattern=r"^ocid1\.[A-Za-z0-9._-]{1,250}$")] | None = None
    workspace: Name | None = None
    guardrail: GuardrailEntry | None = None
    private_network: bool | None = None


class AttestationEntry(Strict, frozen=True, kw_only=True):
    """A document that a provider or deployment can show, and until when."""

    name: str
    expires: datetime | None = None


class CapacityEntry(Strict, frozen=True, kw_only=True):
    """What a deployment can take before it refuses."""

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    provisioned_units: Decimal | None = None


class DeploymentEntry(Strict, frozen=True, kw_only=True):
    """One row of a model's `deployments`: the provider's name, and the model's id there.

    Facts given here override the provider's. `spillover` is the `id` of another deployment of the
    model at the same provider, to which a platform that can do so passes on by itself what this one
    has no capacity for; it is asked to only where the agreements allow both.
    """

    provider: str
    id: str
    dialects: tuple[Dialect, ...] | None = None
    region: str | None = None
    tier: str | None = None
    processing_zone: str | None = None
    storage_zone: str | None = None
    retention: RetentionMode | None = None
    attestations: tuple[AttestationEntry, ...] | None = None
    interfaces: tuple[Interface, ...] = ("stateless_api", "embedding")
    capacity: CapacityEntry | None = None
    offer: str | None = None
    spillover: str | None = None


class CapabilityEntry(Strict, frozen=True, kw_only=True):
    """`capabilities` of a model: what it can do, where the catalog does not say or is not right.

    Meanings as in `docs/reference/capabilities.md`; what is left out is as the catalog says.
    """

    context_tokens: Count | None = None
    output_tokens_max: Count | None = None
    temperature: tuple[float, float] | None = None
    sampling: tuple[str, ...] | None = None
    forced_tool_choice: bool | None = None
    parallel_tool_calls: bool | None = None
    structured_output: bool | None = None
    input_modalities: tuple[str, ...] | None = None
    reasoning: tuple[str, ...] | None = None
    reasoning_efforts: tuple[str, ...] | None = None
    reasoning_can_be_off: bool | None = None
    prefill: bool | None = None


class ModelEntry(Strict, frozen=True, kw_only=True):
    """`[models."publisher/model"]`: a model and where it can be had."""

    deployments: tuple[DeploymentEntry, ...]
    aliases: tuple[str, ...] = ()
    released: datetime | None = None
    open_weights: bool = False
    retention_required: RetentionMode | None = None
    capabilities: CapabilityEntry | None = None


class Rehearsal(Strict, frozen=True, kw_only=True):
    """`[rehearsal]`: lets a request choose the date of its decision; loopback only."""

    enabled: bool = False


class Agreements(Strict, frozen=True, kw_only=True):
    """`[agreements]`: the folder of agreement files, and what holds where they are silent.

    `register` is the file of what people declare and answer (`detente events`, `detente
    offers`), relative to this one; left out, `register.jsonl` in the folder `server.state`.
    """

    path: str | None = None
    default: Literal["permit", "deny"] = "permit"
    register: str | None = None


class EventEntry(Strict, frozen=True, kw_only=True):
    """`[[events]]`: something that happened and that clauses refer to.

    Left out, `declared_by` and `verified_by` are whoever a clause asks for.
    """

    name: str
    occurred_at: datetime
    recorded_at: datetime
    declared_by: str | None = None
    verified_by: str | None = None


class ForecastEntry(Strict, frozen=True, kw_only=True):
    """`[[forecast]]`: expected use of a model (a name, or a pattern), a month.

    `detente check` compares it with commitments (E06). A month counts 365.25 / 12 days.
    """

    model: str
    from_: datetime | None = msgspec.field(name="from", default=None)
    until: datetime | None = None
    project: str | None = None
    requests_per_month: Annotated[int, Meta(ge=0)] = 0
    input_tokens_per_month: Annotated[int, Meta(ge=0)] = 0
    output_tokens_per_month: Annotated[int, Meta(ge=0)] = 0


class PriceEntry(Strict, frozen=True, kw_only=True):
    """`[[prices]]`: dated prices in US dollars a million tokens.

    `side = "cost"` is what the provider bills us, `"charge"` what a project is billed. A meter
    that is left out is unknown. `model` and `provider` may be patterns (`*`).

    The first row that holds counts. `input_tokens_over` is how many input tokens a prompt must
    exceed; `tier` the service tier that an answer names (`standard` where it names none), left out
    any; `zone` a pattern for the deployment's processing zone (`!global`: any other known one).
    """

    model: str
    provider: str = "*"
    side: Literal["cost", "charge"] = "cost"
    from_: datetime | None = msgspec.field(name="from", default=None)
    until: datetime | None = None
    input: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write_5m: Decimal | None = None
    cache_write_30m: Decimal | None = None
    cache_write_1h: Decimal | None = None
    cache_write_12h: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    audio_input: Decimal | None = None
    audio_output: Decimal | None = None
    input_tokens_over: Annotated[int, Meta(ge=0)] = 0
    tier: str | None = None
    zone: str | None = None
    source: str


class Ledger(Strict, frozen=True, kw_only=True):
    """`[ledger]`: how often journals reach the ledger and the disk, and how large they may grow.

    `sync_interval_ms` bounds what a power loss may take; a crash of ours loses nothing. A longer
    one costs less: each time is one transaction.
    `journal_bytes_max` bounds what workers keep while the ledger's writer is away; above it
    requests are refused rather than served unrecorded. Every `measure_interval_ms` balances of
    commitments, usual latencies and what is scarce are measured, and workers order by them.
    """

    sync_interval_ms: Milliseconds = 200
    measure_interval_ms: Annotated[int, Meta(ge=100, le=60_000)] = 5_000
    segment_bytes: Annotated[int, Meta(ge=64 * 1024)] = 4 * 1024 * 1024
    journal_bytes_max: Bytes = 1024 * 1024 * 1024


class Translation(Strict, frozen=True, kw_only=True):
    """`[translation]`: what becomes of a request that its upstream's dialect cannot carry whole.

    With `on_loss = "default"` a loss that makes it another request (a tool choice, a schema, an
    image, a safety setting) is refused, and any other is dropped and named; with `"refuse"` every
    loss is refused. `allow` names features whose loss is dropped and named in any case, by the
    rows of the loss matrix. Reasoning state that a client cannot hand back is remembered for
    `memory_ttl_ms`, in at most `memory_bytes_max` bytes a worker.
    """

    on_loss: Literal["default", "refuse"] = "default"
    allow: tuple[str, ...] = ()
    memory_ttl_ms: Milliseconds = 3_600_000
    memory_bytes_max: Bytes = 64 * 1024 * 1024


class SimulatedProvider(Strict, frozen=True, kw_only=True):
    """`[simulator.NAME]`: how the simulated provider NAME behaves.

    `capacity_per_minute` requests are answered in a minute, the others refused with the
    platform's own 429; `capacity_concurrent` bounds those at once. `tokens` is the length of
    an answer; `first_byte_ms` and `token_ms` its pace.

    `provisioned` are ids of deployments with throughput of their own (Azure's PTU): the capacity is
    theirs alone. What they cannot take goes to the deployment `spillover`, where one is named here
    or by the request.
    """

    capacity_per_minute: Annotated[int, Meta(ge=0)] | None = None
    capacity_concurrent: Annotated[int, Meta(ge=0)] | None = None
    tokens: Count = 12
    first_byte_ms: Annotated[int, Meta(ge=0)] = 0
    token_ms: Annotated[int, Meta(ge=0)] = 0
    provisioned: tuple[str, ...] = ()
    spillover: str | None = None


class Configuration(Strict, frozen=True, kw_only=True):
    """A whole `detente.toml`."""

    server: Server = Server()
    limits: Limits = Limits()
    providers: dict[Name, Provider] = {}
    models: dict[str, ModelEntry] = {}
    projects: dict[Name, Project] = {}
    keys: dict[Name, Key] = {}
    organisation: Organisation = Organisation()
    administrators: dict[Name, Administrator] = {}
    identity: dict[Name, IdentityProvider] = {}
    store: Store = Store()
    agreements: Agreements = Agreements()
    rehearsal: Rehearsal = Rehearsal()
    events: tuple[EventEntry, ...] = ()
    forecast: tuple[ForecastEntry, ...] = ()
    prices: tuple[PriceEntry, ...] = ()
    ledger: Ledger = Ledger()
    translation: Translation = Translation()
    guardrails: Guardrails = Guardrails()
    simulator: dict[str, SimulatedProvider] = {}


def json_schema(kinds: Iterable[str] = ()) -> dict[str, object]:
    """The schema of `detente.toml` as JSON Schema 2020-12, for editors; `kinds` are those of
    providers, which are spelled out where they are given."""
    schema = msgspec.json.schema(Configuration)
    if names := list(kinds):
        schema["$defs"]["Provider"]["properties"]["kind"] = {"enum": names}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
