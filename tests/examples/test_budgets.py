"""`examples/budgets` as it stands: one budget runs out, one limit holds, and both are told."""

import http.client
import json
from pathlib import Path

import msgspec

from detente.gateway.allowances.budget_book import BudgetsShown
from tests.examples.test_running import running
from tests.gateway_process import GatewayProcess

WAIT_S = 20.0
ASKS_MAX = 100


def asked(gateway: GatewayProcess, key: str, model: str) -> tuple[int, str, dict[str, str]]:
    """Status, code of the error, and headers of one short request."""
    client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=WAIT_S)
    body = {"model": model, "max_tokens": 16, "messages": [{"role": "user", "content": "echo hi"}]}
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    try:
        client.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        answer = client.getresponse()
        told = json.loads(answer.read())
        error = told["error"]["code"] if answer.status != 200 else ""
        return answer.status, error, {k.lower(): v for k, v in answer.getheaders()}
    finally:
        client.close()


def shown(gateway: GatewayProcess) -> BudgetsShown:
    client = http.client.HTTPConnection(gateway.admin_url.partition("//")[2], timeout=WAIT_S)
    try:
        client.request("GET", "/admin/v1/budgets")
        return msgspec.json.decode(client.getresponse().read(), type=BudgetsShown)
    finally:
        client.close()


def test_a_limit_holds_and_says_when_to_come_again(tmp_path: Path) -> None:
    with running("budgets", tmp_path) as gateway:
        answers = [asked(gateway, "dt-demo-lab", "gpt-4o-mini") for _ in range(4)]
        assert [status for status, _, _ in answers] == [200, 200, 200, 429]
        _, error, headers = answers[3]
        assert error == "rate_limited"
        assert 0 < int(headers["retry-after"]) <= 60
        refused, error, _ = asked(gateway, "dt-demo-lab", "claude-opus-4-8")
        assert (refused, error) == (403, "model_not_allowed")


def test_a_budget_runs_out_and_is_not_overspent(tmp_path: Path) -> None:
    with running("budgets", tmp_path) as gateway:
        answers: list[tuple[int, str]] = []
        for _ in range(ASKS_MAX):
            status, error, _ = asked(gateway, "dt-demo-shop", "claude-opus-4-8")
            answers.append((status, error))
            if status != 200:
                break
        assert answers[0] == (200, "")
        assert answers[-1] == (429, "budget_exhausted")
        # the lab has no budget of its own, and goes on
        assert asked(gateway, "dt-demo-lab", "gpt-4o-mini")[0] == 200
        shop = [one for one in shown(gateway).accounts if one.owner == "project:shop"]
        assert shop[0].limit is not None
        assert 0 <= shop[0].spent <= shop[0].limit
