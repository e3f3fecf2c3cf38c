"""Credentials are complete, and no more than one."""

import pytest

from detente.configuration.credentials import credential_problems, secret_problems
from detente.configuration.schema import Provider
from detente.configuration.tables import Secret

SECRET = Secret(env="X")


def aws(**given: object) -> Provider:
    facts: dict[str, object] = {"region": "us-east-1", **given}
    return Provider(kind="bedrock", **facts)  # pyright: ignore[reportArgumentType] - as given


@pytest.mark.parametrize(
    "provider",
    [
        aws(api_key=SECRET),
        aws(access_key_id="AKID", secret_access_key=SECRET),
        aws(access_key_id="AKID", secret_access_key=SECRET, session_token=Secret(file="f")),
    ],
)
def test_what_is_complete(provider: Provider) -> None:
    assert list(credential_problems("p", provider, access_keys=True)) == []


@pytest.mark.parametrize(
    ("provider", "key", "said"),
    [
        (aws(), None, "has no credentials"),
        (aws(api_key=SECRET, access_key_id="A", secret_access_key=SECRET), "api_key", "two"),
        (aws(access_key_id="A"), "access_key_id", "needs its `secret_access_key`"),
        (aws(api_key=SECRET, secret_access_key=SECRET), "secret_access_key", "`access_key_id`"),
        (aws(api_key=SECRET, session_token=SECRET), "session_token", "`access_key_id`"),
        (
            aws(access_key_id="A", secret_access_key=Secret()),
            "secret_access_key",
            "exactly one of both",
        ),
        (
            aws(
                access_key_id="A",
                secret_access_key=SECRET,
                session_token=Secret(env="A", file="b"),
            ),
            "session_token",
            "exactly one of both",
        ),
        (aws(access_key_id="A", secret_access_key=SECRET, region=None), None, "`region`"),
        (aws(api_key=SECRET, region="../x"), "region", "us-east-1"),
    ],
)
def test_what_is_not(provider: Provider, key: str | None, said: str) -> None:
    ((path, message),) = credential_problems("p", provider, access_keys=True)
    assert path == (("providers", "p") if key is None else ("providers", "p", key))
    assert said in message


def test_other_kinds_take_no_access_key() -> None:
    provider = Provider(kind="openai", access_key_id="A", secret_access_key=SECRET)
    ((path, message),) = credential_problems("p", provider, access_keys=False)
    assert path == ("providers", "p", "access_key_id")
    assert "`openai` takes no access key" in message


def test_other_kinds_need_no_key() -> None:
    provider = Provider(kind="openai_compatible")
    assert list(credential_problems("p", provider, access_keys=False)) == []


@pytest.mark.parametrize("secret", [Secret(), Secret(env="A", file="b")])
def test_a_secret_names_one_place(secret: Secret) -> None:
    ((path, message),) = secret_problems(secret, ("server", "master_key"))
    assert path == ("server", "master_key")
    assert "exactly one of both" in message


@pytest.mark.parametrize("secret", [None, Secret(env="A"), Secret(file="b")])
def test_or_is_not_there(secret: Secret | None) -> None:
    assert list(secret_problems(secret, ())) == []
