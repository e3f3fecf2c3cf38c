"""Keys of the store, as a worker meets them: told, changed, revoked, out of reach."""

import msgspec
import pytest
from tests.gateway.callers.test_principals import (
    BODY,
    CONFIGURATION,
    MASTER_KEY,
    NOW,
    NOW_US,
    TARGET,
    Said,
    authenticated,
    signed,
    speaking_for,
)
from tests.gateway.key_props import AT, PEPPER, knowing, revoked, secret_of, stored, told
from tests.gateway.scripts import KEY

from detente.canonical.allowance import Limit
from detente.canonical.failure import ClientFault, Fault
from detente.canonical.principal import Project, Scope
from detente.configuration.callers import IdentityProvider, Organisation
from detente.configuration.schema import Configuration, Server
from detente.configuration.store import Store
from detente.gateway.callers import principals
from detente.gateway.callers.access_keys import access_key_id, secret_access_key
from detente.gateway.callers.key_table import access_hash_of
from detente.gateway.callers.principals import Keys
from detente.gateway.callers.stored_keys import PROJECT_NOT_LOADED, KeysUnreached, StoredKeys
from detente.gateway.link.messages import KeysTold
from detente.providers._sigv4 import Credentials, sign

Q = Project(name="q")


def bearer(key: str) -> dict[bytes, bytes]:
    return {b"authorization": b"Bearer " + key.encode()}


def refused(keys: Keys, key: str, *, now_us: int = 0) -> tuple[str, int, str]:
    """Code, status and sentence with which a key is turned away; it is not echoed."""
    with pytest.raises(Fault) as fault:
        authenticated(bearer(key), keys=keys, now_us=now_us)
    failure = fault.value.failure
    assert key not in failure.message
    return failure.code, failure.status, failure.message


def test_a_stored_key_is_as_good_as_a_configured_one() -> None:
    keys = Keys(CONFIGURATION, stored=knowing(stored("app2")))
    caller = authenticated(bearer("dt-app2"), keys=keys)
    assert (caller.name, caller.project) == ("app2", "shop")
    assert caller.labels == (("data", "public"), ("team", "a"))
    assert authenticated(bearer(KEY), keys=keys).name == "app"


def test_scopes_join_and_rules_add_up() -> None:
    limit = Limit(measure="concurrent", amount=1, window_ms=0)
    project = Project(name="p", scope=Scope(models=("a/*",), limits=(limit,)))
    key = stored(
        "k", project="p", scope=Scope(models=("*/x",), labels=(("l", "k"),), limits=(limit,))
    )
    knows = knowing()
    configuration = Configuration(organisation=Organisation(labels={"l": "o", "m": "o"}))
    keys = Keys(configuration, stored=knows)
    keys.changed(knows.told(told(2, key, projects=(project,)), 0.0))
    caller = authenticated(bearer("dt-k"), keys=keys)
    assert caller.allowed.models == (("a/*",), ("*/x",))
    assert caller.labels == (("l", "k"), ("m", "o"))
    assert [rule.owner for rule in caller.rules] == ["project:p", "key:k"]


def test_a_revoked_key_is_told_apart_from_an_expired_one() -> None:
    over = msgspec.structs.replace(stored("old"), expires_at=AT)
    keys = Keys(CONFIGURATION, stored=knowing(revoked(stored("gone")), over))
    assert "was revoked" in refused(keys, "dt-gone")[2]
    at_us = int(AT.timestamp()) * 1_000_000
    assert authenticated(bearer("dt-old"), keys=keys, now_us=at_us - 1).name == "old"
    assert "has expired" in refused(keys, "dt-old", now_us=at_us)[2]


def test_both_secrets_count_until_the_overlap_ends() -> None:
    key = msgspec.structs.replace(
        stored("k"), secrets=(secret_of("dt-new"), secret_of("dt-old", expires_at=AT))
    )
    keys = Keys(CONFIGURATION, stored=knowing(key))
    at_us = int(AT.timestamp()) * 1_000_000
    new = authenticated(bearer("dt-new"), keys=keys)
    assert authenticated(bearer("dt-old"), keys=keys, now_us=at_us - 1) is new
    assert refused(keys, "dt-old", now_us=at_us)[0] == "key_invalid"
    assert authenticated(bearer("dt-new"), keys=keys, now_us=at_us) is new


def test_a_change_counts_from_the_next_request() -> None:
    knows = knowing(stored("a"), stored("b"))
    keys = Keys(CONFIGURATION, MASTER_KEY, stored=knows)
    a, b = (authenticated(bearer(key), keys=keys) for key in ("dt-a", "dt-b"))
    keys.changed(knows.told(told(2, revoked(stored("a")), stored("c"), whole=False), 0.0))
    assert refused(keys, "dt-a")[0] == "key_invalid"
    assert authenticated(bearer("dt-b"), keys=keys) is b
    assert authenticated(bearer("dt-c"), keys=keys).name == "c"
    assert a not in keys.callers()


def test_that_nothing_is_new_changes_nothing() -> None:
    knows = knowing(stored("a"))
    keys = Keys(CONFIGURATION, stored=knows)
    before = authenticated(bearer("dt-a"), keys=keys)
    keys.changed(knows.told(told(1, whole=False), 1.0))
    assert authenticated(bearer("dt-a"), keys=keys) is before


def test_a_project_that_changes_changes_its_callers() -> None:
    knows = knowing(stored("a", project="p"), stored("b", project="q"))
    keys = Keys(CONFIGURATION, stored=knows)
    keys.changed(knows.told(told(1, whole=False, projects=(Project(name="p"), Q)), 0.0))
    a, b = (authenticated(bearer(key), keys=keys) for key in ("dt-a", "dt-b"))
    narrow = Project(name="p", scope=Scope(models=()))
    keys.changed(knows.told(told(2, whole=False, projects=(narrow,)), 0.0))
    assert authenticated(bearer("dt-b"), keys=keys) is b
    now = authenticated(bearer("dt-a"), keys=keys)
    assert (now is a, now.allowed.models) == (False, ((),))
    keys.changed(knows.told(KeysTold(version=3, whole=False, projects_gone=("p",)), 0.0))
    assert refused(keys, "dt-a")[:2] == ("key_invalid", 401)  # nobody knows what it may spend
    assert "the project of the key is not known here" in refused(keys, "dt-a")[2]
    assert authenticated(bearer("dt-b"), keys=keys) is b
    keys.changed(knows.told(told(4, whole=False, projects=(Project(name="p"),)), 0.0))
    assert authenticated(bearer("dt-a"), keys=keys).allowed.is_everything


def test_a_project_that_only_keys_of_the_configuration_name_is_one() -> None:
    configuration = msgspec.structs.replace(CONFIGURATION, projects={})
    keys = Keys(configuration, stored=knowing(stored("a", project="shop")))
    assert authenticated(bearer("dt-a"), keys=keys).project == "shop"


def test_a_key_moves_to_another_project() -> None:
    knows = knowing(stored("a", project="p"))
    keys = Keys(CONFIGURATION, stored=knows)
    keys.changed(knows.told(told(2, stored("a", project="q"), whole=False, projects=(Q,)), 0.0))
    assert authenticated(bearer("dt-a"), keys=keys).project == "q"


def test_the_configuration_comes_before_the_store() -> None:
    knows = knowing(stored("x", KEY), stored("app", "dt-other"))
    keys = Keys(CONFIGURATION, stored=knows)
    assert authenticated(bearer(KEY), keys=keys).name == "app"
    assert authenticated(bearer("dt-other"), keys=keys).name == "app"
    narrow = stored("app", "dt-other", scope=Scope(models=()))
    keys.changed(knows.told(told(2, narrow, whole=False), 0.0))
    assert authenticated(bearer("dt-other"), keys=keys).allowed.models == ((),)
    assert authenticated(bearer(KEY), keys=keys).allowed.is_everything
    keys.changed(knows.told(told(3, revoked(stored("app", "dt-other")), whole=False), 0.0))
    assert authenticated(bearer(KEY), keys=keys).name == "app"
    assert refused(keys, "dt-other")[0] == "key_invalid"


def test_before_the_store_was_read_nobody_is_called_unknown() -> None:
    unread = StoredKeys((PEPPER,), Store())
    keys = Keys(CONFIGURATION, MASTER_KEY, stored=unread)
    assert authenticated(bearer(KEY), keys=keys).name == "app"
    assert refused(keys, "dt-anything")[:2] == ("store_unavailable", 503)
    with pytest.raises(Fault) as fault:
        authenticated(signed("dt-stranger"), target=TARGET, now_us=NOW_US, keys=keys)
    assert fault.value.failure.code == "store_unavailable"
    assert fault.value.failure.retry_after_ms == 1000
    keys.changed(unread.told(told(1), 0.0))
    assert refused(keys, "dt-anything")[:2] == ("key_invalid", 401)


def test_nor_does_anybody_spend_what_nobody_knows_the_budget_of() -> None:
    limit = Limit(measure="concurrent", amount=1, window_ms=0)
    shop = Project(
        name="shop", scope=Scope(models=("a/*",), labels=(("data", "secret"),), limits=(limit,))
    )
    identity = IdentityProvider(issuer="https://id.example", audience="a", project="shop")
    configuration = msgspec.structs.replace(CONFIGURATION, projects={}, identity={"id": identity})
    unread = StoredKeys((PEPPER,), Store())
    keys = Keys(configuration, MASTER_KEY, stored=unread, tokens=Said(speaking_for("shop")))
    for presented in (KEY, "a.b.c"):
        assert refused(keys, presented) == ("store_unavailable", 503, PROJECT_NOT_LOADED)
    with pytest.raises(KeysUnreached):
        authenticated(signed(), target=TARGET, now_us=NOW_US, keys=keys)
    keys.changed(unread.told(told(1, projects=(shop,)), 0.0))
    unread.look(1e6)  # what was read once goes on to count: it only narrows
    for presented in (KEY, "a.b.c"):
        caller = authenticated(bearer(presented), keys=keys)
        assert caller.allowed.models == (("a/*",),)
        assert [rule.owner for rule in caller.rules] == ["project:shop"]
        assert "data" in dict(caller.labels)


def test_a_project_that_only_the_configuration_names_counts_once_the_store_was_read() -> None:
    configuration = msgspec.structs.replace(CONFIGURATION, projects={})
    unread = StoredKeys((PEPPER,), Store())
    keys = Keys(configuration, stored=unread)
    assert refused(keys, KEY)[0] == "store_unavailable"
    keys.changed(unread.told(told(1), 0.0))
    assert authenticated(bearer(KEY), keys=keys).rules == ()


def test_nor_is_anybody_let_in_who_may_need_a_key() -> None:
    unread = StoredKeys((PEPPER,), Store())
    keys = Keys(Configuration(), stored=unread)
    with pytest.raises(Fault) as fault:
        authenticated({}, keys=keys)
    assert fault.value.failure.code == "store_unavailable"
    keys.changed(unread.told(told(1), 0.0))
    assert authenticated({}, keys=keys).name is None
    keys.changed(unread.told(told(2, revoked(stored("a")), whole=False), 0.0))
    with pytest.raises(ClientFault, match="no key was sent"):
        authenticated({}, keys=keys)


def test_off_loopback_there_is_always_a_key() -> None:
    keys = Keys(Configuration(server=Server(listen="0.0.0.0:8080")))
    with pytest.raises(ClientFault, match="no key was sent"):
        authenticated({}, keys=keys)


def test_a_stored_key_does_not_outlive_what_was_heard_of_it() -> None:
    knows = knowing(stored("a"), store=Store(lease_ms=5_000))
    keys = Keys(CONFIGURATION, stored=knows)
    knows.look(5.001)
    assert refused(keys, "dt-a")[:2] == ("store_unavailable", 503)
    assert refused(keys, "dt-stranger")[0] == "key_invalid"
    assert authenticated(bearer(KEY), keys=keys).name == "app"
    knows.told(told(1, whole=False), 6.0)
    assert authenticated(bearer("dt-a"), keys=keys).name == "a"


def test_or_it_does_where_that_is_wanted() -> None:
    knows = knowing(stored("a"), store=Store(on_outage="continue_on_lease"))
    keys = Keys(CONFIGURATION, stored=knows)
    knows.look(1e6)
    assert authenticated(bearer("dt-a"), keys=keys).name == "a"


def test_a_stored_key_signs_too_until_it_is_revoked() -> None:
    key = stored("a")
    knows = knowing(key)
    keys = Keys(CONFIGURATION, MASTER_KEY, stored=knows)
    name = access_key_id(access_hash_of(key, key.secrets[0]))
    aws = Credentials(access_key_id=name, secret_access_key=secret_access_key(MASTER_KEY, name))
    added = sign(
        b"POST", b"h", TARGET, (), BODY, credentials=aws, region="eu-west-1", service="bedrock",
        now=NOW,
    )  # fmt: skip
    headers = {b"host": b"h", **dict(added)}
    assert authenticated(headers, target=TARGET, now_us=NOW_US, keys=keys).name == "a"
    keys.changed(knows.told(told(2, revoked(key), whole=False), 0.0))
    with pytest.raises(ClientFault, match="was revoked"):
        authenticated(headers, target=TARGET, now_us=NOW_US, keys=keys)


def test_callers_by_token_are_bounded_and_made_anew_where_a_project_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(principals, "TOKEN_CALLERS_MAX", 1)
    knows, said = knowing(), Said(speaking_for("shop"))
    keys = Keys(CONFIGURATION, stored=knows, tokens=said)
    first = authenticated(bearer("a.b.c"), keys=keys)
    keys.changed(knows.told(told(2, stored("k"), whole=False), 0.0))
    assert authenticated(bearer("a.b.c"), keys=keys) is not first
    said.identity = speaking_for("shop", name="token:id:bob")
    authenticated(bearer("a.b.c"), keys=keys)
    assert [caller.name for caller in keys.callers()] == ["token:id:bob"]
