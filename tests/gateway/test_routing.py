"""From a request to a plan: what is cached, what narrows, what is refused and in which words."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.gateway.scripts import AGREED, OK, OTHER_KEY, chat, request
from tests.gateway.stage import Stage, staged

from detente.gateway.routing import instant, microseconds

REHEARSAL = AGREED + "\n[rehearsal]\nenabled = true\n"


@pytest.fixture
def rehearsing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Stage]:
    with staged(tmp_path, monkeypatch, REHEARSAL) as made:
        yield made
        assert made.at_rest()


def refused(stage: Stage, *headers: str) -> str:
    """The message with which a request with these headers is refused."""
    client = stage.client()
    client.sends(chat("m", headers=headers))
    got = client.answer()
    assert got.code == "request_invalid"
    assert stage.upstreams == []
    return got.body.decode()


def test_times_are_exact() -> None:
    assert microseconds(instant(1_700_000_000_123_456)) == 1_700_000_000_123_456


def test_a_class_of_requests_is_decided_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    client = stage.client()
    client.sends(chat("m"))
    stage.upstream.answers(OK)

    def never(*_: object) -> None:
        raise AssertionError("decided again")

    monkeypatch.setattr("detente.agreements.CompiledAgreements.decide", never)
    client.sends(chat("m", text="another"))
    stage.upstream.answers(OK)
    assert [answer.status for answer in client.answers] == [200, 200]


def test_what_narrows_is_not_kept_for_others(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", headers=("x-detente-route: second",)))
    stage.upstream.answers(OK)
    client.sends(chat("m"))
    stage.upstream.answers(OK)
    assert [a.headers["x-detente-deployment"] for a in client.answers] == [
        "second/m-second",
        "first/m-first",
    ]


def test_the_route_header_names_several_in_no_order(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", headers=("x-detente-route: second , first,second",)))
    stage.upstream.answers(OK)
    assert client.answer().headers["x-detente-deployment"] == "first/m-first"
    assert stage.intents[0].narrowed_to == ("second", "first")


def test_an_unknown_provider_is_told_with_the_nearest(stage: Stage) -> None:
    assert "did you mean `first`?" in refused(stage, "x-detente-route: frist")
    assert "known are `first`, `second`" in refused(stage, "x-detente-route: ")


@pytest.mark.parametrize("value", ["x", "=x", "a=b,c", "a=\x9b31m"])
def test_labels_that_are_none(stage: Stage, value: str) -> None:
    client = stage.client()
    client.sends(
        chat("m").replace(b"host:", b"x-detente-labels: " + value.encode("latin-1") + b"\r\nhost:")
    )
    assert client.answer().code == "request_invalid"


def test_labels_may_repeat_what_the_key_has_and_not_contradict_it(stage: Stage) -> None:
    assert "already has another `data`" in refused(stage, "x-detente-labels: data=public")
    client = stage.client()
    client.sends(chat("m", headers=("x-detente-labels: data=internal, b=2,a=1",)))
    stage.upstream.answers(OK)
    assert stage.intents[-1].header_labels == (("a", "1"), ("b", "2"), ("data", "internal"))


def test_labels_are_bounded(stage: Stage) -> None:
    many = ",".join(f"l{n}=x" for n in range(33))
    assert "at most 32 labels" in refused(stage, f"x-detente-labels: {many}")
    assert "at most 32 labels" in refused(stage, "x-detente-labels: a=" + "x" * 5000)


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", ""]
)
def test_a_date_that_is_none(rehearsing: Stage, at: str) -> None:
    assert "`x-detente-at` is no date" in refused(rehearsing, f"x-detente-at: {at}")


@pytest.mark.parametrize("at", ["0001-01-01", "1969-12-31T23:59:59Z", "2019-12-31", "9999-12-31"])
def test_any_date_can_be_rehearsed(rehearsing: Stage, at: str) -> None:
    client = rehearsing.client()
    client.sends(chat("m", headers=(f"x-detente-at: {at}",)))
    rehearsing.upstream.answers(OK)
    assert client.answer().status == 200
    (intent,) = rehearsing.intents
    assert intent.rehearsed
    assert intent.at_us is not None
    assert intent.known_us == intent.at_us


def test_a_rehearsed_date_decides(rehearsing: Stage) -> None:
    client = rehearsing.client()
    for at in ("2019-12-31", "2020-01-02"):
        client.sends(chat("m", headers=(f"x-detente-at: {at}", "x-detente-route: second")))
    rehearsing.upstream.answers(OK)
    assert [answer.status for answer in client.answers] == [200, 403]


def test_a_model_without_a_deployment_of_the_dialect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = AGREED.replace('kind = "openai_compatible"', 'kind = "anthropic"')
    with staged(tmp_path, monkeypatch, toml) as stage:
        client = stage.client()
        client.sends(request("POST", "/v1/embeddings", b'{"model":"m","input":"hello"}'))
        got = client.answer()
        assert got.status == 503
        assert "none of them offers what `openai_embeddings` asks for" in got.body.decode()


def test_the_clause_is_named_to_whom_it_refuses(agreed: Stage) -> None:
    client = agreed.client()
    client.sends(chat("alone", key=OTHER_KEY))
    got = client.answer()
    assert got.status == 403
    assert "first-come/not-elsewhere" in got.body.decode()


def test_an_unknown_model_is_told_with_the_nearest(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alnoe") + chat("`\n\u202e" + "x" * 400))
    near, far = client.answers
    assert "did you mean `alone`?" in near.body.decode()
    assert "unknown model `???xxx" in far.body.decode()
    assert len(far.body) < 600


@pytest.mark.parametrize(
    ("asked", "publisher", "meant"),
    [
        ("m", None, "m"),
        ("m", "others", "m"),
        ("m", "tests", "m"),
        ("tests/m", "tests", "tests/m"),
        ("unnamed", "tests", "tests/unnamed"),
        ("unnamed", "others", "unnamed"),
        ("unnamed", None, "unnamed"),
    ],
)
def test_a_path_may_say_the_publisher(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    publisher: str | None,
    meant: str,
) -> None:
    toml = AGREED + '\n[models."tests/unnamed"]\ndeployments = []\n'
    with staged(tmp_path, monkeypatch, toml) as stage:
        assert stage.worker.plane.router.named(asked, publisher) == meant


def test_cached_plans_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = AGREED.replace("[limits]\n", "[limits]\ndecisions_cached_max = 2\n")
    with staged(tmp_path, monkeypatch, toml) as stage:
        client = stage.client()
        for _ in range(3):
            for name in ("m", "tests/m", "alone", "tests/alone"):
                client.sends(chat(name))
                stage.upstream.answers(OK)
        exchange = stage.worker.plane.keys.authenticate(
            b"/", {b"x-api-key": b"dt-stage-key"}, 0, None
        )
        assert len(exchange.plans) <= 3
