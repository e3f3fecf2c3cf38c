"""What the journal says of a request: everything that was asked, nothing that was said."""

from pathlib import Path

import pytest
from tests.gateway.scripts import (
    CONFIGURATION,
    EVENTS_HEAD,
    KEY,
    OK,
    body_of,
    chat,
    chunked,
    delta,
    request,
)
from tests.gateway.stage import Stage, staged

from detente.canonical.failure import ERROR_STATUS

PROMPT = "the prompt that nobody else may read"


def test_an_intent_says_what_was_asked(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("m", stream=True, headers=("x-detente-labels: purpose=test",)))
    (intent,) = stage.intents
    assert (intent.key, intent.project, intent.labels) == ("app", "shop", (("data", "internal"),))
    assert (intent.asked_model, intent.model, intent.interface) == ("m", "tests/m", "stateless_api")
    assert intent.header_labels == (("purpose", "test"),)
    assert (intent.client_dialect, intent.upstream_dialect) == ("openai_chat", "openai_chat")
    assert (intent.deployment, intent.stream, intent.rehearsed) == ("first/m-first", True, False)
    assert intent.request_bytes == len(body_of("m", stream=True))
    assert intent.started_us == stage.clock.time_ns() // 1000
    assert [record.id for record in stage.decisions] == [intent.decision]
    client.hangs_up()


def test_a_decision_is_recorded_once(stage: Stage) -> None:
    client = stage.client()
    for _ in range(3):
        client.sends(chat("m"))
        stage.upstream.answers(OK)
    client.sends(chat("m", headers=("x-detente-labels: purpose=test",)))
    stage.upstream.answers(OK)
    assert len({record.id for record in stage.decisions}) == len(stage.decisions)


def test_the_paths_model_is_what_was_asked_for(stage: Stage) -> None:
    client = stage.client()
    for named in ("one", "two"):
        client.sends(request("POST", "/openai/deployments/alone/chat/completions", body_of(named)))
        stage.upstream.answers(OK)
    client.sends(request("POST", "/openai/deployments/none/chat/completions", body_of("alone")))
    assert [intent.asked_model for intent in stage.intents] == ["alone", "alone", "none"]


def test_a_long_name_is_kept_in_part(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("x" * 400))
    assert stage.intents[0].asked_model == "x" * 200
    assert stage.intents[0].model is None


def test_a_request_that_nobody_understood_has_an_entry_too(stage: Stage) -> None:
    client = stage.client()
    client.sends(b"nonsense\r\n\r\n")
    (intent,) = stage.intents
    assert (intent.key, intent.asked_model, intent.client_dialect) == (None, None, None)
    assert stage.settled().status == 400


def test_neither_prompt_nor_answer_nor_key_is_in_the_journal(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone", text=PROMPT))
    stage.upstream.answers(OK)
    client.sends(chat("alone", stream=True, text=PROMPT))
    stage.upstream.answers(EVENTS_HEAD + chunked(delta("the secret answer")))
    client.hangs_up()
    assert len(stage.settlements) == 2
    for segment in (stage.folder / "journal").iterdir():
        held = segment.read_bytes()
        for secret in (PROMPT, KEY, "the secret answer", "sk-"):
            assert secret.encode() not in held


def test_an_unknown_price_is_unknown(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("alone"))
    cached = b'{"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":4}}}'
    stage.upstream.answers(OK.partition(b"\r\ncontent-length")[0] + _length(cached))
    settled = stage.settled()
    assert settled.usage is not None
    assert settled.usage.cache_read_tokens == 4
    assert (settled.cost_pico_usd, settled.charge_pico_usd) == (None, None)


@pytest.mark.parametrize(("price", "cost"), [("input = 9", 9 * 10**18), ("input = 10", None)])
def test_a_count_that_no_ledger_holds_has_no_price(
    price: str, cost: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = b'{"usage":{"prompt_tokens":1000000000000}}'
    with staged(tmp_path, monkeypatch, CONFIGURATION.replace("input = 1", price)) as stage:
        stage.client().sends(chat("alone"))
        stage.upstream.answers(OK.partition(b"\r\ncontent-length")[0] + _length(wrong))
        settled = stage.settled()
    assert (settled.cost_pico_usd, settled.charge_pico_usd) == (cost, cost)


TIERS = """
[[prices]]
model = "tests/alone"
tier = "flex"
input = "3"
output = "0"
source = "a test"
"""


@pytest.mark.parametrize(("tier", "cost"), [("flex", 27_000_000), ("ultrafast", None)])
def test_what_the_answer_says_was_served_is_what_is_paid(
    tier: str, cost: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = CONFIGURATION.index("[[prices]]")
    plain = CONFIGURATION[at:].replace("source =", 'tier = "standard"\nsource =', 1)
    with staged(tmp_path, monkeypatch, CONFIGURATION[:at] + TIERS + plain) as stage:
        client = stage.client()
        client.sends(chat("alone"))
        body = b'{"usage":{"prompt_tokens":9},"service_tier":"%b"}' % tier.encode()
        stage.upstream.answers(OK.partition(b"\r\ncontent-length")[0] + _length(body))
        settled = stage.settled()
    assert settled.usage is not None
    assert settled.usage.tier == tier
    assert settled.cost_pico_usd == cost


def _length(body: bytes) -> bytes:
    return b"\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


def test_every_error_has_a_known_status(stage: Stage) -> None:
    client = stage.client()
    client.sends(chat("none") + chat("m", key="wrong") + request("GET", "/"))
    assert [s.status for s in stage.settlements] == [
        ERROR_STATUS[s.error or ""] for s in stage.settlements
    ]
