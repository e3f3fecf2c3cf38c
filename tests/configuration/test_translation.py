"""Dialects that a provider does not speak, and features that nobody has, are located errors."""

import pytest

from detente.canonical.model import Dialect
from detente.configuration.located import LocatedErrors, convert, parse_toml
from detente.configuration.schema import Configuration
from detente.configuration.world import KindDefaults, check_configuration

OPENAI: tuple[Dialect, ...] = ("openai_chat", "openai_responses")
KINDS = {"openai": KindDefaults(base_url="https://x.example", host="x", dialects=OPENAI)}
PROVIDER = '[providers.o]\nkind = "openai"\n'
MODEL = '[models."a/b"]\ndeployments = [{ provider = "o", id = "b"%s }]\n'


def errors_of(text: str) -> list[str]:
    tree, positions = parse_toml(text.encode(), "f")
    configuration = convert(tree, positions, "f", Configuration)
    try:
        check_configuration(configuration, positions, "f", KINDS)
    except LocatedErrors as found:
        return [str(error) for error in found.errors]
    return []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            PROVIDER + 'dialects = ["anthropic_messages"]\n',
            "f:3: a provider of kind `openai` does not speak `anthropic_messages`; known are "
            "`openai_chat`, `openai_responses`",
        ),
        (
            PROVIDER + 'dialects = ["openai_completions"]\n',
            "f:3: a provider of kind `openai` does not speak `openai_completions`; did you mean "
            "`openai_responses`?",
        ),
        (
            PROVIDER + "dialects = []\n",
            "f:3: an empty list leaves nothing to speak; leave the key out for all",
        ),
        (
            PROVIDER + MODEL % ', dialects = ["cohere_chat"]',
            "f:4: a provider of kind `openai` does not speak `cohere_chat`; did you mean "
            "`openai_chat`?",
        ),
        (
            '[translation]\non_loss = "refuse"\nallow = ["stop", "tool_chice"]\n',
            "f:3: unknown feature `tool_chice`; did you mean `tool_choice`?",
        ),
    ],
)
def test_an_error_says_where_and_what_was_meant(text: str, error: str) -> None:
    assert errors_of(text) == [error]


def test_what_is_right_passes() -> None:
    text = (
        PROVIDER
        + 'dialects = ["openai_responses"]\n'
        + MODEL % ', dialects = ["openai_chat"]'
        + '[translation]\nallow = ["tool_choice", "embedding_tokens"]\n'
    )
    assert errors_of(text) == []
    assert errors_of(PROVIDER + MODEL % "") == []


def test_a_deployment_of_nobody_is_another_error() -> None:
    model = (MODEL % ', dialects = ["openai_chat"]').replace('"o"', '"p"')
    (error,) = errors_of(PROVIDER + model)
    assert "unknown provider `p`" in error
