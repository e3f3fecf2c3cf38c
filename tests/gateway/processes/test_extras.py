"""What is not installed is said before a start, with the cure."""

import importlib.util
from pathlib import Path

import pytest

from detente.configuration.located import LocatedErrors
from detente.gateway.processes import extras
from detente.gateway.processes.extras import check_extras
from detente.wiring import Setup, build, read_sources

IDENTITY = """
[identity.entra]
issuer = "https://id.example"
audience = "api://detente"
project = "shop"
"""


def setup_of(folder: Path, text: str) -> Setup:
    path = folder / "detente.toml"
    path.write_text(text, encoding="utf-8")
    return build(read_sources(path))


def test_the_library_is_needed_where_there_are_issuers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = setup_of(tmp_path, IDENTITY)
    check_extras(setup)
    monkeypatch.setattr(extras, "OIDC", ("jwt_that_is_not_there", "cryptography"))
    with pytest.raises(LocatedErrors) as errors:
        check_extras(setup)
    (error,) = errors.value.errors
    assert error.line == 2
    assert "install `detente[oidc]`" in str(error)
    check_extras(setup_of(tmp_path, ""))


def test_what_is_looked_for_is_what_the_extra_installs() -> None:
    assert all(importlib.util.find_spec(name) is not None for name in extras.OIDC)


def test_clients_of_shared_stores_are_needed_where_one_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = '[store]\nurl = "postgresql://db/d"\nlimits_url = "redis://limits:6379"\n'
    setup = setup_of(tmp_path, shared)
    check_extras(setup)
    monkeypatch.setattr(extras, "CLUSTER", {"url": ("no_asyncpg",), "limits_url": ("no_redis",)})
    with pytest.raises(LocatedErrors) as errors:
        check_extras(setup)
    assert [error.line for error in errors.value.errors] == [2, 3]
    assert "install `detente[cluster]`" in str(errors.value.errors[0])
    check_extras(setup_of(tmp_path, ""))


def test_a_detector_that_policies_ask_has_to_be_there(tmp_path: Path) -> None:
    pattern = (
        '[guardrails.detectors.back]\nkind = "pattern"\ncategory = "b"\npattern = "(a)\\\\1"\n'
    )
    check_extras(setup_of(tmp_path, pattern))
    rule = '[[guardrails.policies.p.data]]\ninput = "block"\n'
    with pytest.raises(LocatedErrors) as errors:
        check_extras(setup_of(tmp_path, pattern + rule))
    first = errors.value.errors[0]
    assert first.line == 1
    assert "detector `back` cannot look, and policies ask it: the pattern is refused" in str(first)


def test_what_is_remembered_has_to_be_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert extras.can_seal()
    monkeypatch.setattr(extras, "can_seal", lambda: False)
    rule = '\n[[guardrails.policies.p.data]]\ninput = "pseudonymise"\n'
    policy = '[guardrails.policies.p]\non_kept_history = "%s"'
    said = told(setup_of(tmp_path, policy % "remember" + rule))
    assert any(":2: policy `p` remembers stand-ins" in one for one in said)
    assert any("needs cryptography; install `detente[guardrails]`" in one for one in said)
    assert "cryptography" not in "".join(told(setup_of(tmp_path, policy % "refuse" + rule)))


def told(setup: Setup) -> list[str]:
    """What is missing."""
    try:
        check_extras(setup)
    except LocatedErrors as errors:
        return [str(error) for error in errors.errors]
    return []
