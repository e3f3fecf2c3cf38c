"""Which model has which vocabulary; and that a package counts by it."""

import pytest

from detente.gateway import tokenizers
from detente.gateway.tokenizers import tokenizer_of


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
    count = tokenizer_of(model)
    assert count is not None
    assert count("Über größere Flüsse") == tokens
