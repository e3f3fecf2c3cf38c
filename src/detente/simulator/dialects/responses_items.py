"""What OpenAI's Responses endpoint refuses of its input: calls without outputs, outputs without
calls, reasoning that it did not write. The words are OpenAI's. Reads no bytes.

Identifiers and encrypted reasoning carry their own proof, so that nothing has to be remembered.

>>> sealed("hm") == sealed("hm"), was_reasoned(call_id("a" * 32, 0, reasoned=True))
(True, True)
"""

import re
from typing import Final, Protocol

from detente.simulator import signature
from detente.simulator.exchange import RequestError

PLATFORM: Final = "openai"

CALL_ID_MAX: Final = 64

_REASONED: Final = re.compile(r"fc_[0-9a-f]{34}r")


class Item(Protocol):
    """What the checks need of an item."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str | None: ...
    @property
    def call_id(self) -> str | None: ...
    @property
    def encrypted_content(self) -> str | None: ...


def sealed(thought: str) -> str:
    """`encrypted_content` of a thought."""
    return signature.seal(PLATFORM, thought)


def call_id(identity: str, index: int, *, reasoned: bool) -> str:
    """The id of a call's item; it tells whether reasoning came before it."""
    return f"fc_{identity}{index:02x}{'r' if reasoned else ''}"


def reasoning_id(identity: str) -> str:
    """The id of a reasoning item, with its proof."""
    return f"rs_{identity}{_proof(identity)}"


def was_reasoned(item_id: str) -> bool:
    """Whether the item of that id needs its reasoning beside it."""
    return _REASONED.fullmatch(item_id) is not None


def check(items: list[Item], *, continued: bool) -> None:
    """Raises `RequestError`; `continued` is whether an earlier response is gone on from, which is
    not remembered here."""
    for number, item in enumerate(items):
        if len(item.call_id or "") > CALL_ID_MAX:
            raise RequestError(
                400,
                f"Invalid 'input[{number}].call_id': string too long. Expected a string with "
                f"maximum length {CALL_ID_MAX}, but got a string with length "
                f"{len(item.call_id or '')} instead.",
                code="string_above_max_length",
                param=f"input[{number}].call_id",
            )
        if item.type == "reasoning":
            _check_reasoning(item)
    _check_order(items)
    if not continued:
        _check_pairs(items)


def _check_reasoning(item: Item) -> None:
    if item.encrypted_content is not None:
        if signature.opened(PLATFORM, item.encrypted_content) is None:
            raise RequestError(
                400,
                f"The encrypted content for item {item.id} could not be verified. Reason: "
                "Encrypted content could not be decrypted or parsed.",
                code="invalid_encrypted_content",
            )
        return
    identity = (item.id or "").removeprefix("rs_")
    if not identity or identity[32:] != _proof(identity[:32]):
        raise RequestError(404, f"Item with id '{item.id}' not found.", param="input")


def _check_order(items: list[Item]) -> None:
    """Reasoning and what it led to come together."""
    reasoned = False
    for number, item in enumerate(items):
        following = items[number + 1].type if number + 1 < len(items) else None
        match item.type:
            case "reasoning":
                reasoned = True
                if following in (None, "function_call_output"):
                    raise RequestError(
                        400,
                        f"Item '{item.id}' of type 'reasoning' was provided without its required "
                        "following item.",
                        param="input",
                    )
            case "function_call" if not reasoned and was_reasoned(item.id or ""):
                raise RequestError(
                    400,
                    f"Item '{item.id}' of type 'function_call' was provided without its required "
                    "'reasoning' item.",
                    param="input",
                )
            case "function_call":
                pass
            case _:
                reasoned = False


def _check_pairs(items: list[Item]) -> None:
    calls = {item.call_id or "" for item in items if item.type == "function_call"}
    other = {item.call_id or "" for item in items if item.type.endswith("_call")}
    outputs = {item.call_id or "" for item in items if item.type == "function_call_output"}
    for identity in sorted(outputs - other):
        raise RequestError(
            400,
            f"No tool call found for function call output with call_id {identity}.",
            param="input",
        )
    for identity in sorted(calls - outputs):
        raise RequestError(
            400, f"No tool output found for function call {identity}.", param="input"
        )


def _proof(identity: str) -> str:
    return signature.sign(PLATFORM, identity).encode().hex()[:16]
