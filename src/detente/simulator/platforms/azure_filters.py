"""Azure's content filters: what they say of prompts and answers.

A prompt that begins with `forbidden prompt` is refused, the answer to one that begins with
`forbidden answer` is cut off, and for one that begins with `unfiltered ` the filters did not run.
Bodies: https://learn.microsoft.com/azure/foundry/openai/concepts/content-filter and
…/content-filter-annotations (read 2026-11-22).

>>> trim_of("hi").choice["content_filter_results"]["hate"]["severity"]
'safe'
"""

from typing import Final

from detente.simulator.composition import FORBIDDEN
from detente.simulator.dialects.chat import Trim
from detente.simulator.exchange import JsonObject, Reply, RequestError, error_reply

UNFILTERED: Final = "unfiltered "

BLOCKED: Final = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management "
    "policy. Please modify your prompt and retry. To learn more about our content filtering "
    "policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
)

_SAFE: Final[JsonObject] = {
    name: {"filtered": False, "severity": "safe"}
    for name in ("hate", "self_harm", "sexual", "violence")
}
_VIOLENT: Final[JsonObject] = {**_SAFE, "violence": {"filtered": True, "severity": "high"}}
_DID_NOT_RUN: Final[JsonObject] = {
    "error": {"code": "content_filter_error", "message": "The contents are not filtered"}
}
_NO_ATTACK: Final[JsonObject] = {"jailbreak": {"detected": False, "filtered": False}}


class PromptBlocked(RequestError):
    """A prompt that the filters refuse."""

    def __init__(self) -> None:
        super().__init__(400, BLOCKED, code="content_filter", param="prompt")


def check_prompt(prompt: str) -> None:
    """Raises `PromptBlocked` where the filters refuse it."""
    if prompt.lower().startswith(FORBIDDEN) and "prompt" in prompt:
        raise PromptBlocked


def trim_of(prompt: str) -> Trim:
    """What the filters add to an answer, in the whole and in the first chunk of a stream."""
    asked, answered = {**_SAFE, **_NO_ATTACK}, _SAFE
    if prompt.lower().startswith(UNFILTERED):
        asked = answered = _DID_NOT_RUN
    elif prompt.lower().startswith(FORBIDDEN):
        answered = _VIOLENT
    whole: JsonObject = {
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": asked}]
    }
    return Trim(
        choice={"content_filter_results": answered},
        whole=whole,
        first_chunk={"choices": [], "created": 0, "id": "", "model": "", "object": "", **whole},
    )


def blocked_reply() -> Reply:
    """The error of a refused prompt."""
    inner: JsonObject = {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {**_VIOLENT, **_NO_ATTACK},
    }
    error: JsonObject = {
        "message": BLOCKED,
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": inner,
    }
    return error_reply(400, {"error": error})
