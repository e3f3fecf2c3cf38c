"""Azure, in both styles of path."""

import pytest

from detente.canonical.model import Deployment, Dialect
from detente.providers import PassedOn, Site
from detente.providers.azure import KIND
from tests.providers.addresses import path_of

BASE = "https://example.openai.azure.com"
DATED = "2024-10-21"


@pytest.mark.parametrize(
    ("base_url", "dialect", "version", "path"),
    [
        (BASE, "openai_chat", None, "/openai/v1/chat/completions"),
        (BASE + "/", "openai_responses", None, "/openai/v1/responses"),
        (BASE + "/openai/v1/", "openai_embeddings", None, "/openai/v1/embeddings"),
        (BASE + "/openai", "openai_chat", None, "/openai/v1/chat/completions"),
        (BASE, "openai_chat", "preview", "/openai/v1/chat/completions?api-version=preview"),
        (
            BASE,
            "openai_chat",
            DATED,
            f"/openai/deployments/gpt4%20prod/chat/completions?api-version={DATED}",
        ),
        (
            BASE,
            "openai_embeddings",
            DATED,
            f"/openai/deployments/gpt4%20prod/embeddings?api-version={DATED}",
        ),
        (BASE, "openai_completions", None, "/openai/v1/completions"),
        (
            BASE,
            "openai_completions",
            DATED,
            f"/openai/deployments/gpt4%20prod/completions?api-version={DATED}",
        ),
        (BASE, "openai_responses", DATED, f"/openai/responses?api-version={DATED}"),
        (BASE, "openai_responses", "a&b=c", "/openai/responses?api-version=a%26b%3Dc"),
    ],
)
def test_target(base_url: str, dialect: Dialect, version: str | None, path: str) -> None:
    site = Site(base_url=base_url, api_version=version)
    assert path_of(KIND, site, dialect, "gpt4 prod") == path


@pytest.mark.parametrize(
    ("model", "offered"),
    [
        ("openai/gpt-4o", ("openai_chat", "openai_responses", "openai_embeddings")),
        ("openai/gpt-3.5-turbo-instruct", ("openai_completions",)),
    ],
)
def test_what_a_deployment_speaks_is_told_by_its_model(
    model: str, offered: tuple[Dialect, ...]
) -> None:
    deployment = Deployment(
        id="x/prod", model=model, provider="x", kind="azure", upstream_id="prod", host="microsoft"
    )
    assert KIND.dialects_of is not None
    assert KIND.dialects_of(deployment) == offered
    assert set(offered) <= set(KIND.dialects)


def test_a_deployment_cannot_leave_its_segment() -> None:
    site = Site(base_url=BASE, api_version=DATED)
    target = path_of(KIND, site, "openai_chat", "../x?y#z")
    assert target.startswith("/openai/deployments/..%2Fx%3Fy%23z/chat/completions?")


def test_the_key_and_the_address() -> None:
    assert KIND.auth_headers("k") == ((b"api-key", b"k"),)
    assert (KIND.default_base_url, KIND.default_host) == (None, "microsoft")


def test_a_filtered_prompt_is_the_clients_to_read() -> None:
    body = (
        b'{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}'
    )
    assert KIND.judge(400, {}, body) is None


def test_tokens_are_entras() -> None:
    assert (KIND.chain, KIND.token_scope) == (
        "azure",
        "https://cognitiveservices.azure.com/.default",
    )
    assert KIND.token_headers("t") == ((b"authorization", b"Bearer t"),)


def test_only_the_operator_says_where_overflow_goes() -> None:
    assert KIND.spill is not None
    ((name, value),) = KIND.spill("gpt-standard")
    assert (name, value) == (b"x-ms-spillover-deployment", b"gpt-standard")
    assert name not in KIND.forwarded_headers


def spilled(name: str = "std", error: str = "503") -> bytes:
    """Header lines of an answer that another deployment gave."""
    return (
        "content-type: application/json\r\nx-ms-spillover-from-deployment: ptu\r\n"
        f"x-ms-deployment-name: {name}\r\nx-ms-spillover-error: {error}\r\n"
    ).encode("latin-1")


def test_who_answered_in_place_of_a_full_deployment() -> None:
    assert KIND.passed_on is not None
    assert KIND.passed_on(spilled()) == PassedOn(upstream_id="std", status=503)
    assert KIND.passed_on(spilled(error="what")) == PassedOn(upstream_id="std", status=429)


@pytest.mark.parametrize(
    "lines",
    [
        b"",
        b"content-type: application/json\r\nx-ms-deployment-name: std\r\n",
        spilled(""),
        spilled("a b"),
        spilled("a\x1bb"),
        spilled("a" * 201),
    ],
)
def test_an_answer_that_nobody_passed_on(lines: bytes) -> None:
    assert KIND.passed_on is not None
    assert KIND.passed_on(lines) is None
