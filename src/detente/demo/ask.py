"""Puts a step to the gateway through the official clients, unmodified.

Reads nothing but what the client was given: status, headers, text.

>>> ask(step, "http://127.0.0.1:8080").headers["x-detente-deployment"]
'openai/gpt-4'
"""

from collections.abc import Mapping
from typing import Final

import anthropic
import msgspec
import openai

from detente.demo.story import Step

TIMEOUT_S: Final = 120.0
"""A real model on a busy machine takes seconds for a short answer."""
ANSWER_TOKENS_MAX: Final = 40


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the client got; `text` is the answer, None where it was refused."""

    status: int
    headers: dict[str, str]
    text: str | None


def ask(step: Step, base_url: str) -> Reply:
    """Sends one request; a refusal by status is an answer, too.

    Raises the client's own connection error where the gateway is not there.
    """
    headers: dict[str, str] = {}
    if step.at is not None:
        headers["x-detente-at"] = step.at.isoformat()
    if step.provider is not None:
        headers["x-detente-route"] = step.provider
    if step.client == "anthropic":
        return _ask_anthropic(step, base_url, headers)
    return _ask_openai(step, base_url, headers)


def _ask_openai(step: Step, base_url: str, headers: Mapping[str, str]) -> Reply:
    # The proxy settings of the environment are for the world outside, not for loopback.
    with openai.OpenAI(
        base_url=f"{base_url}/v1",
        api_key=step.key,
        max_retries=0,
        timeout=TIMEOUT_S,
        http_client=openai.DefaultHttpxClient(trust_env=False),
    ) as client:
        try:
            answer = client.chat.completions.with_raw_response.create(
                model=step.model,
                messages=[{"role": "user", "content": step.prompt}],
                max_tokens=ANSWER_TOKENS_MAX,
                temperature=0,
                extra_headers=headers,
            )
        except openai.APIStatusError as error:
            return Reply(status=error.status_code, headers=dict(error.response.headers), text=None)
        return Reply(
            status=answer.status_code,
            headers=dict(answer.headers),
            text=answer.parse().choices[0].message.content,
        )


def _ask_anthropic(step: Step, base_url: str, headers: Mapping[str, str]) -> Reply:
    with anthropic.Anthropic(
        base_url=base_url,
        api_key=step.key,
        max_retries=0,
        timeout=TIMEOUT_S,
        http_client=anthropic.DefaultHttpxClient(trust_env=False),
    ) as client:
        try:
            answer = client.messages.with_raw_response.create(
                model=step.model,
                messages=[{"role": "user", "content": step.prompt}],
                max_tokens=ANSWER_TOKENS_MAX,
                extra_headers=headers,
            )
        except anthropic.APIStatusError as error:
            return Reply(status=error.status_code, headers=dict(error.response.headers), text=None)
        blocks = answer.parse().content
        text = "".join(block.text for block in blocks if block.type == "text")
        return Reply(status=answer.status_code, headers=dict(answer.headers), text=text)
