"""Collects what an encoder could not carry; every encoder has one in hand.

Features have fixed names and severities (`FEATURES`), so that a loss is called the same wherever it
happens; the loss matrix in the documentation has a row for each.

>>> losses = Losses()
>>> losses.lose("seed", "seed", "Messages has no seed")
>>> losses.found[0].severity
'drop'
"""

from typing import Final

from detente.canonical.loss import LOSSES_MAX, Loss, Severity

FEATURES: Final[dict[str, Severity]] = {
    "assistant_prefill": "refuse",
    "audio_input": "refuse",
    "audio_output": "refuse",
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


class Losses:
    """What was lost so far, at most `LOSSES_MAX` of it; the last one then counts the rest."""

    __slots__ = ("beyond", "found")

    def __init__(self) -> None:
        self.found: list[Loss] = []
        self.beyond = 0

    def lose(self, what: str, path: str, why: str, severity: Severity | None = None) -> None:
        """`what` (a key of `FEATURES`) at `path` is left behind, because of `why`."""
        severity = severity or FEATURES[what]
        if len(self.found) >= LOSSES_MAX:
            self.beyond += 1
            if severity == "refuse" and all(loss.severity == "drop" for loss in self.found):
                self.found[-1] = Loss(path=path, what=what, why=why, severity=severity)
            return
        self.found.append(Loss(path=path, what=what, why=why, severity=severity))
