"""Keys that somebody made up: nothing authenticates, all are answered alike, nothing is echoed."""

from pathlib import Path

import pytest
from tests.gateway.key_props import PEPPER, knowing, revoked, secret_of, stored
from tests.gateway.scripts import CONFIGURATION, EXPIRED_KEY, KEY, body_of, hashed, request
from tests.gateway.stage import Stage, staged

from detente.gateway.link.messages import KeysTold

STORED = "dt-" + "s" * 43
GONE = "dt-" + "g" * 43
CANARY = "CANARY-3f9c"

HOSTILE = [
    "",
    CANARY,
    KEY[:-1],
    KEY + "x",
    KEY.upper(),
    f"{KEY},{CANARY}",
    f"{KEY}\t{CANARY}",
    hashed(KEY),
    hashed(KEY).removeprefix("sha256:"),
    secret_of(STORED).digest.hex(),
    EXPIRED_KEY,
    GONE,
    STORED[:-1],
    STORED[:8],
    f"{CANARY}' OR '1'='1",
    f"{CANARY}'; DROP TABLE keys; --",
    f'{CANARY}" UNION SELECT digest FROM secrets --',
    f"{CANARY}%00%0d%0a",
    f"{CANARY}\\r\\nx-admin: 1",
    f"${{{CANARY}}}",
    f"{CANARY}/../../keys",
    "*",
    "dt-*",
    "null",
    "\xe9\xff" + CANARY,
    CANARY * 2000,
]
PATHS = [
    ("/v1/chat/completions", body_of("m")),
    ("/v1/messages", b'{"model": "m", "max_tokens": 1, "messages": []}'),
    ("/v1beta/models/m:generateContent", b'{"contents": []}'),
    ("/model/m/converse", b'{"messages": []}'),
    ("/v2/chat", b'{"model": "m", "messages": []}'),
]


def prepared(stage: Stage) -> None:
    """The worker is told of keys of the store."""
    keys = (stored("live", STORED), revoked(stored("gone", GONE)))
    stage.worker.stored.peppers = (PEPPER,)
    stage.worker.plane.keys = type(stage.worker.plane.keys)(
        stage.worker.plane.setup.configuration, stored=knowing(*keys)
    )


def answered(stage: Stage, sent: bytes) -> None:
    """It is a 401 of the gateway's own, and quotes nothing of what was sent."""
    client = stage.client()
    client.sends(sent)
    got = client.answer()
    assert got.status == 401, got.body
    assert b"key_invalid" in got.body or b"detente" in got.body
    for part in (CANARY, KEY, STORED, GONE, EXPIRED_KEY):
        assert part.encode() not in client.received
    assert stage.upstreams == []
    client.hangs_up()


@pytest.mark.parametrize("path", PATHS, ids=[path for path, _ in PATHS])
def test_no_hostile_key_authenticates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, bytes]
) -> None:
    target, body = path
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        prepared(stage)
        for key in HOSTILE:
            for header in ("authorization: Bearer", "x-api-key:", "api-key:", "x-goog-api-key:"):
                plain = request("POST", target, body, key=None)
                line = f"{header} {key}\r\n".encode("latin-1")
                answered(stage, plain.replace(b"host:", line + b"host:", 1))
        assert all(CANARY not in str(record) for record in stage.settlements + stage.intents)
        assert not any(CANARY in said for said in stage.said)


@pytest.mark.parametrize(
    "headers",
    [
        (f"authorization: Bearer {KEY}", f"authorization: Bearer {CANARY}"),
        (f"authorization: Bearer {CANARY}", f"x-api-key: {KEY}"),
        (f"x-api-key: {KEY}", f"x-api-key: {CANARY}"),
        (f"x-api-key: {STORED}", f"api-key: {KEY}"),
        (f"authorization: Basic {KEY}",),
        (f"authorization: {KEY}",),
        (f"authorization: Bearer{KEY}",),
        (f"proxy-authorization: Bearer {KEY}",),
        (f"cookie: key={KEY}",),
        (f"x-forwarded-authorization: Bearer {KEY}",),
    ],
)
def test_several_keys_and_other_places_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headers: tuple[str, ...]
) -> None:
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        prepared(stage)
        client = stage.client()
        client.sends(
            request("POST", "/v1/chat/completions", body_of("m"), key=None, headers=headers)
        )
        assert client.answer().status in (400, 401)
        assert CANARY.encode() not in client.received
        assert stage.upstreams == []


def test_a_key_that_is_known_is_served_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        prepared(stage)
        for key in (KEY, STORED):
            client = stage.client()
            client.sends(request("GET", "/v1/models", key=key))
            assert client.answer().status == 200


def test_a_revocation_is_met_by_the_next_request_of_a_kept_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, CONFIGURATION) as stage:
        key = stored("live", STORED)
        stage.worker.stored.peppers = (PEPPER,)
        keys = type(stage.worker.plane.keys)
        stage.worker.plane.keys = keys(
            stage.worker.plane.setup.configuration, stored=stage.worker.stored
        )
        stage.worker.keys_told(KeysTold(version=1, whole=True, keys=(key,)))
        client = stage.client()
        client.sends(request("GET", "/v1/models", key=STORED))
        stage.worker.keys_told(KeysTold(version=2, whole=False, keys=(revoked(key),)))
        client.sends(request("GET", "/v1/models", key=STORED))
        assert [answer.status for answer in client.answers] == [200, 401]
        assert b"was revoked" in client.answers[1].body
