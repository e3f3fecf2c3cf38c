"""`[identity.NAME]`: addresses that can be trusted, and claims that say a project or a role."""

from collections.abc import Mapping

import msgspec
import pytest

from detente.configuration.callers import IdentityProvider
from detente.configuration.identities import address_problem, identity_problems
from detente.configuration.schema import Configuration

SOUND = {
    "issuer": "https://id.example/tenant/v2.0",
    "audience": "api://detente",
    "project": "shop",
}


def problems(*tables: Mapping[str, object]) -> list[tuple[str, str]]:
    identity = {
        f"i{number}": msgspec.convert({**SOUND, **table}, IdentityProvider)
        for number, table in enumerate(tables)
    }
    found = identity_problems(Configuration(identity=identity))
    return [(".".join(map(str, path)), said) for path, said in found]


def test_a_sound_identity_has_no_problems() -> None:
    assert problems({}, {"audience": "other"}, {"issuer": "http://127.0.0.1:8080"}) == []
    assert problems({"project": None, "project_claim": "team"}) == []
    assert problems({"project": None, "role_claim": "roles", "roles": {"a": "owner"}}) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example",
        "ftp://id.example",
        "id.example",
        "https://",
        "https://user:secret@id.example",
        "https://id.example/#x",
        "https://id.example:port",
        "https://id.exämple",
        "https://id.example/a b",
        "https://id.example/a\nb",
        "https://[::1",
        "http://127.0.0.1.id.example",
    ],
)
def test_addresses_that_cannot_be_trusted_are_refused(url: str) -> None:
    said = address_problem(url)
    assert said is not None
    assert "secret" not in said
    assert [path for path, _ in problems({"issuer": url})] == ["identity.i0.issuer"]
    assert [path for path, _ in problems({"jwks_url": url})] == ["identity.i0.jwks_url"]


@pytest.mark.parametrize("url", ["https://id.example/a?b=c", "http://localhost:1", "http://[::1]"])
def test_addresses_over_tls_or_on_loopback_are_taken(url: str) -> None:
    assert address_problem(url) is None


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"audience": ""}, "audience"),
        ({"project": None}, "issuer"),
        ({"role_claim": "roles"}, "role_claim"),
        ({"roles": {"a": "owner"}}, "role_claim"),
        ({"projects": {"a": "b"}}, "projects"),
    ],
)
def test_what_says_nothing_or_half_is_refused(table: dict[str, object], key: str) -> None:
    assert [path for path, _ in problems(table)] == [f"identity.i0.{key}"]


def test_two_identities_of_one_issuer_need_two_audiences() -> None:
    (found,) = problems({}, {})
    assert found[0] == "identity.i1.audience"
    assert "`[identity.i0]`" in found[1]


@pytest.mark.parametrize("algorithms", [["none"], ["HS256"], ["rs256"], []])
def test_algorithms_without_public_keys_are_unknown(algorithms: list[str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**SOUND, "algorithms": algorithms}, IdentityProvider)
