"""Which role may do what in the admin API, and to whose things.

A route needs a *permission*; a role has it for everything, for the own project only, or not at all.
Who has which role is said in the configuration (`[administrators.NAME]`) or by a token's claim.

>>> reach_of("member", "keys_write"), reach_of("auditor", "keys_write")
('own', None)
"""

from typing import Final, Literal

from detente.canonical.principal import Role

Permission = Literal[
    "read",
    "operate",
    "projects_read",
    "projects_write",
    "keys_read",
    "keys_write",
    "budgets_read",
    "budgets_write",
    "audit_read",
    "administer",
]
"""`read`: status, headroom, metrics, that something is held. `operate`: reload, drills, the word on
what is held. `administer`: who may administer; no route needs it, for administrators stand in the
configuration."""
Reach = Literal["all", "own"]
"""Everything, or what belongs to the administrator's own project."""

_READS: Final[dict[Permission, Reach]] = {
    "read": "all",
    "projects_read": "all",
    "keys_read": "all",
    "budgets_read": "all",
    "audit_read": "all",
}
_OPERATES: Final[dict[Permission, Reach]] = {
    "read": "all",
    "operate": "all",
    "projects_read": "all",
    "projects_write": "all",
    "keys_read": "all",
    "keys_write": "all",
    "budgets_read": "all",
    "budgets_write": "all",
}
ROLES: Final[dict[Role, dict[Permission, Reach]]] = {
    "owner": {**_OPERATES, **_READS, "administer": "all"},
    "operator": _OPERATES,
    "auditor": _READS,
    "member": {
        "projects_read": "own",
        "keys_read": "own",
        "keys_write": "own",
        "budgets_read": "own",
    },
}
"""What each role may do; what is not named it may not."""


def reach_of(role: Role, permission: Permission) -> Reach | None:
    """How far `role` has `permission`, None where it does not."""
    return ROLES[role].get(permission)


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Who may, for the sentence that says why somebody else may not."""
    return tuple(role for role, permissions in ROLES.items() if permission in permissions)
