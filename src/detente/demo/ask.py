"""Puts steps to a gateway through the official clients, unmodified.

Reads nothing but what a client was given: status, headers, text.

    with Clients("http://127.0.0.1:8080") as clients:
        clients.ask(step).headers["x-detente-deployment"]
"""

from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

import anthropic
import openai

from detente.demo.story import Step
from detente.demo.told import Reply

TIMEOUT_S: Final = 120.0
"""A real model on a busy machine takes seconds for a short answer."""
ANSWER_TOKENS_MAX: Final = 40


class Clients:
    """One client of each kind for a gateway; the key changes from step to step."""

    def __init__(self, base_url: str) -> None:
        # The proxy settings of the environment are for the world outside, not for loopback.
        self._openai = openai.OpenAI(
            base_url=f"{base_url}/v1",
            api_key="set by each step",
            max_retries=0,
            timeout=TIMEOUT_S,
            http_client=openai.DefaultHttpxClient(trust_env=False),
        )
        self._anthropic = anthropic.Anthropic(
            base_url=base_url,
            api_key="set by each step",
            max_retries=0,
            timeout=TIMEOUT_S,
            http_client=anthropic.DefaultHttpxClient(trust_env=False),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._openai.close()
        self._anthropic.close()

    def ask(self, step: Step) -> Reply:
        """Sends one request; a refusal by status is an answer, too.

        Raises the client's own connection error where the gateway is not there.
        """
        headers: dict[str, str] = {}
        if step.at is not None:
            headers["x-detente-at"] = step.at.isoformat()
        if step.provider is not None:
            headers["x-detente-route"] = step.provider
        try:
            if step.client == "anthropic":
                return self._ask_anthropic(step, headers)
            return self._ask_openai(step, headers)
        except (openai.APIStatusError, anthropic.APIStatusError) as error:
            return Reply(status=error.status_code, headers=dict(error.response.headers), text=None)

    def _ask_openai(self, step: Step, headers: Mapping[str, str]) -> Reply:
        client = self._openai.with_options(api_key=step.key)
        answer = client.chat.completions.with_raw_response.create(
            model=step.model,
            messages=[{"role": "user", "content": step.prompt}],
            max_tokens=ANSWER_TOKENS_MAX,
            temperature=0,
            extra_headers=headers,
        )
        text = answer.parse().choices[0].message.content
        return Reply(status=answer.status_code, headers=dict(answer.headers), text=text)

    def _ask_anthropic(self, step: Step, headers: Mapping[str, str]) -> Reply:
        client = self._anthropic.with_options(api_key=step.key)
        answer = client.messages.with_raw_response.create(
            model=step.model,
            messages=[{"role": "user", "content": step.prompt}],
            max_tokens=ANSWER_TOKENS_MAX,
            extra_headers=headers,
        )
        text = "".join(block.text for block in answer.parse().content if block.type == "text")
        return Reply(status=answer.status_code, headers=dict(answer.headers), text=text)
