"""What one model can do, whichever dialect it is asked in.

Facts with a date and a source live in `catalog/capabilities.toml`; a configuration may say
otherwise. None, or an empty tuple, is not known, and then nothing is held against a request.
"""

import msgspec


class Capabilities(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Limits in tokens; ranges as `(lowest, highest)`.

    `sampling` names the sampling members that are accepted (`temperature`, `top_p`, `top_k`,
    `frequency_penalty`, `presence_penalty`, `seed`, `stop`, `logprobs`). `reasoning` says how
    thinking is controlled: `none` (the model does not), `effort`, `budget`, `adaptive` (the model
    decides; alone: nothing else is taken).
    `forced_tool_choice` is whether a call can be demanded, `reasoning_can_be_off` whether thinking
    can be forbidden. `input_modalities` are of `text`, `image`, `audio`, `video`, `document`.
    """

    context_tokens: int | None = None
    output_tokens_max: int | None = None
    temperature: tuple[float, float] | None = None
    sampling: tuple[str, ...] | None = None
    forced_tool_choice: bool | None = None
    parallel_tool_calls: bool | None = None
    structured_output: bool | None = None
    input_modalities: tuple[str, ...] | None = None
    reasoning: tuple[str, ...] | None = None
    reasoning_efforts: tuple[str, ...] | None = None
    reasoning_can_be_off: bool | None = None
    prefill: bool | None = None


UNKNOWN = Capabilities()
