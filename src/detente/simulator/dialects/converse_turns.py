"""What Amazon Bedrock's Converse refuses: turns out of order, calls without results, thoughts
that it did not sign. The words are Amazon's. Reads no bytes.

>>> from detente.simulator.dialects.converse_wire import Body, ModelFields
>>> check(Body(messages=[]), ModelFields(), "m")
Traceback (most recent call last):
...
detente.simulator.exchange.RequestError: A conversation must start with a user message. Try again \
with a conversation that starts with a user message.
"""

from itertools import pairwise
from typing import Final

from detente.simulator import signature
from detente.simulator.dialects.converse_wire import Block, Body, Choice, Message, ModelFields
from detente.simulator.exchange import RequestError

PLATFORM: Final = "anthropic"
"""In whose name is signed, in Converse and InvokeModel alike: Claude's signatures hold on every
platform (platform.claude.com/docs/en/build-with-claude/extended-thinking#thinking-encryption, read
2026-11-21)."""

CLAUDE: Final = "anthropic."
"""In the ids of models that take no media from buckets, and may be the first to speak."""

BUDGET_TOKENS_MIN: Final = 1024

IMAGE_FORMATS: Final = ("png", "jpeg", "gif", "webp")
DOCUMENT_FORMATS: Final = ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")


def check(read: Body, fields: ModelFields, model: str) -> None:
    """Raises `RequestError` 400."""
    messages = read.messages or []
    _check_order(messages, model)
    for number, message in enumerate(messages):
        _check_content(message, number)
    _check_pairs(messages)
    _check_tools(read, messages)
    if CLAUDE in model:
        _check_claude(messages)
    _check_thinking(read, fields, messages)


def _check_order(messages: list[Message], model: str) -> None:
    spoken = [message.role for message in messages if message.role != "system"]
    if not spoken or (spoken[0] != "user" and CLAUDE not in model):
        raise RequestError(
            400,
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message.",
        )
    if any(one == other for one, other in pairwise(spoken)):
        raise RequestError(
            400,
            "A conversation must alternate between user and assistant roles. Make sure the "
            "conversation alternates between user and assistant roles and try again.",
        )


def _check_content(message: Message, number: int) -> None:
    if not message.content:
        raise RequestError(
            400,
            f"The content field in the Message object at messages.{number} is empty. Add a "
            "ContentBlock object to the content field and try again.",
        )
    for index, block in enumerate(message.content):
        where = f"messages.{number}.content.{index}"
        _check_block(block, where)
        if block.tool_result is not None:
            for place, inner in enumerate(block.tool_result.content):
                _check_block(inner, f"{where}.toolResult.content.{place}")


def _check_block(block: Block, where: str) -> None:
    given = [name for name in block.__struct_fields__ if getattr(block, name) is not None]
    if len(given) != 1:
        raise RequestError(
            400,
            f"The ContentBlock object at {where} must set one of the following keys: text, image, "
            "toolUse, toolResult, document, video, cachePoint, reasoningContent.",
        )
    if block.text is not None and not block.text.strip():
        raise RequestError(
            400,
            f"The text field in the ContentBlock object at {where} is blank. Add text to the text "
            "field, and try again.",
        )
    if block.image is not None and block.image.format not in IMAGE_FORMATS:
        raise _no_enum(block.image.format, f"{where}.image.format", IMAGE_FORMATS)
    if block.document is not None and block.document.format not in DOCUMENT_FORMATS:
        raise _no_enum(block.document.format, f"{where}.document.format", DOCUMENT_FORMATS)


def _no_enum(value: str, where: str, known: tuple[str, ...]) -> RequestError:
    return RequestError(
        400,
        f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(known)}]",
    )


def _check_pairs(messages: list[Message]) -> None:
    """Every call is answered in the next turn, and nothing else is."""
    asked: list[str] = []
    for number, message in enumerate(messages):
        if message.role == "system":
            continue
        results = [b.tool_result.tool_use_id for b in message.content if b.tool_result is not None]
        if message.role == "assistant":
            calls = [b.tool_use for b in message.content if b.tool_use is not None]
            asked = [call.tool_use_id for call in calls if call.type != "server_tool_use"]
            if len(set(asked)) != len(asked):
                raise RequestError(
                    400, f"The toolUse blocks at messages.{number}.content contain duplicate Ids."
                )
            continue
        missing = [identity for identity in asked if identity not in results]
        if missing:
            raise RequestError(
                400,
                f"Expected toolResult blocks at messages.{number}.content for the following Ids: "
                f"{', '.join(missing)}",
            )
        if len(results) > len(asked):
            raise RequestError(
                400,
                f"The number of toolResult blocks at messages.{number}.content exceeds the number "
                "of toolUse blocks of previous turn.",
            )
        asked = []


def _check_tools(read: Body, messages: list[Message]) -> None:
    config = read.tool_config
    if config is None:
        if any(b.tool_use or b.tool_result for m in messages for b in m.content):
            raise RequestError(
                400,
                "The toolConfig field must be defined when using toolUse and toolResult content "
                "blocks.",
            )
        return
    if not config.tools:
        raise RequestError(
            400,
            "1 validation error detected: Value '[]' at 'toolConfig.tools' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
        )
    names = [tool.tool_spec.name for tool in config.tools if tool.tool_spec is not None]
    if len(set(names)) != len(names):
        raise RequestError(400, "The toolConfig field contains duplicate tool names.")
    if config.tool_choice is not None:
        _check_choice(config.tool_choice, names)


def _check_choice(choice: Choice, names: list[str]) -> None:
    given = [value for value in (choice.auto, choice.any, choice.tool) if value is not None]
    if len(given) != 1:
        raise RequestError(
            400,
            "The toolChoice field must set one of the following keys: auto, any, tool.",
        )
    if choice.tool is not None and choice.tool.name not in names:
        raise RequestError(
            400,
            "The model returned the following errors: Tool "
            f"'{choice.tool.name}' not found in provided tools",
        )


def _check_claude(messages: list[Message]) -> None:
    """What Claude does not take on Amazon Bedrock."""
    for number, message in enumerate(messages):
        for index, block in enumerate(message.content):
            inner = block.tool_result.content if block.tool_result is not None else [block]
            for each in inner:
                _check_claude_media(each, f"messages.{number}.content.{index}")


def _check_claude_media(block: Block, where: str) -> None:
    if block.video is not None:
        raise RequestError(
            400,
            "This model doesn't support the video content block that you provided. Update the "
            "content block and try again.",
        )
    if block.image is not None and block.image.source.s3_location is not None:
        raise RequestError(
            400, "This model doesn't support the s3Uri field. Remove s3Uri and try again."
        )
    if block.document is not None and block.document.source.s3_location is not None:
        raise _model_error(f"{where}.document.source.type: Field required")


def _check_thinking(read: Body, fields: ModelFields, messages: list[Message]) -> None:
    for number, message in enumerate(messages):
        for index, block in enumerate(message.content):
            _check_thought(block, f"messages.{number}.content.{index}")
    thinking = fields.thinking
    if thinking is None or thinking.type != "enabled":
        return
    config = read.inference_config
    budget = thinking.budget_tokens
    if budget is None:
        raise _model_error("thinking.enabled.budget_tokens: Field required")
    if budget < BUDGET_TOKENS_MIN:
        raise _model_error(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        )
    if config is not None and config.max_tokens is not None and config.max_tokens <= budget:
        raise _model_error("`max_tokens` must be greater than `thinking.budget_tokens`.")
    if config is not None and config.temperature not in (None, 1):
        raise _model_error("`temperature` may only be set to 1 when thinking is enabled.")
    choice = read.tool_config and read.tool_config.tool_choice
    if choice and choice.auto is None:
        raise _model_error("Thinking may not be enabled when tool_choice forces tool use.")
    _check_loop(messages)


def _check_thought(block: Block, where: str) -> None:
    if block.reasoning_content is None:
        return
    thought = block.reasoning_content.reasoning_text
    if thought is None:
        redacted = block.reasoning_content.redacted_content or ""
        if signature.opened(PLATFORM, redacted) is None:
            raise _model_error(f"{where}: Invalid `data` in `redacted_thinking` block")
        return
    if not thought.signature:
        raise _model_error(f"{where}.thinking.signature: Field required")
    if not signature.verified(PLATFORM, thought.text, thought.signature):
        raise _model_error(f"{where}: Invalid `signature` in `thinking` block")


def _check_loop(messages: list[Message]) -> None:
    """While tools' results come in, the turn that called them must begin with its thought."""
    if not any(block.tool_result is not None for block in messages[-1].content):
        return
    for number in range(len(messages) - 1, -1, -1):
        if messages[number].role == "assistant":
            if messages[number].content[0].reasoning_content is None:
                raise _model_error(
                    f"messages.{number}.content.0.type: Expected `thinking` or "
                    "`redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a "
                    "final `assistant` message must start with a thinking block (preceeding the "
                    "lastmost set of `tool_use` and `tool_result` blocks)."
                )
            return


def _model_error(message: str) -> RequestError:
    return RequestError(400, f"The model returned the following errors: {message}")
