"""What is asked and shown of projects and keys, outside the gateway: by the admin API and commands.

The members are those of the configuration's tables (`configuration.callers`), so that a project can
be moved from one to the other. Values for whoever manages keys: no digest stands in them, and a
secret only in `KeyMadeShown`.

>>> draft_of(KeyAsked(name="app", project="shop", models=("openai/*",))).scope.models
('openai/*',)
"""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.canonical.failure import ClientFault
from detente.canonical.principal import Key, Project, Scope, Source
from detente.configuration.allowances import allowance_problems
from detente.configuration.callers import BudgetEntry, LimitEntry
from detente.configuration.callers import Project as ProjectEntry
from detente.configuration.principals import entry_of, scope_of
from detente.configuration.schema import Configuration
from detente.configuration.tables import Name, Strict
from detente.gateway.callers.key_book import Draft, KeyMade
from detente.stores.columns import scope_bytes

Aware = Annotated[datetime, Meta(tz=True)]
Labels = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=200)],
        Annotated[str, Meta(max_length=200)],
    ],
    Meta(max_length=64),
]
Patterns = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=200)], ...], Meta(max_length=256)
]
OVERLAP_S_DEFAULT = 86_400
OVERLAP_S_MAX = 366 * 86_400
SCOPE_BYTES_MAX: Final = 16 * 1024
"""What a key or project may say in all, as it is kept: every worker keeps it in memory."""
State = Literal["active", "expired", "revoked"]


class ScopeAsked(Strict, frozen=True, kw_only=True):
    """What may be used and spent; left out, everything, within what stands above it.

    `models` are patterns for canonical names (`openai/*`), `deployments` for
    `provider/upstream-id`. All together take at most 16 KiB.
    """

    labels: Labels = msgspec.field(default_factory=dict[str, str])
    models: Patterns | None = None
    deployments: Patterns | None = None
    budgets: Annotated[tuple[BudgetEntry, ...], Meta(max_length=64)] = ()
    limits: Annotated[tuple[LimitEntry, ...], Meta(max_length=64)] = ()


class KeyAsked(ScopeAsked, frozen=True, kw_only=True):
    """A key that is to be made; its name is unique for good."""

    name: Name
    project: Name
    expires: Aware | None = None


class ProjectAsked(ScopeAsked, frozen=True, kw_only=True):
    """A project that is to be made."""

    name: Name


class RotationAsked(Strict, frozen=True, kw_only=True):
    """For how many seconds more the secrets count that a key has now."""

    overlap_s: Annotated[int, Meta(ge=0, le=OVERLAP_S_MAX)] = OVERLAP_S_DEFAULT


class SecretShown(msgspec.Struct, frozen=True, kw_only=True):
    """One secret of a key: how it begins, and until when it counts."""

    prefix: str
    created_at: datetime | None
    expires_at: datetime | None


class KeyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A key. `source` is where it is managed: the configuration, or the store."""

    name: str
    project: str
    state: State
    source: Source
    secrets: tuple[SecretShown, ...]
    created_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    labels: dict[str, str]
    models: tuple[str, ...] | None
    deployments: tuple[str, ...] | None
    budgets: tuple[BudgetEntry, ...]
    limits: tuple[LimitEntry, ...]


class KeyMadeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its new secret, which is shown this once. The access key is the same secret for
    AWS clients; it is there where `server.master_key` is configured."""

    key: KeyShown
    secret: str
    aws_access_key_id: str | None = None
    aws_secret_access_key: str | None = None

    def __repr__(self) -> str:
        return f"KeyMadeShown({self.key.name!r})"


class KeysShown(msgspec.Struct, frozen=True, kw_only=True):
    """All keys, by name."""

    keys: tuple[KeyShown, ...]


class ProjectShown(msgspec.Struct, frozen=True, kw_only=True):
    """A project. `source` is where it is managed: the configuration, or the store."""

    name: str
    source: Source
    created_at: datetime | None
    labels: dict[str, str]
    models: tuple[str, ...] | None
    deployments: tuple[str, ...] | None
    budgets: tuple[BudgetEntry, ...]
    limits: tuple[LimitEntry, ...]


class ProjectsShown(msgspec.Struct, frozen=True, kw_only=True):
    """All projects, by name."""

    projects: tuple[ProjectShown, ...]


def draft_of(asked: KeyAsked) -> Draft:
    """The key that is asked for; raises `ClientFault` where a budget or limit means nothing."""
    return Draft(
        name=asked.name,
        project=asked.project,
        scope=scope_asked(asked),
        expires_at=asked.expires,
    )


def scope_asked(asked: ScopeAsked) -> Scope:
    """The scope that is asked for; raises `ClientFault`, in the words of the configuration."""
    entry = ProjectEntry(
        labels=dict(asked.labels),
        models=asked.models,
        deployments=asked.deployments,
        budgets=asked.budgets,
        limits=asked.limits,
    )
    for path, problem in allowance_problems(Configuration(projects={"asked": entry})):
        place = ".".join(str(part) for part in path[2:])
        raise ClientFault("request_invalid", f"`{place}`: {problem}")
    scope = scope_of(entry)
    size_bytes = scope_bytes(scope)
    if size_bytes > SCOPE_BYTES_MAX:
        said = f"labels, patterns, budgets and limits take {size_bytes} bytes together"
        cure = "have fewer or shorter ones (`openai/*` stands for many models)"
        raise ClientFault("request_invalid", f"{said}, and at most {SCOPE_BYTES_MAX}; {cure}")
    return scope


def shown_key(key: Key, now: datetime) -> KeyShown:
    """What is shown of a key at that time."""
    entry = entry_of(key.scope)
    return KeyShown(
        name=key.name,
        project=key.project,
        state=_state(key, now),
        source=key.source,
        secrets=tuple(
            SecretShown(prefix=s.prefix, created_at=s.created_at, expires_at=s.expires_at)
            for s in key.secrets
            if s.expires_at is None or s.expires_at > now
        ),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        labels=entry.labels,
        models=entry.models,
        deployments=entry.deployments,
        budgets=entry.budgets,
        limits=entry.limits,
    )


def shown_made(made: KeyMade, now: datetime) -> KeyMadeShown:
    """What is shown once."""
    return KeyMadeShown(
        key=shown_key(made.key, now),
        secret=made.secret,
        aws_access_key_id=made.aws_access_key_id,
        aws_secret_access_key=made.aws_secret_access_key,
    )


def shown_project(project: Project) -> ProjectShown:
    """What is shown of a project."""
    entry = entry_of(project.scope)
    return ProjectShown(
        name=project.name,
        source=project.source,
        created_at=project.created_at,
        labels=entry.labels,
        models=entry.models,
        deployments=entry.deployments,
        budgets=entry.budgets,
        limits=entry.limits,
    )


def _state(key: Key, now: datetime) -> State:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"
