"""Reserving as a transcript: what a request holds, what it is charged, and what it is told."""

from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest
from tests.gateway.scripts import (
    AGREED,
    BROKEN,
    CONFIGURATION,
    EVENTS_HEAD,
    FULL,
    OK,
    STREAM,
    USAGE_EVENT,
    answer,
    chat,
    chunked,
    delta,
    request,
)
from tests.gateway.stage import Stage, staged
from tests.gateway.treasury import PlayedTreasury

from detente.accounts.book import Line, MoneyState
from detente.accounts.messages import Ask
from detente.gateway.allowances.pocket import MoneyPocket
from detente.wiring import build

PROJECT = """
[projects.shop]
budgets = [{ usd = 1, period = "month" }, { usd = 5, period = "day", hard = false }]
limits = [{ requests_per_minute = 6 }, { concurrent_requests = 2 }, { tokens_per_minute = 5000000 }]
"""
SOFT = """
[projects.shop]
budgets = [{ usd = 5, period = "day", hard = false }]
"""
PICO = 10**12
TOO_LONG_S = 601
"""Longer than `first_byte_timeout_ms`, shorter than `total_timeout_ms`."""
MONTH, DAY = "project:shop/usd/month@", "project:shop/usd/day@"


class Counted:
    """A stage whose worker asks a played treasury."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.purse = stage.worker.purse
        self.treasury = PlayedTreasury()
        self.treasury.now_us = self.purse.now_us()
        stage.worker.say_up = self._heard
        self.treasury.join(stage.journal.owner, self.purse)

    def _heard(self, message: object) -> bool:
        assert isinstance(message, Ask)
        return self.treasury.hear(message)

    def turn(self) -> None:
        """The treasury answers, and the loop does what is due."""
        for _ in range(8):
            self.stage.turn()
            self.treasury.now_us = self.purse.now_us()
            self.treasury.answer()

    def wait(self, seconds: float) -> None:
        """Time passes, in which the treasury says that it is there."""
        self.stage.clock.now_s += seconds
        self.treasury.now_us = self.purse.now_us()
        self.treasury.keep(self.purse)
        self.stage.wait(0)
        self.turn()

    def money(self, start: str = MONTH) -> MoneyPocket:
        (pocket,) = (p for p in self.purse.pockets if p.id.startswith(start))
        assert isinstance(pocket, MoneyPocket)
        return pocket

    def at_rest(self) -> bool:
        """Nothing is reserved anywhere."""
        return not any(pocket.lease.reserved for pocket in self.purse.pockets)


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Counted]:
    with staged(tmp_path, monkeypatch, CONFIGURATION + PROJECT) as stage:
        made = Counted(stage)
        yield made
        assert stage.at_rest()
        assert made.at_rest()


def capped(tokens: int, *, model: str = "m", answers: int = 1, stream: bool = False) -> bytes:
    content: dict[str, object] = {"model": model, "max_tokens": tokens, "messages": []}
    if answers > 1:
        content["n"] = answers
    if stream:
        content["stream"] = True
    return request("POST", "/v1/chat/completions", msgspec.json.encode(content))


def test_a_machine_that_slept_admits_nothing_on_leases_that_ended_meanwhile(
    counted: Counted,
) -> None:
    stage = counted.stage
    client = stage.client()
    client.sends(capped(100))
    counted.turn()
    stage.upstream.answers(OK)
    stage.clock.slept_s += 600  # and no timer knows of it
    client = stage.client()
    client.sends(capped(100))
    stage.turn()
    counted.purse.keep_house(counted.purse.now_us())
    stage.turn()
    assert len(stage.intents) == 1
    counted.treasury.now_us = counted.purse.now_us()
    counted.treasury.keep(counted.purse)
    stage.turn()
    assert len(stage.intents) == 1, "the store has not said yet what is held"
    counted.turn()
    stage.upstream.answers(OK)
    assert client.answer().status == 200


def test_a_request_is_reserved_and_settled_with_its_charge(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    reserved = counted.money().lease.reserved
    assert 100 * 2_000_000 < reserved < 400 * 2_000_000  # 2 USD a million output tokens, and input
    counted.stage.upstream.answers(OK)
    assert client.answer().status == 200
    settled = counted.stage.settled()
    assert settled.reserved_pico_usd == reserved
    assert settled.charge_pico_usd == 20_000_000
    (day, of_day), (month, of_month) = sorted(settled.spends)
    assert (of_day, of_month) == (20_000_000, 20_000_000)
    assert day.startswith(DAY)
    assert month.startswith(MONTH)
    assert counted.money().lease.spent == 20_000_000


def test_answers_count_each(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100, answers=7))
    counted.turn()
    assert 7 * 100 * 2_000_000 < counted.money().lease.reserved < 9 * 100 * 2_000_000
    counted.stage.upstream.answers(OK)


def test_what_fails_costs_nothing(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    counted.stage.upstream.answers(BROKEN)
    counted.stage.upstream.answers(BROKEN)
    assert client.answer().status == 500
    settled = counted.stage.settled()
    assert settled.spends == ()
    assert settled.reserved_pico_usd
    assert counted.money().lease.spent == 0


def test_who_hangs_up_pays_for_what_was_used(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100, stream=True))
    counted.turn()
    counted.stage.upstream.answers(EVENTS_HEAD + chunked(delta("a"), delta("b")))
    client.hangs_up()
    settled = counted.stage.settled()
    assert settled.outcome == "client_gone"
    assert settled.charge_pico_usd
    assert dict(settled.spends)[counted.money().id] == settled.charge_pico_usd


def test_who_does_not_wait_for_a_whole_answer_pays_what_was_reserved(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    reserved = counted.money().lease.reserved
    client.hangs_up()
    settled = counted.stage.settled()
    assert (settled.outcome, settled.reserved_pico_usd) == ("client_gone", reserved)
    assert settled.charge_pico_usd is not None
    assert settled.charge_pico_usd < reserved  # the ledger has an estimate of the input
    assert {spent for _, spent in settled.spends} == {reserved}
    assert counted.money().lease.spent == reserved


def test_so_does_who_is_answered_too_late(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    reserved = counted.money().lease.reserved
    counted.wait(TOO_LONG_S)
    assert counted.money().lease.reserved == 2 * reserved  # the platform may bill both
    counted.stage.upstream.answers(OK)  # another deployment, in time
    assert client.answer().status == 200
    settled = counted.stage.settled()
    assert settled.charge_pico_usd == 20_000_000
    assert settled.reserved_pico_usd == 2 * reserved
    assert {spent for _, spent in settled.spends} == {reserved + 20_000_000}
    assert counted.purse.figures.excess_requests == 0


def test_who_cannot_pay_for_a_further_try_has_none(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(300_000))  # 0.6 of 1 USD
    counted.turn()
    reserved = counted.money().lease.reserved
    counted.wait(TOO_LONG_S)
    counted.wait(3)  # nobody settles in that time
    assert (client.answer().status, len(counted.stage.upstreams)) == (429, 1)
    assert b"budget_exhausted" in client.answer().body
    assert counted.money().lease.spent == reserved


def test_whose_deployments_fail_at_once_needs_no_more(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(300_000))
    counted.turn()
    reserved = counted.money().lease.reserved
    counted.stage.upstream.answers(BROKEN)
    counted.turn()
    assert counted.money().lease.reserved == reserved
    counted.stage.upstream.answers(OK)
    assert client.answer().status == 200


def test_what_a_provider_breaks_off_costs_nothing(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    counted.stage.upstream.hangs_up()
    counted.stage.upstream.hangs_up()
    assert client.answer().status == 502
    assert counted.stage.settled().spends == ()


def test_who_hangs_up_in_line_holds_nothing(counted: Counted) -> None:
    counted.treasury.deaf = True
    client = counted.stage.client()
    client.sends(capped(100))
    client.hangs_up()
    counted.treasury.deaf = False
    counted.turn()
    settled = counted.stage.settled()
    assert (settled.outcome, settled.spends, settled.usage) == ("client_gone", (), None)
    assert not counted.stage.upstreams


def test_what_is_reserved_for_others_is_waited_for_and_then_429(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(400_000))  # 0.8 USD
    counted.turn()
    other = counted.stage.client()
    other.sends(capped(400_000))
    counted.turn()
    assert not other.received  # it would fit, should the first settle for less
    counted.wait(2.1)
    refused = other.answer()
    assert refused.status == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["retry-after-ms"] == "1000"
    assert "x-should-retry" not in refused.headers
    error = msgspec.json.decode(refused.body)["error"]
    assert (error["code"], error["type"]) == ("budget_exhausted", "rate_limit_error")
    settled = counted.stage.settlements[-1]
    assert (settled.outcome, settled.reserved_pico_usd) == ("denied", None)
    counted.stage.upstream.answers(OK)


def test_who_needs_less_at_a_closer_look_is_not_told_of_an_outage(counted: Counted) -> None:
    """It waits a second time, late: that the store answers is known from the first."""
    client = counted.stage.client()
    client.sends(capped(400_000))  # 0.8 of 1 USD
    counted.turn()
    other = counted.stage.client()
    words = [{"role": "user", "content": "words " * 1_000}]
    asked = {"model": "m", "max_tokens": 300_000, "messages": words}
    other.sends(request("POST", "/v1/chat/completions", msgspec.json.encode(asked)))
    counted.turn()
    counted.wait(1.5)
    assert not other.received
    lines = counted.treasury.money[counted.money().id].lines
    spent = {**lines, "another": Line(granted=PICO // 2, spent=PICO // 2)}
    counted.treasury.money[counted.money().id] = MoneyState(lines=spent)
    counted.purse.keep_house(counted.purse.now_us())
    counted.stage.turn()
    counted.treasury.answer()
    counted.stage.wait(0.1)  # no answer yet to what it needs now
    assert not other.received
    counted.wait(0.5)
    refused = other.answer()
    assert refused.status == 429
    assert msgspec.json.decode(refused.body)["error"]["code"] == "budget_exhausted"
    counted.stage.upstream.answers(OK)


def test_a_waiting_request_is_served_when_another_settles(counted: Counted) -> None:
    client, other = counted.stage.client(), counted.stage.client()
    client.sends(capped(400_000))
    counted.turn()
    other.sends(capped(400_000))
    counted.turn()
    counted.stage.upstream.answers(OK)
    counted.turn()
    assert len(counted.stage.intents) == 2
    counted.stage.upstream.answers(OK)
    assert other.answer().status == 200


def test_a_budget_spent_for_weeks_is_not_tried_again(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    counted.stage.upstream.answers(OK)
    counted.treasury.settled(counted.money().id, "elsewhere", 10**12)
    second = counted.stage.client()
    second.sends(capped(400_000))
    counted.turn()
    refused = second.answer()
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) >= 60
    assert refused.headers["x-should-retry"] == "false"
    assert counted.purse.figures.refused == {"budget_exhausted project": 1}


def test_a_limit_of_requests_is_429_with_the_time(counted: Counted) -> None:
    client = counted.stage.client()
    for _ in range(6):
        client.sends(capped(1))
        counted.turn()
        counted.stage.upstream.answers(OK)
        counted.stage.wait(1)
    client.sends(capped(1))
    counted.turn()
    *_, refused = client.answers
    assert refused.status == 429
    assert refused.headers["retry-after"] == "54"
    assert msgspec.json.decode(refused.body)["error"]["code"] == "rate_limited"


def test_requests_at_once_are_limited(counted: Counted) -> None:
    clients = [counted.stage.client() for _ in range(3)]
    for client in clients:
        client.sends(capped(1))
        counted.turn()
    assert clients[2].answer().status == 429
    for upstream in counted.stage.upstreams:
        upstream.answers(OK)
    assert clients[0].answer().status == 200


def test_more_than_was_reserved_is_allowed_and_said(counted: Counted) -> None:
    big = OK.replace(b'"completion_tokens":5,', b'"completion_tokens":9,')
    client = counted.stage.client()
    client.sends(capped(1))
    counted.turn()
    reserved = counted.money().lease.reserved
    lots = answer(200, big.partition(b"\r\n\r\n")[2].replace(b":10,", b":99999,"))
    counted.stage.upstream.answers(lots)
    assert client.answer().status == 200
    settled = counted.stage.settled()
    assert settled.charge_pico_usd is not None
    assert settled.charge_pico_usd > reserved
    (line,) = (line for line in counted.stage.said if "more than was reserved" in line)
    assert settled.id in line
    assert counted.money().id in line
    assert "tokens in `project:shop/tokens/60s`" in line
    assert counted.purse.figures.excess_requests == 1


def test_dearer_deployments_raise_the_reservation(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    counted.stage.upstream.answers(FULL)  # a refusal: the agreements are asked again
    counted.turn()
    assert counted.money().lease.reserved
    counted.stage.upstream.answers(OK)
    assert client.answer().status == 200


def test_a_stream_that_ends_holds_nothing(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(100, stream=True))
    counted.turn()
    counted.stage.upstream.answers(STREAM)
    settled = counted.stage.settled()
    assert settled.charge_pico_usd == dict(settled.spends)[counted.money().id]


def test_an_outage_is_503(counted: Counted) -> None:
    counted.treasury.keep(counted.purse, outage=True)
    client = counted.stage.client()
    client.sends(capped(1))
    counted.turn()
    assert client.answer().status == 503
    assert b"store_unavailable" in client.answer().body
    assert counted.stage.settled().outcome == "denied"


def test_no_word_from_the_store_is_503_in_time(counted: Counted) -> None:
    counted.treasury.deaf = True
    client = counted.stage.client()
    client.sends(capped(1))
    counted.stage.wait(0.5)
    assert not client.received
    counted.stage.wait(0.6)
    counted.stage.wait(1.0)
    assert client.answer().status == 503


def test_without_a_price_a_hard_budget_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpriced = (CONFIGURATION + PROJECT).replace('model = "*"', 'model = "other/*"')
    with staged(tmp_path, monkeypatch, unpriced) as stage:
        counted = Counted(stage)
        client = stage.client()
        client.sends(capped(1))
        counted.turn()
        refused = client.answer()
        assert refused.status == 403
        assert b"price_unknown" in refused.body
        assert stage.settled().outcome == "denied"


def test_soft_budgets_need_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with staged(tmp_path, monkeypatch, CONFIGURATION + SOFT) as stage:
        client = stage.client()
        client.sends(chat("m"))
        stage.upstream.answers(OK)
        settled = stage.settled()
        assert [amount for _, amount in settled.spends] == [20_000_000]
        assert settled.reserved_pico_usd is None


def test_an_unbounded_answer_is_assumed(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(chat("m"))
    counted.turn()
    assumed = 4_096 * 2_000_000
    assert assumed < counted.money().lease.reserved < 1.1 * assumed
    counted.stage.upstream.answers(OK)


def test_what_was_answered_and_lost_by_a_bug_costs_what_was_reserved(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    reserved = counted.money().lease.reserved
    monkeypatch.setattr("detente.gateway.exchange.estimate.of_sizes", None)
    counted.stage.upstream.answers(answer(200, b"{}"))
    assert client.answer().status == 500
    assert {spent for _, spent in counted.stage.settled().spends} == {reserved}


def test_a_budget_that_is_made_hard_knows_what_was_spent_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft = CONFIGURATION + '[projects.shop]\nbudgets = [{ usd = "0.0005", hard = false }]\n'
    with staged(tmp_path, monkeypatch, soft) as stage:
        counted, client = Counted(stage), stage.client()
        for _ in range(3):  # 0.00002 USD each
            client.sends(chat("m"))
            counted.turn()
            stage.upstream.answers(OK)
        for settled in stage.settlements:
            for account, spent in settled.spends:
                counted.treasury.settled(account, stage.journal.owner, spent)
        stage.worker.reload(build(stage.sources(soft.replace("hard = false", "hard = true"))))
        client.sends(capped(1))
        counted.turn()
        lease = counted.money().lease
        assert lease.spent == 60_000_000
        assert 0 < lease.free + lease.reserved <= 440_000_000
        stage.upstream.answers(OK)


DEAR = """
[[prices]]
model = "*"
provider = "second"
input = 10
output = 20
source = "dearer than the first"
"""


def test_a_dearer_plan_is_reserved_and_shrunk_at_its_own_prices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = AGREED.replace("[[prices]]", DEAR + "[[prices]]", 1) + PROJECT
    with staged(tmp_path, monkeypatch, toml) as stage:
        counted, client = Counted(stage), stage.client()
        client.sends(capped(1_000, stream=True))
        counted.turn()
        cheap = counted.money().lease.reserved
        stage.upstream.answers(FULL)  # a first refusal, so the second may be asked
        counted.turn()
        assert counted.money().lease.reserved == 10 * cheap
        stage.upstream.answers(EVENTS_HEAD + chunked(USAGE_EVENT))
        assert 1_000 * 20_000_000 <= counted.money().lease.reserved < 10 * cheap
        client.hangs_up()


def test_a_reload_tells_the_new_limit(counted: Counted) -> None:
    client = counted.stage.client()
    client.sends(capped(1))
    counted.turn()
    counted.stage.upstream.answers(OK)
    changed = (CONFIGURATION + PROJECT).replace("usd = 1,", "usd = 2,")
    counted.stage.worker.reload(build(counted.stage.sources(changed)))
    client.sends(capped(1))
    counted.turn()
    counted.stage.upstream.answers(OK)
    assert counted.money().account.limit == 2 * 10**12
    limits = [want.limit for ask in counted.treasury.asked for want in ask.wants]
    assert 2 * 10**12 in limits


def test_what_cannot_be_recorded_holds_nothing(counted: Counted) -> None:
    counted.stage.journal.broken = True
    client = counted.stage.client()
    client.sends(capped(100))
    counted.turn()
    assert client.answer().status == 503
    assert counted.at_rest()
    counted.stage.journal.broken = False


def test_what_goes_on_after_its_answer_costs_what_was_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = b'{"id":"resp_1","object":"response","status":"queued","output":[],"usage":null}'
    speaks = CONFIGURATION.replace(
        '127.0.0.1:1001/v1"', '127.0.0.1:1001/v1"\ndialects = ["openai_responses"]'
    )
    with staged(tmp_path, monkeypatch, speaks + PROJECT) as stage:
        counted = Counted(stage)
        for members, whole in (({"background": True}, True), ({}, False)):
            client = stage.client()
            body = {"model": "alone", "input": "hello", "max_output_tokens": 100, **members}
            client.sends(request("POST", "/v1/responses", msgspec.json.encode(body)))
            counted.turn()
            stage.upstream.answers(answer(200, begun))
            assert client.answer().status == 200
            settled = stage.settlements[-1]
            assert settled.reserved_pico_usd is not None
            spent = {amount for _, amount in settled.spends}
            assert (spent == {settled.reserved_pico_usd}) == whole
        assert counted.at_rest()
