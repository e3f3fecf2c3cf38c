"""What Anthropic's API refuses: calls without results, thoughts that it did not sign, and settings
that do not go with thinking. The words are Anthropic's. Reads no bytes.

>>> check_thinking(Thinking(type="disabled"), max_tokens=9, forced=False, temperature=None)
"""

import re
from typing import Final, Protocol

import msgspec

from detente.simulator import signature
from detente.simulator.exchange import RequestError

PLATFORM: Final = "anthropic"
"""In whose name Anthropic's own platform signs."""

BUDGET_TOKENS_MIN: Final = 1024

_ID: Final = re.compile(r"[a-zA-Z0-9_-]+")

THOUGHTS: Final = ("thinking", "redacted_thinking")


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """How much the model shall think."""

    type: str = "disabled"
    budget_tokens: int | None = None

    @property
    def on(self) -> bool:
        """Whether it thinks at all."""
        return self.type != "disabled"


class Block(Protocol):
    """What the checks need of a block."""

    @property
    def type(self) -> str: ...
    @property
    def text(self) -> str | None: ...
    @property
    def id(self) -> str: ...
    @property
    def tool_use_id(self) -> str: ...
    @property
    def thinking(self) -> str | None: ...
    @property
    def signature(self) -> str | None: ...
    @property
    def data(self) -> str | None: ...


Turn = tuple[str, list[Block]]


def check(turns: list[Turn], thinking: Thinking, platform: str) -> None:
    """Raises `RequestError` 400; `platform` is in whose name thoughts were signed."""
    for number, (_, blocks) in enumerate(turns):
        for index, block in enumerate(blocks):
            _check_block(block, f"messages.{number}.content.{index}", platform)
    merged = _merged(turns)
    _check_pairs(merged)
    if thinking.type == "enabled":
        _check_loop(merged)


def check_thinking(
    thinking: Thinking, *, max_tokens: int | None, forced: bool, temperature: float | None
) -> None:
    """Raises `RequestError` 400 where settings contradict thinking."""
    if thinking.type != "enabled":
        return
    budget = thinking.budget_tokens
    if budget is None:
        raise RequestError(400, "thinking.enabled.budget_tokens: Field required")
    if budget < BUDGET_TOKENS_MIN:
        raise RequestError(
            400, "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        )
    if max_tokens is not None and max_tokens <= budget:
        raise RequestError(400, "`max_tokens` must be greater than `thinking.budget_tokens`.")
    if forced:
        raise RequestError(400, "Thinking may not be enabled when tool_choice forces tool use.")
    if temperature not in (None, 1):
        raise RequestError(400, "`temperature` may only be set to 1 when thinking is enabled.")


def _merged(turns: list[Turn]) -> list[Turn]:
    """The turns as the API sees them: those of one role that follow each other are one."""
    found: list[Turn] = []
    for role, blocks in turns:
        if found and found[-1][0] == role:
            found[-1] = (role, [*found[-1][1], *blocks])
        else:
            found.append((role, blocks))
    return found


def _check_block(block: Block, where: str, platform: str) -> None:
    match block.type:
        case "tool_use" if not _ID.fullmatch(block.id):
            raise RequestError(
                400, f"{where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
            )
        case "text" if block.text is not None and not block.text:
            raise RequestError(400, "messages: text content blocks must be non-empty")
        case "thinking" if block.thinking is None:
            raise RequestError(400, f"{where}.thinking.thinking: Field required")
        case "thinking" if not block.signature:
            raise RequestError(400, f"{where}.thinking.signature: Field required")
        case "thinking":
            if not signature.verified(platform, block.thinking or "", block.signature or ""):
                raise RequestError(400, f"{where}: Invalid `signature` in `thinking` block")
        case "redacted_thinking":
            if signature.opened(platform, block.data or "") is None:
                raise RequestError(400, f"{where}: Invalid `data` in `redacted_thinking` block")
        case _:
            pass


def _check_pairs(turns: list[Turn]) -> None:
    """Every call is answered in the next turn, and nothing else is."""
    asked: list[str] = []
    for number, (role, blocks) in enumerate(turns):
        results = [block.tool_use_id for block in blocks if block.type == "tool_result"]
        _check_answered(asked, results, number - 1)
        for identity in results:
            if identity not in asked:
                raise RequestError(
                    400,
                    f"messages.{number}.content.0: unexpected `tool_use_id` found in "
                    f"`tool_result` blocks: {identity}. Each `tool_result` block must have a "
                    "corresponding `tool_use` block in the previous message.",
                )
        asked = [b.id for b in blocks if b.type == "tool_use"] if role == "assistant" else []
    _check_answered(asked, [], len(turns) - 1)


def _check_answered(asked: list[str], results: list[str], number: int) -> None:
    missing = [identity for identity in asked if identity not in results]
    if missing:
        raise RequestError(
            400,
            f"messages.{number}: `tool_use` ids were found without `tool_result` blocks "
            f"immediately after: {', '.join(missing)}. Each `tool_use` block must have a "
            "corresponding `tool_result` block in the next message.",
        )


def _check_loop(turns: list[Turn]) -> None:
    """While tools' results come in, the turn that called them must begin with its thought."""
    if not any(block.type == "tool_result" for block in turns[-1][1]):
        return
    for number in range(len(turns) - 1, -1, -1):
        role, blocks = turns[number]
        if role == "assistant":
            if blocks and blocks[0].type not in THOUGHTS:
                raise RequestError(
                    400,
                    f"messages.{number}.content.0.type: Expected `thinking` or "
                    f"`redacted_thinking`, but found `{blocks[0].type}`. When `thinking` is "
                    "enabled, a final `assistant` message must start with a thinking block "
                    "(preceeding the lastmost set of `tool_use` and `tool_result` blocks).",
                )
            return
