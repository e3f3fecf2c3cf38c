"""What official clients make of an exhausted budget and of a reached limit: their own error, with
the wait that they were told."""

from datetime import UTC, datetime
from pathlib import Path

import anthropic
import openai
import pytest

from tests.allowances.clients import KEY
from tests.allowances.gateways import one_gateway
from tests.allowances.provider import Pause, running_provider

ASKED = "sdk 10 50"
BUDGET = 'budgets = [{ usd = 0.0003, period = "year" }]'
"""Two calls of 50 tokens of output fit, a third does not."""
MINUTE = "limits = [{ requests_per_minute = 2 }]"
YEAR_ENDS = datetime(datetime.now(UTC).year + 1, 1, 1, tzinfo=UTC)


def _openai(port: int) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY, max_retries=0)


def _anthropic(port: int) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=f"http://127.0.0.1:{port}", api_key=KEY, max_retries=0)


def _ask_openai(port: int) -> None:
    with _openai(port) as client:
        client.chat.completions.create(
            model="m", max_tokens=50, messages=[{"role": "user", "content": ASKED}]
        )


def _ask_anthropic(port: int) -> None:
    with _anthropic(port) as client:
        client.messages.create(
            model="m", max_tokens=50, messages=[{"role": "user", "content": ASKED}]
        )


@pytest.mark.parametrize("allowed", [BUDGET, MINUTE], ids=["budget", "limit"])
def test_clients_raise_their_own_error_and_know_when_to_come_again(
    tmp_path: Path, allowed: str
) -> None:
    with (
        running_provider(Pause(0.0, 0.01)) as provider,
        one_gateway(tmp_path, provider.base_url, allowed) as fleet,
    ):
        (port,) = fleet.ports
        _ask_openai(port)
        _ask_openai(port)
        with pytest.raises(openai.RateLimitError) as by_openai:
            _ask_openai(port)
        with pytest.raises(anthropic.RateLimitError) as by_anthropic:
            _ask_anthropic(port)
        for raised in (by_openai.value, by_anthropic.value):
            waits_s = int(raised.response.headers["retry-after"])
            waits_ms = int(raised.response.headers["retry-after-ms"])
            assert waits_s == -(-waits_ms // 1_000)
            if allowed == BUDGET:
                left_s = (YEAR_ENDS - datetime.now(UTC)).total_seconds()
                assert abs(waits_s - left_s) < 60
                assert "budget `project:shop/usd/year@" in raised.message
            else:
                assert 50 < waits_s <= 60
                assert "limit `project:shop/requests/60s`" in raised.message
        assert len(provider.arrivals) == 2
