"""Every recorded request is read, and edited nowhere but at its model; every usage is found."""

import json

import pytest

from detente.canonical.model import Dialect
from detente.dialects import spec_of
from tests.conftest import Recorded

FILES: dict[str, Dialect] = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic-messages": "anthropic_messages",
    "anthropic-count-tokens": "anthropic_count_tokens",
}


@pytest.mark.parametrize(("file", "name"), FILES.items())
def test_recorded_exchanges(recorded: Recorded, file: str, name: Dialect) -> None:
    spec = spec_of(name)
    rows = recorded(file)
    assert rows
    for row in rows:
        body = row["request"]["text"].encode()
        asked = json.loads(body)
        head = spec.read_request(body)
        assert (head.model, head.stream) == (asked["model"], bool(asked.get("stream"))), row["id"]
        edited = spec.edit_request(body, head, model="other", ask_usage=False)
        assert json.loads(edited) == {**asked, "model": "other"}, row["id"]
        assert len(edited) - len(body) == len(b"other") - len(json.dumps(asked["model"])) + 2
        kind = row["response"]["headers"].get("content-type", "application/json")
        if row["stream"] or row["response"]["status"] != 200 or "json" not in kind:
            continue
        answer = row["response"]["text"].encode()
        usage = spec.read_usage(answer)
        reported = json.loads(answer).get("usage")
        assert (usage is not None) is isinstance(reported, dict), row["id"]
        if usage is not None and "total_tokens" in reported:
            assert usage.input_tokens + usage.output_tokens == reported["total_tokens"], row["id"]
