"""Who calls: where a key may stand, when it counts, and who needs none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.gateway.scripts import EXPIRED_KEY, KEY, hashed

from detente.canonical.failure import ClientFault
from detente.canonical.question import Labels
from detente.configuration.callers import IdentityProvider, Key, Project
from detente.configuration.schema import Configuration
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.gateway.callers.principals import Caller, Keys
from detente.gateway.http.message import Request
from detente.principals.claims import TokenIdentity
from detente.providers._sigv4 import Credentials, sign

EXPIRES = datetime(2020, 1, 1, tzinfo=UTC)
EXPIRES_US = int(EXPIRES.timestamp()) * 1_000_000
MASTER_KEY = "a master key of the tests, long enough"
CONFIGURATION = Configuration(
    projects={"shop": Project(labels={"data": "public", "team": "a"})},
    keys={
        "app": Key(hash=hashed(KEY), project="shop", labels={"data": "internal"}),
        "old": Key(hash=hashed(EXPIRED_KEY), project="nowhere", expires=EXPIRES),
    },
)
KEYS = Keys(CONFIGURATION, MASTER_KEY)
TARGET = b"/model/anthropic.claude-x%3A0/converse"
BODY = b'{"messages": []}'
NOW = datetime(2026, 11, 21, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000


def authenticated(
    headers: dict[bytes, bytes],
    *,
    target: bytes = b"/v1/chat/completions",
    now_us: int = 0,
    keys: Keys = KEYS,
    body: bytes = BODY,
) -> Caller:
    request = Request(
        b"POST", target, headers, body, keep_alive=True, chunked=True, received_at=0.0
    )
    return keys.authenticate(target, headers, now_us, request)


def signed(key: str = KEY, *, secret: str | None = None, now: datetime = NOW) -> dict[bytes, bytes]:
    """The headers of a request as an AWS client with the access key of `key` sends them."""
    name = access_key_id(hashed(key))
    aws = Credentials(
        access_key_id=name, secret_access_key=secret or secret_access_key(MASTER_KEY, name)
    )
    added = sign(
        b"POST", b"h", TARGET, (), BODY, credentials=aws, region="eu-west-1", service="bedrock",
        now=now,
    )  # fmt: skip
    return {b"host": b"h", **dict(added)}


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer " + KEY.encode()},
        {b"authorization": b"bearer   " + KEY.encode() + b" "},
        {b"x-api-key": KEY.encode()},
        {b"api-key": KEY.encode()},
        {b"x-goog-api-key": KEY.encode()},
        {b"x-api-key": KEY.encode(), b"api-key": KEY.encode()},
        {b"authorization": b"Bearer " + KEY.encode(), b"x-api-key": KEY.encode()},
    ],
)
def test_where_a_key_may_stand(headers: dict[bytes, bytes]) -> None:
    caller = authenticated(headers)
    assert (caller.name, caller.project) == ("app", "shop")
    assert caller.labels == (("data", "internal"), ("team", "a"))


@pytest.mark.parametrize("query", [b"key=" + KEY.encode(), b"alt=sse&key=" + KEY.encode()])
def test_a_key_may_stand_in_the_query(query: bytes) -> None:
    target = b"/v1beta/models/m:generateContent?" + query
    assert authenticated({}, target=target).name == "app"
    assert authenticated({b"x-goog-api-key": KEY.encode()}, target=target).name == "app"
    assert authenticated({}, target=target.replace(b"-", b"%2D")).name == "app"


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({b"authorization": b"Bearer " + KEY.encode(), b"x-api-key": b"another"}, b""),
        ({b"authorization": b"Bearer " + KEY.encode(), b"api-key": b"another"}, b""),
        ({b"authorization": b"Bearer " + KEY.encode(), b"x-goog-api-key": b"another"}, b""),
        ({b"x-api-key": KEY.encode(), b"api-key": b"another"}, b""),
        ({b"authorization": b"Bearer " + KEY.encode()}, b"?key=another"),
        ({b"x-goog-api-key": KEY.encode()}, b"?key="),
        ({}, b"?key=" + KEY.encode() + b"&key=another"),
    ],
)
def test_two_different_keys_are_none(headers: dict[bytes, bytes], query: bytes) -> None:
    with pytest.raises(ClientFault, match="two different keys"):
        authenticated(headers, target=b"/v1/x" + query)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": KEY.encode()},
        {b"authorization": b"Basic " + KEY.encode()},
        {b"authorization": b"Bearer "},
        {b"authorization": b"Bearer " + KEY.upper().encode()},
        {b"authorization": b"Bearer " + hashed(KEY).encode()},
        {b"x-api-key": b""},
        {b"x-api-key": b"\xff\x00"},
        {b"x-goog-api-key": b""},
    ],
)
def test_what_is_no_key(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(ClientFault) as fault:
        authenticated(headers)
    assert fault.value.failure.code == "key_invalid"
    assert KEY not in fault.value.failure.message


def test_a_key_counts_until_it_expires() -> None:
    headers = {b"x-api-key": EXPIRED_KEY.encode()}
    assert authenticated(headers, now_us=EXPIRES_US - 1).name == "old"
    with pytest.raises(ClientFault, match="expired"):
        authenticated(headers, now_us=EXPIRES_US)


@pytest.mark.parametrize(
    "headers",
    [{}, {b"authorization": b"Bearer sk-anything"}, {b"origin": b"http://localhost:3000"}],
)
def test_without_keys_everyone_on_this_machine_is_the_same(headers: dict[bytes, bytes]) -> None:
    caller = authenticated(headers, keys=Keys(Configuration()))
    assert (caller.name, caller.project, caller.labels) == (None, None, ())


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"null", b"http://127.0.0.1.evil.example", b"http://[", b""]
)
def test_but_a_web_page_from_elsewhere_is_not(origin: bytes) -> None:
    with pytest.raises(ClientFault, match="web page"):
        authenticated({b"origin": origin}, keys=Keys(Configuration()))


def test_a_page_with_a_key_may_come_from_anywhere() -> None:
    headers = {b"origin": b"https://shop.example", b"x-api-key": KEY.encode()}
    assert authenticated(headers).name == "app"


def test_a_signature_is_a_key() -> None:
    caller = authenticated(signed(), target=TARGET, now_us=NOW_US)
    assert (caller.name, caller.project) == ("app", "shop")
    bearer = authenticated({b"authorization": b"Bearer " + KEY.encode()})
    assert caller is bearer


def test_whose_a_signature_claims_to_be_is_known_before_the_body() -> None:
    headers = signed()
    assert KEYS.authenticate(TARGET, headers, NOW_US, None).name == "app"
    with pytest.raises(ClientFault, match="not known"):
        KEYS.authenticate(TARGET, signed("dt-stranger"), NOW_US, None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"body": b"{}"}, "does not fit"),
        ({"target": TARGET.replace(b"converse", b"invoke")}, "does not fit"),
        ({"now_us": NOW_US + 301_000_000}, "another time"),
        ({"now_us": NOW_US - 301_000_000}, "another time"),
        ({"headers": signed("dt-stranger")}, "not known"),
        ({"headers": signed(secret="guessed")}, "does not fit"),
        ({"headers": signed(secret=KEY)}, "does not fit"),
        ({"headers": {**signed(), b"host": b"other"}}, "does not fit"),
        ({"headers": {**signed(), b"x-api-key": KEY.encode()}}, "two different keys"),
        ({"headers": {b"authorization": b"AWS4-HMAC-SHA256 x"}}, "cannot be read"),
        ({"target": TARGET + b"?key=" + KEY.encode()}, "two different keys"),
        ({"keys": Keys(CONFIGURATION)}, "`server.master_key`"),
        ({"keys": Keys(CONFIGURATION, "another master key, long enough")}, "does not fit"),
    ],
)
def test_a_signature_that_does_not_hold(changed: dict[str, Any], said: str) -> None:
    sent: dict[str, Any] = {"headers": signed(), "target": TARGET, "now_us": NOW_US, **changed}
    with pytest.raises(ClientFault, match=said) as fault:
        authenticated(**sent)
    assert fault.value.failure.code == "key_invalid"
    assert access_key_id(hashed(KEY)) not in fault.value.failure.message


def test_a_signature_with_an_expired_key() -> None:
    now = EXPIRES - timedelta(seconds=1)
    headers = signed(EXPIRED_KEY, now=now)
    assert authenticated(headers, target=TARGET, now_us=EXPIRES_US - 1).name == "old"
    with pytest.raises(ClientFault, match="expired"):
        authenticated(headers, target=TARGET, now_us=EXPIRES_US)


def test_without_keys_a_signature_is_not_looked_at() -> None:
    headers = {b"authorization": b"AWS4-HMAC-SHA256 whatever"}
    assert authenticated(headers, keys=Keys(Configuration())).name is None


class Said:
    """Tokens that say what a test has them say."""

    def __init__(self, identity: TokenIdentity) -> None:
        self.identity = identity

    def remembered(self, presented: bytes, now_us: int) -> TokenIdentity | None:
        del presented, now_us
        return None

    def identity_of(self, presented: bytes, now_us: int) -> TokenIdentity | None:
        del now_us
        return self.identity if presented == b"a.b.c" else None


def speaking_for(project: str, *, labels: Labels = (), name: str = "token:id:ann") -> TokenIdentity:
    return TokenIdentity(name=name, project=project, labels=labels, role=None, expires_us=0)


IDENTITY = IdentityProvider(
    issuer="https://id.example",
    audience="a",
    project="fixed",
    project_claim="team",
    projects={"g": "renamed"},
)
WITH_TOKENS = msgspec.structs.replace(CONFIGURATION, identity={"id": IDENTITY})
TOKEN = {b"authorization": b"Bearer a.b.c"}


def test_a_token_is_a_caller_of_its_project_with_the_labels_of_both() -> None:
    said = Said(speaking_for("shop", labels=(("data", "internal"), ("tenant", "t"))))
    keys = Keys(WITH_TOKENS, tokens=said)
    caller = authenticated(TOKEN, keys=keys)
    assert (caller.name, caller.project) == ("token:id:ann", "shop")
    assert caller.labels == (("data", "internal"), ("team", "a"), ("tenant", "t"))
    assert authenticated(TOKEN, keys=keys) is caller
    assert authenticated({b"x-api-key": b"a.b.c"}, keys=keys) is caller
    assert authenticated({b"authorization": b"Bearer " + KEY.encode()}, keys=keys).name == "app"
    said.identity = speaking_for("shop", name="token:id:bob")
    assert authenticated(TOKEN, keys=keys) is not caller
    assert len(list(keys.callers())) == 3


@pytest.mark.parametrize("project", ["shop", "fixed", "renamed"])
def test_a_token_may_name_a_project_that_is_known(project: str) -> None:
    keys = Keys(WITH_TOKENS, tokens=Said(speaking_for(project)))
    assert authenticated(TOKEN, keys=keys).project == project


@pytest.mark.parametrize("project", ["", "Shop", "nobody", "../shop"])
def test_a_project_that_nobody_knows_has_no_budget_and_is_refused(project: str) -> None:
    keys = Keys(WITH_TOKENS, tokens=Said(speaking_for(project)))
    with pytest.raises(ClientFault, match="project that is not known here"):
        authenticated(TOKEN, keys=keys)


def test_issuers_are_as_good_as_keys_to_close_the_door() -> None:
    configuration = Configuration(identity={"id": IDENTITY})
    keys = Keys(configuration, tokens=Said(speaking_for("fixed")))
    assert authenticated(TOKEN, keys=keys).project == "fixed"
    for headers in ({}, {b"authorization": b"Bearer a.b.d"}):
        with pytest.raises(ClientFault):
            authenticated(headers, keys=keys)
