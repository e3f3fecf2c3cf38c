"""OpenAI's older completions: one text and what follows it, without turns or tools."""

from collections.abc import Sequence
from typing import Any

from openai import DefaultHttpxClient, OpenAI
from openai.types import Completion

from detente.canonical.usage import Usage
from tests.pairs.stops import CHAT_STOPS
from tests.pairs.talk import Given, Heard, Terms
from tests.pairs.told import Told


class CompletionsTalk:
    """See `Talk`."""

    def __init__(self, terms: Terms) -> None:
        assert not terms.tools
        self.heard = Heard()
        self._client = OpenAI(
            base_url=terms.url + "/v1",
            api_key=terms.key,
            max_retries=0,
            timeout=terms.timeout_s,
            http_client=DefaultHttpxClient(event_hooks=self.heard.hooks),
        )
        self._stream = terms.stream
        self._asked: dict[str, Any] = {"model": terms.model, "max_tokens": terms.output_tokens}
        if terms.temperature is not None:
            self._asked["temperature"] = terms.temperature

    def ask(self, text: str) -> Told:
        """See `Talk`."""
        create: Any = self._client.completions.create
        asked = {**self._asked, "prompt": text}
        if not self._stream:
            return from_completions([create(**asked)])
        options = {"include_usage": True}
        return from_completions(list(create(**asked, stream=True, stream_options=options)))

    def give(self, results: Sequence[Given]) -> Told:
        """A completion knows no tools, and so no results."""
        raise AssertionError(results)


def from_completions(chunks: Sequence[Completion]) -> Told:
    """What the chunks of a stream tell, or the one of a whole answer."""
    choices = [choice for chunk in chunks for choice in chunk.choices]
    stops = [choice.finish_reason for choice in choices if choice.finish_reason]
    counted = [chunk.usage for chunk in chunks if chunk.usage is not None]
    usage = None
    if counted:
        usage = Usage(
            uncached_input_tokens=counted[-1].prompt_tokens,
            visible_output_tokens=counted[-1].completion_tokens,
        )
    return Told(
        text="".join(choice.text for choice in choices),
        stop=CHAT_STOPS[stops[-1]] if stops else None,
        usage=usage,
    )
