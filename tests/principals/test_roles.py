"""Roles: who may do what, as a table that somebody can read."""

from typing import get_args

import pytest

from detente.canonical.principal import Role
from detente.principals.roles import ROLES, Permission, Reach, reach_of, roles_with

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)


def test_every_role_is_known() -> None:
    assert set(ROLES) == set(get_args(Role))


def test_an_owner_may_do_everything() -> None:
    assert all(reach_of("owner", permission) == "all" for permission in PERMISSIONS)


def test_an_auditor_changes_nothing() -> None:
    allowed = {permission for permission in PERMISSIONS if reach_of("auditor", permission)}
    assert allowed == {p for p in PERMISSIONS if p == "read" or p.endswith("_read")}


@pytest.mark.parametrize(
    ("role", "permission", "reach"),
    [
        ("operator", "operate", "all"),
        ("operator", "keys_write", "all"),
        ("operator", "administer", None),
        ("operator", "audit_read", None),
        ("auditor", "keys_write", None),
        ("member", "keys_write", "own"),
        ("member", "budgets_read", "own"),
        ("member", "projects_write", None),
        ("member", "operate", None),
        ("member", "read", None),
    ],
)
def test_how_far_a_role_reaches(role: Role, permission: Permission, reach: Reach | None) -> None:
    assert reach_of(role, permission) == reach


def test_who_may_is_told() -> None:
    assert roles_with("operate") == ("owner", "operator")
    assert roles_with("keys_write") == ("owner", "operator", "member")
