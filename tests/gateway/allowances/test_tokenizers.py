"""Which model has which vocabulary; and that a package counts by it."""

from decimal import Decimal

import pytest

from detente.canonical.allowance import Budget, Limit
from detente.canonical.principal import Scope
from detente.gateway.allowances import tokenizers
from detente.gateway.allowances.tokenizers import load_tokenizers, needs_tokens, tokenizer_of


@pytest.mark.parametrize(
    "model", ["anthropic/claude-opus-4-1", "google/gemini-3-pro", "mistral/mistral-large", "o", ""]
)
def test_other_families_have_none(model: str) -> None:
    assert tokenizer_of(model) is None


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    tokenizers._counter.cache_clear()  # pyright: ignore[reportPrivateUsage] - no other way back
    monkeypatch.setattr(tokenizers, "import_module", absent)
    load_tokenizers(["openai/gpt-4o"])
    assert tokenizer_of("openai/gpt-4o") is None
    tokenizers._counter.cache_clear()  # pyright: ignore[reportPrivateUsage] - for other tests


@pytest.mark.filterwarnings("ignore:open_binary is deprecated")
@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("openai/gpt-4o", 4),
        ("gpt-5-mini", 4),
        ("openai/o3-mini", 4),
        ("openai/gpt-4", 7),
        ("gpt-3.5-turbo", 7),
        ("openai/text-embedding-3-small", 7),
        ("openai/gpt-4.1", 4),
        ("openai/gpt-oss-120b", 4),
    ],
)
def test_openai_models_count_by_their_vocabulary(model: str, tokens: int) -> None:
    pytest.importorskip("bpe_openai", reason="needs the extra `tokenizers`")
    load_tokenizers([model])
    count = tokenizer_of(model)
    assert count is not None
    assert count("Über größere Flüsse") == tokens


def test_no_request_loads_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizers, "PACKAGE", "not_loaded")
    assert tokenizer_of("openai/gpt-4o") is None


@pytest.mark.parametrize(
    ("scope", "needed"),
    [
        (Scope(), False),
        (Scope(budgets=(Budget(usd=Decimal(1), hard=False),)), False),
        (Scope(budgets=(Budget(usd=Decimal(1)),)), True),
        (Scope(limits=(Limit(measure="requests", amount=1, window_ms=1),)), False),
        (Scope(limits=(Limit(measure="tokens", amount=1, window_ms=1),)), True),
    ],
)
def test_tokens_are_counted_where_they_may_refuse(scope: Scope, *, needed: bool) -> None:
    assert needs_tokens(scope) is needed
