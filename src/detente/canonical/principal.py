"""Who calls, as values: organisation, project, key; and what each of them may do.

The organisation has projects, a project has keys. Labels add up downwards (a key's win), allowed
models and deployments intersect, budgets and limits all count. Where they come from (the
configuration, the key store, a token's claims) is not known here.
"""

from datetime import datetime
from typing import Literal

import msgspec

from detente.canonical.allowance import Budget, Limit
from detente.canonical.question import Labels

Role = Literal["owner", "operator", "auditor", "member"]
"""What somebody may do in the admin API.

`owner`: everything. `operator`: run the gateway and manage projects and keys, but not who may
administer. `auditor`: read everything, change nothing. `member`: read and manage the keys of the
own project.
"""
Source = Literal["configuration", "store", "token"]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation, a project or a key allows its callers.

    `models` are patterns for canonical names, `deployments` for `provider/upstream-id`; None is
    everything, an empty tuple nothing.
    """

    labels: Labels = ()
    models: tuple[str, ...] | None = None
    deployments: tuple[str, ...] | None = None
    budgets: tuple[Budget, ...] = ()
    limits: tuple[Limit, ...] = ()


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project by its name."""

    name: str
    scope: Scope = Scope()
    source: Source = "configuration"
    created_at: datetime | None = None


class KeySecret(msgspec.Struct, frozen=True, kw_only=True):
    """One secret that proves a key; a rotated key has two for a while.

    `digest` is 32 bytes (`principals.hashing`); `prefix` the first characters of the key, to
    recognise it by; `expires_at` None for as long as the key lives.
    """

    digest: bytes
    prefix: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual key by its name; never the secret itself.

    `access_hash` is what the access key id of AWS clients derives from (`gateway.access_keys`).
    A revoked key stays known, so that nobody else gets its name.
    """

    name: str
    project: str
    secrets: tuple[KeySecret, ...]
    scope: Scope = Scope()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    access_hash: str = ""
    source: Source = "configuration"
    created_at: datetime | None = None


class Administrator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may use the admin API; `project` is a member's own."""

    name: str
    role: Role
    project: str | None = None
    digest: bytes = b""
    expires_at: datetime | None = None
