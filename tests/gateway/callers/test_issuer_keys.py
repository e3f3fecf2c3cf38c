"""A key that nobody knows is asked for once in a while; meanwhile nobody is refused for it."""

import pytest
from tests.token_issuer import ec_key, jwk_of, jwk_set, rsa_key

from detente.canonical.failure import ClientFault
from detente.configuration.callers import IdentityProvider
from detente.gateway.callers.issuer_keys import ASK_AGAIN_US, FRESH_US, IssuerKeys, IssuerUnreached

ISSUER = "https://id.example"
PROVIDER = IdentityProvider(issuer=ISSUER, audience="a", project="shop")
ONE = jwk_set(jwk_of(rsa_key(), "one"))
BOTH = jwk_set(jwk_of(rsa_key(), "one"), jwk_of(ec_key(), "two"))
NOW = 1_800_000_000_000_000


class Stage:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.keys = IssuerKeys(self.asked.append)
        self.now_us = NOW

    def told(self, jwks: bytes, issuer: str = ISSUER) -> bool:
        return self.keys.told("id", issuer, jwks, self.now_us)

    def find(self, key_id: str | None, algorithm: str = "RS256") -> str:
        """`found`, or the code of the refusal."""
        try:
            self.keys.find("id", PROVIDER, key_id, algorithm, self.now_us)
        except (ClientFault, IssuerUnreached) as fault:
            return fault.failure.code
        return "found"


def test_before_an_issuer_was_reached_nobody_is_to_blame() -> None:
    stage = Stage()
    with pytest.raises(IssuerUnreached, match="`id`") as fault:
        stage.keys.find("id", PROVIDER, "one", "RS256", NOW)
    failure = fault.value.failure
    assert (failure.status, failure.blame) == (503, "ours")
    assert failure.retry_after_ms == 1_000
    assert stage.asked == ["id"]
    stage.told(ONE)
    assert stage.find("one") == "found"
    assert stage.find(None) == "found"


def test_an_unknown_key_is_asked_for_and_then_known() -> None:
    stage = Stage()
    stage.told(ONE)
    stage.now_us += FRESH_US
    assert stage.find("two", "ES256") == "store_unavailable"
    assert stage.asked == ["id"]
    assert stage.told(BOTH)
    assert stage.find("two", "ES256") == "found"
    assert stage.find("one") == "found"


def test_a_key_that_the_issuer_did_not_have_just_now_is_none() -> None:
    stage = Stage()
    stage.told(ONE)
    stage.now_us += FRESH_US
    for key_id in ("a", "b", "c"):
        assert stage.find(key_id) == "store_unavailable"
    assert stage.asked == ["id"]
    assert not stage.told(ONE)
    for key_id in ("a", "b", "c", "d"):
        assert stage.find(key_id) == "key_invalid"
    assert stage.find("one") == "found"
    assert stage.asked == ["id"]
    stage.now_us += FRESH_US
    assert stage.find("a") == "store_unavailable"
    assert stage.asked == ["id", "id"]


def test_a_question_that_was_lost_is_put_again() -> None:
    stage = Stage()
    assert stage.find("one") == "store_unavailable"
    stage.now_us += ASK_AGAIN_US - 1
    assert stage.find("one") == "store_unavailable"
    assert len(stage.asked) == 1
    stage.now_us += 1
    assert stage.find("one") == "store_unavailable"
    assert len(stage.asked) == 2


def test_a_clock_that_is_set_back_stops_no_questions() -> None:
    stage = Stage()
    stage.told(ONE)
    stage.now_us -= 3600 * 1_000_000
    assert stage.find("two") == "store_unavailable"
    assert stage.asked == ["id"]


def test_a_known_key_verifies_no_other_algorithm_and_nobody_is_asked() -> None:
    stage = Stage()
    stage.told(BOTH)
    stage.now_us += FRESH_US
    assert stage.find("two", "RS256") == "key_invalid"
    assert stage.find("one", "ES256") == "key_invalid"
    assert stage.asked == []


def test_keys_that_are_withdrawn_count_no_more() -> None:
    stage = Stage()
    stage.told(BOTH)
    stage.told(ONE)
    assert stage.find("two", "ES256") == "key_invalid"
    assert stage.told(b"")
    assert stage.find("one") == "store_unavailable"


def test_keys_of_another_issuer_of_that_name_never_count() -> None:
    stage = Stage()
    stage.told(ONE, issuer="https://before.example")
    assert stage.find("one") == "store_unavailable"
    stage.told(ONE)
    assert stage.find("one") == "found"
    stage.told(ONE, issuer="https://after.example")
    assert stage.find("one") == "store_unavailable"
