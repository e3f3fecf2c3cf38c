"""The tables of who may call, what they may spend, and who may administer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from detente.canonical.allowance import Period
from detente.canonical.principal import Role
from detente.configuration.tables import Count, Name, Strict


class BudgetEntry(Strict, frozen=True, kw_only=True):
    """A row of `budgets`: money in a calendar period (`ever`: once and for all).

    A `hard` one refuses what no longer fits; one that is not is only told of, at the fractions
    `alert_at`. Periods begin by the calendar of `time_zone` (an IANA name). `model` is a pattern,
    left out for all models. What counts is what the project is charged.
    """

    usd: Decimal
    period: Period = "month"
    time_zone: str = "UTC"
    hard: bool = True
    alert_at: tuple[Decimal, ...] = (Decimal("0.8"), Decimal(1))
    model: str | None = None


class LimitEntry(Strict, frozen=True, kw_only=True):
    """A row of `limits`: so many requests or tokens in any minute, hour or day (a
    sliding window), or requests at once; `model` is a pattern, left out for all models."""

    requests_per_minute: Count | None = None
    requests_per_hour: Count | None = None
    requests_per_day: Count | None = None
    tokens_per_minute: Count | None = None
    tokens_per_hour: Count | None = None
    tokens_per_day: Count | None = None
    concurrent_requests: Count | None = None
    model: str | None = None


class Organisation(Strict, frozen=True, kw_only=True):
    """`[organisation]`: what holds for all projects together.

    `models` and `deployments` are patterns of what may be used (`openai/*`, `azure-*/*`), left out
    for everything.
    """

    labels: dict[str, str] = {}
    models: tuple[str, ...] | None = None
    deployments: tuple[str, ...] | None = None
    budgets: tuple[BudgetEntry, ...] = ()
    limits: tuple[LimitEntry, ...] = ()


class Key(Strict, frozen=True, kw_only=True):
    """`[keys.NAME]`: a virtual key by its hash (`detente keys hash` prints one).

    `models` and `deployments` narrow what its project may use; budgets and limits hold besides
    those of its project.
    """

    hash: Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
    project: Name
    labels: dict[str, str] = {}
    expires: datetime | None = None
    models: tuple[str, ...] | None = None
    deployments: tuple[str, ...] | None = None
    budgets: tuple[BudgetEntry, ...] = ()
    limits: tuple[LimitEntry, ...] = ()


class Project(Strict, frozen=True, kw_only=True):
    """`[projects.NAME]`: what holds for all keys of the project together, and their labels."""

    labels: dict[str, str] = {}
    models: tuple[str, ...] | None = None
    deployments: tuple[str, ...] | None = None
    budgets: tuple[BudgetEntry, ...] = ()
    limits: tuple[LimitEntry, ...] = ()


class Administrator(Strict, frozen=True, kw_only=True):
    """`[administrators.NAME]`: somebody who may use the admin API with a key of that hash.

    `role` is `owner`, `operator`, `auditor` or `member` (of `project`). Without any, whoever
    reaches `admin_listen` on loopback is the owner.
    """

    hash: Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
    role: Role
    project: Name | None = None
    expires: datetime | None = None


SigningAlgorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
"""By public keys alone (RFC 7518 section 3.1, RFC 8037): a secret that is shared with an issuer, or
no signature, proves nothing."""


class IdentityProvider(Strict, frozen=True, kw_only=True):
    """`[identity.NAME]`: an OpenID Connect issuer whose bearer tokens are taken in place of keys.

    Tokens must be made out by `issuer` for `audience` and signed with one of `algorithms` by a key
    that the issuer publishes (at `jwks_url`, else where its discovery document says). The claim
    `project_claim` says which project calls, and `project` where it says none; with `projects`,
    which renames the claim's values, only those in it count. `labels` maps claims to labels' names.
    `roles` maps values of the claim `role_claim` to roles of the admin API. A claim inside another
    is named by its path (`realm_access.roles`).

    What the ledger shows of who called is a digest of the claim `sub`; `subject_claim` chooses
    another, which is then shown as it is. Keys are fetched again every `refresh_ms`, and when a
    token names a new one; `private_network` lets `issuer` and `jwks_url` lead into a private one.
    """

    issuer: str
    audience: str
    algorithms: Annotated[tuple[SigningAlgorithm, ...], Meta(min_length=1)] = (
        "RS256",
        "ES256",
        "PS256",
        "EdDSA",
    )
    jwks_url: str | None = None
    private_network: bool = False
    project: Name | None = None
    project_claim: str | None = None
    projects: dict[str, str] = {}
    subject_claim: str | None = None
    labels: dict[str, str] = {}
    role_claim: str | None = None
    roles: dict[str, Role] = {}
    clock_skew_ms: Annotated[int, Meta(ge=0, le=600_000)] = 60_000
    refresh_ms: Annotated[int, Meta(ge=1_000)] = 300_000
