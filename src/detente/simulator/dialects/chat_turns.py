"""What chat completions refuse of their messages: calls without results, results without calls.

The words are OpenAI's. Reads no bytes.

>>> check([])
"""

import re
from typing import Final, Protocol

from detente.simulator.exchange import RequestError


class Call(Protocol):
    """What the checks need of a call."""

    @property
    def id(self) -> str: ...


class Message(Protocol):
    """What the checks need of a message."""

    @property
    def role(self) -> str: ...
    @property
    def tool_call_id(self) -> str: ...
    @property
    def calls(self) -> "tuple[Call, ...]": ...


CALL_ID_MAX: Final = 40
"""Characters, at OpenAI; other dialects' ids may be longer, and other hosts do not mind."""

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def check(messages: list[Message], call_id_max: int = CALL_ID_MAX) -> None:
    """Raises `RequestError` 400; ids of calls may have so many characters."""
    wanted: set[str] = set()
    called: set[str] = set()
    for number, message in enumerate(messages):
        for index, call in enumerate(message.calls):
            _check_length(call.id, call_id_max, f"messages[{number}].tool_calls[{index}].id")
        if message.role == "tool":
            if message.tool_call_id not in called:
                raise RequestError(
                    400,
                    "messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'.",
                    param=f"messages.[{number}].role",
                )
            wanted.discard(message.tool_call_id)
            continue
        _check_answered(wanted, number)
        wanted = called = set()
        if message.role == "assistant":
            called = {call.id for call in message.calls}
            wanted = set(called)
    _check_answered(wanted, len(messages))


def check_tools(names: list[str], choice: str | None, *, settled: bool) -> None:
    """Raises `RequestError` 400 for names that are none, and for a choice among nothing.

    `choice` is the name of the one tool to call; `settled` is whether anything was said about the
    choice of tools.
    """
    for index, name in enumerate(names):
        if not _NAME.fullmatch(name):
            raise RequestError(
                400,
                f"Invalid 'tools[{index}].function.name': string does not match pattern. Expected "
                "a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
                code="invalid_value",
                param=f"tools[{index}].function.name",
            )
    if settled and not names:
        raise RequestError(
            400,
            "'tool_choice' is only allowed when 'tools' are specified.",
            param="tool_choice",
        )
    if choice is not None and choice not in names:
        raise RequestError(
            400,
            "Invalid value for 'tool_choice': 'tool_choice' does not match any of the specified "
            "tools.",
            param="tool_choice",
        )


def _check_length(identity: str, most: int, where: str) -> None:
    if len(identity) > most:
        raise RequestError(
            400,
            f"Invalid '{where}': string too long. Expected a string with maximum length "
            f"{most}, but got a string with length {len(identity)} instead.",
            code="string_above_max_length",
            param=where,
        )


def _check_answered(wanted: set[str], number: int) -> None:
    if wanted:
        raise RequestError(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(sorted(wanted))}",
            param=f"messages.[{number}].role",
        )
