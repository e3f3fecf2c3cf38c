"""What a translation could not carry."""

from collections.abc import Collection, Iterable
from typing import Final, Literal

import msgspec

Severity = Literal["refuse", "drop"]
"""`refuse`: the answer would be to another question (tools, schemas, images, safety, history).
`drop`: the request means the same without it; it is dropped and named."""

LOSSES_MAX: Final = 256
"""Losses that an encoder names; where there are more, each feature is still among them, for there
are fewer features and each has two severities at most."""


FEATURES: Final[dict[str, Severity]] = {
    "assistant_prefill": "refuse",
    "audio_input": "refuse",
    "audio_output": "refuse",
    "blank_text": "drop",
    "cache_key": "drop",
    "cache_mark": "drop",
    "choices": "refuse",
    "citations": "drop",
    "content_filter": "drop",
    "custom_tool": "refuse",
    "developer_role": "drop",
    "document": "refuse",
    "document_citations": "drop",
    "document_context": "drop",
    "embedding_batch": "refuse",
    "embedding_dimensions": "refuse",
    "embedding_parts": "drop",
    "embedding_quantization": "refuse",
    "embedding_task": "drop",
    "embedding_title": "drop",
    "embedding_tokens": "refuse",
    "embedding_truncation": "drop",
    "frequency_penalty": "drop",
    "history": "refuse",
    "hosted_tool": "refuse",
    "image": "refuse",
    "image_detail": "drop",
    "image_url": "refuse",
    "input_range": "drop",
    "json_object": "refuse",
    "json_schema": "refuse",
    "logprobs": "drop",
    "max_output_tokens": "drop",
    "message_name": "drop",
    "metadata": "drop",
    "modalities": "refuse",
    "native_option": "drop",
    "native_part": "refuse",
    "parallel_tool_calls": "drop",
    "presence_penalty": "drop",
    "reasoning_control": "drop",
    "reasoning_state": "drop",
    "reasoning_text": "drop",
    "safety": "refuse",
    "seed": "drop",
    "service_tier": "drop",
    "stop": "drop",
    "stop_reason": "drop",
    "store": "drop",
    "strict_tool": "refuse",
    "system_position": "drop",
    "temperature": "drop",
    "tool_choice": "refuse",
    "tool_choice_allowed": "refuse",
    "tool_result_error": "drop",
    "tool_result_media": "refuse",
    "tools": "refuse",
    "top_k": "drop",
    "top_p": "drop",
    "unknown_member": "drop",
    "uploaded_file": "refuse",
    "usage_class": "drop",
    "user": "drop",
    "verbosity": "drop",
    "video_input": "refuse",
}
"""Every feature that some dialect lacks, with what losing it means by default."""


class Loss(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that the target cannot carry.

    `path` is where it stood, in the canonical form's words (`turns[2].parts[0]`); `what` the
    feature (a row of the loss matrix); `why` one sentence.

    >>> str(Loss(path="seed", what="seed", why="Messages has no seed", severity="drop"))
    'seed'
    """

    path: str
    what: str
    why: str
    severity: Severity

    def __str__(self) -> str:
        """As in `x-detente-loss`: the feature, and where, if that says more."""
        return self.what if self.path == self.what else f"{self.what}@{self.path}"


def not_allowed(
    losses: Iterable[Loss], *, every: bool = False, allowed: Collection[str] = ()
) -> tuple[Loss, ...]:
    """Those of `losses` for which a request is refused: the grave ones, or `every` one; never those
    whose feature is `allowed`."""
    return tuple(
        loss for loss in losses if (every or loss.severity == "refuse") and loss.what not in allowed
    )
