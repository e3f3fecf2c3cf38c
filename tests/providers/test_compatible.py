"""The rows of compatible hosts: their addresses, and what does not load."""

import pytest

from detente.canonical.model import Dialect
from detente.providers import KINDS, ProviderKind, compatible_rows, kinds
from detente.providers.compatible import compatible_kinds, kind_of, read_rows
from tests.providers.addresses import path_of

ROW = """
[host]
title = "Host"
base_url = "https://api.host.example/v1"
dialects = ["openai_chat", "anthropic_messages"]
page = "https://host.example/docs"
read = 2026-11-22
"""

PATHS: dict[str, dict[Dialect, str]] = {
    "groq": {"openai_chat": "/openai/v1/chat/completions"},
    "deepseek": {
        "openai_chat": "/chat/completions",
        "anthropic_messages": "/anthropic/v1/messages",
    },
    "fireworks": {"anthropic_messages": "/inference/v1/messages"},
    "openrouter": {"openai_responses": "/api/v1/responses"},
    "perplexity": {"openai_chat": "/chat/completions", "openai_responses": "/v1/responses"},
    "zai": {
        "openai_chat": "/api/paas/v4/chat/completions",
        "anthropic_messages": "/api/anthropic/v1/messages",
    },
}


def test_kinds_are_those_in_code_and_the_rows() -> None:
    names = [kind.name for kind in kinds()]
    assert names == [*(kind.name for kind in KINDS), *compatible_rows()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", compatible_kinds(), ids=lambda kind: kind.name)
def test_every_row_is_an_address_with_a_path_for_each_dialect(row: ProviderKind) -> None:
    base_url = row.default_base_url or "http://127.0.0.1:8000/v1"
    paths = [path_of(row, base_url, dialect) for dialect in row.dialects]
    assert all(path.startswith("/") and "//" not in path and ".." not in path for path in paths)
    assert len(set(paths)) == len(paths)
    assert row.own_network == (row.default_base_url is None) == (row.default_host is None)
    assert row.auth_headers("sk-x")[0] == (b"authorization", b"Bearer sk-x")


@pytest.mark.parametrize("name", PATHS)
def test_paths_as_documented(name: str) -> None:
    kind = next(kind for kind in compatible_kinds() if kind.name == name)
    assert kind.default_base_url is not None
    for dialect, path in PATHS[name].items():
        assert path_of(kind, kind.default_base_url, dialect) == path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("page =", "page"),
        ("read =", "read"),
        ("title =", "title"),
        ("dialects =", "dialects"),
    ],
)
def test_a_row_without_its_source_does_not_load(line: str, said: str) -> None:
    text = "\n".join(one for one in ROW.splitlines() if not one.startswith(line))
    with pytest.raises(ValueError, match=said):
        read_rows(text.encode())


@pytest.mark.parametrize(
    "more",
    [
        "basurl = 1",
        'auth = "digest"',
        'paths = { openai_chatt = "x" }',
        'refused = "logprobs"',
    ],
)
def test_a_row_with_a_typo_does_not_load(more: str) -> None:
    with pytest.raises(ValueError, match="compatible host"):
        read_rows((ROW + more).encode())


def test_an_address_without_encryption_does_not_load() -> None:
    with pytest.raises(ValueError, match="base_url"):
        read_rows(ROW.replace("https://api", "http://api").encode())


def test_only_who_speaks_to_anthropics_clients_gets_their_headers() -> None:
    row = read_rows(ROW.encode())["host"]
    assert b"anthropic-version" in kind_of("host", row).forwarded_headers
    chat = read_rows(ROW.replace(', "anthropic_messages"', "").encode())["host"]
    assert b"anthropic-version" not in kind_of("host", chat).forwarded_headers


def test_errors_name_the_host() -> None:
    kind = next(kind for kind in compatible_kinds() if kind.name == "cerebras")
    found = kind.judge(401, {}, b'{"message":"Wrong API Key","code":"wrong_api_key"}')
    assert found is not None
    assert (found.kind, found.message[:8]) == ("credentials", "Cerebras")
    assert kind.judge(400, {}, b'{"message":"Unsupported","type":"invalid_request_error"}') is None
