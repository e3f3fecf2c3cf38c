"""Allow lists: they narrow every way to a model, and the refusal says who may widen them."""

import json
from pathlib import Path

import pytest
from tests.gateway.scripts import KEY, KEYS, OK, OPEN, OTHER_KEY, chat, request
from tests.gateway.stage import Stage, staged


def narrowed(
    key: str = "", *, project: str = "", organisation: str = "", agreed: bool = False
) -> str:
    """The stage's configuration with lines in the tables of a key, its project, everybody."""
    keys = KEYS.replace(
        'labels = { data = "internal" }', f'labels = {{ data = "internal" }}\n{key}'
    )
    more = f"\n[projects.shop]\n{project}\n[organisation]\n{organisation}\n"
    return OPEN + keys + more + ('\n[agreements]\npath = "agreements"\n' if agreed else "")


def refused(stage: Stage, sent: bytes) -> str:
    """The message of a 403 `model_not_allowed`; nobody upstream hears of it."""
    client = stage.client()
    client.sends(sent)
    got = client.answer()
    assert (got.status, got.code) == (403, "model_not_allowed")
    assert stage.upstreams == []
    return got.body.decode()


@pytest.mark.parametrize(
    "toml",
    [
        narrowed('models = ["tests/alone"]'),
        narrowed(project='models = ["tests/a*"]'),
        narrowed(organisation='models = ["*/alone"]'),
        narrowed('models = ["tests/m", "tests/alone"]', project='models = ["tests/alone"]'),
        narrowed("models = []"),
    ],
)
@pytest.mark.parametrize(
    "sent",
    [
        chat("m"),
        chat("tests/m", stream=True),
        chat("m", headers=("x-detente-route: second",)),
        request("POST", "/v1/embeddings", b'{"model": "m", "input": "x"}'),
        request("POST", "/v1/messages", b'{"model": "m", "max_tokens": 1, "messages": []}'),
        request("POST", "/model/m/converse", b'{"messages": []}'),
        request("POST", "/v1beta/models/m:generateContent", b'{"contents": []}'),
    ],
)
def test_a_model_that_is_not_named_is_refused_on_every_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, sent: bytes
) -> None:
    with staged(tmp_path, monkeypatch, toml) as stage:
        client = stage.client()
        client.sends(sent)
        assert client.answer().status == 403
        assert b"may not use" in client.answer().body
        assert stage.upstreams == []
        assert stage.settled().error == "model_not_allowed"


def test_the_refusal_says_who_may_widen_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with staged(tmp_path, monkeypatch, narrowed('models = ["x/*"]')) as stage:
        said = refused(stage, chat("m"))
        assert "`tests/m`" in said
        assert "`models` of the key, its project and the organisation" in said
        assert "x/*" not in said


def test_what_is_named_is_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = narrowed('models = ["tests/m"]', project='models = ["tests/*"]')
    with staged(tmp_path, monkeypatch, toml) as stage:
        client = stage.client()
        client.sends(chat("m"))
        stage.upstream.answers(OK)
        assert client.answer().status == 200


def test_only_allowed_deployments_are_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, narrowed('deployments = ["second/*"]')) as stage:
        client = stage.client()
        for headers in ((), ("x-detente-on-loss: refuse",)):
            client.sends(chat("m", headers=headers))
            stage.upstream.answers(OK)
        deployments = [got.headers["x-detente-deployment"] for got in client.answers]
        assert deployments == ["second/m-second"] * 2


def test_where_none_is_left_the_deployments_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, narrowed('deployments = ["second/*"]')) as stage:
        said = refused(stage, chat("alone"))
        assert "`first/alone`" in said
        assert "`deployments` of the key" in said


def test_a_key_that_may_not_ask_the_holder_discharges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = narrowed('deployments = ["second/*"]', agreed=True)
    with staged(tmp_path, monkeypatch, toml) as stage:
        assert "`first/m-first`" in refused(stage, chat("m"))


def test_a_model_list_shows_what_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed(stage: Stage, key: str) -> set[str]:
        client = stage.client()
        client.sends(request("GET", "/v1/models", key=key))
        return {model["id"] for model in json.loads(client.answer().body)["data"]}

    with staged(tmp_path, monkeypatch, narrowed('models = ["*/alone"]')) as stage:
        assert listed(stage, KEY) == {"tests/alone", "alone"}
        assert listed(stage, OTHER_KEY) == {"tests/alone", "alone", "tests/m", "m"}
    with staged(tmp_path, monkeypatch, narrowed('deployments = ["second/*"]')) as stage:
        assert listed(stage, KEY) == {"tests/m", "m"}


def test_an_organisation_narrows_those_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = OPEN + '\n[organisation]\nmodels = ["*/alone"]\n'
    with staged(tmp_path, monkeypatch, toml) as stage:
        refused(stage, chat("m"))
