"""How the turns of a Gemini API request must follow each other, and what must be signed.

The words are Google's. Reads no bytes.

>>> check([Content(role="user", parts=[Part(text="hi")])], signed=True)
"""

from typing import Final

from detente.simulator import signature
from detente.simulator.dialects.generate_wire import Content, FunctionCall, Part
from detente.simulator.exchange import RequestError

PLATFORM: Final = "gemini"
"""In whose name is signed, on both of Google's platforms."""

SENTINELS: Final = (
    "skip_thought_signature_validator",
    "context_engineering_is_the_way_to_go",
    "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
    "Y29udGV4dF9lbmdpbmVlcmluZ19pc190aGVfd2F5X3RvX2dv",
)
"""What Google takes instead of a signature, at the price of a worse answer; its own SDK sends the
words in base64."""

ROLES: Final = (None, "", "user", "model", "function")

DATA: Final = (
    *("text", "inline_data", "file_data", "function_call", "function_response"),
    *("executable_code", "code_execution_result", "tool_call", "tool_response"),
)

PREFIX: Final = "* GenerateContentRequest.contents"


def check(contents: list[Content], *, signed: bool) -> None:
    """Raises `RequestError` 400; `signed` is whether calls of this turn need signatures."""
    for number, content in enumerate(contents):
        _check_content(content, number)
    _check_calls(contents)
    _check_signatures(contents)
    if signed:
        _check_signed(contents)


def call_signature(call: FunctionCall) -> str:
    """The signature of a call."""
    return signature.sign(PLATFORM, signature.call_thought(call.name, call.args or {}))


def _check_content(content: Content, number: int) -> None:
    if content.role not in ROLES:
        raise RequestError(400, "Please use a valid role: user, model.")
    if not content.parts:
        raise RequestError(400, f"{PREFIX}[{number}].parts: contents.parts must not be empty.")
    for index, part in enumerate(content.parts):
        where = f"{PREFIX}[{number}].parts[{index}]"
        count = sum(getattr(part, name) is not None for name in DATA)
        if count == 0 and part.thought_signature is None:
            raise RequestError(
                400, f"{where}.data: required oneof field 'data' must have one initialized field"
            )
        if count > 1:
            raise RequestError(
                400, f"Invalid value at '{where}' (oneof), oneof field 'data' is already set."
            )
        if part.function_call is not None and not part.function_call.name:
            raise RequestError(400, f"{where}.function_call.name: Name cannot be empty.")
        if part.function_response is not None and not part.function_response.name:
            raise RequestError(400, f"{where}.function_response.name: Name cannot be empty.")


def _check_calls(contents: list[Content]) -> None:
    """As many results as calls, in the turn right after them."""
    open_calls = 0
    for content in contents:
        calls = sum(part.function_call is not None for part in content.parts or ())
        answers = sum(part.function_response is not None for part in content.parts or ())
        if answers and not open_calls:
            raise RequestError(
                400,
                "Please ensure that function response turn comes immediately after a function "
                "call turn.",
            )
        if open_calls and not calls and answers != open_calls:
            raise RequestError(
                400,
                "Please ensure that the number of function response parts is equal to the number "
                "of function call parts of the function call turn.",
            )
        open_calls = open_calls + calls if content.role == "model" else 0


def _check_signatures(contents: list[Content]) -> None:
    """A signature that is there must be one of ours, and belong to its part."""
    for content in contents:
        for part in content.parts or ():
            given = part.thought_signature
            if given and given not in SENTINELS and not _verified(part, given):
                raise RequestError(400, "Corrupted thought signature.")


def _verified(part: Part, given: str) -> bool:
    if part.function_call is not None:
        call = part.function_call
        return signature.verified(
            PLATFORM, signature.call_thought(call.name, call.args or {}), given
        )
    return signature.verified(PLATFORM, "", given)


def _check_signed(contents: list[Content]) -> None:
    """Each step since the user last spoke must carry a signature on its first call."""
    for number in range(len(contents) - 1, -1, -1):
        content = contents[number]
        parts = content.parts or []
        if content.role != "model":
            if any(part.function_response is None for part in parts):
                return
            continue
        first = next((part for part in parts if part.function_call is not None), None)
        if first is not None and first.function_call and not first.thought_signature:
            raise RequestError(
                400,
                f"Function call is missing a thought_signature in functionCall parts. This is "
                "required for tools to work correctly, and missing thought_signature may lead to "
                "degraded model performance. Additional data, function call "
                f"`default_api:{first.function_call.name}` , position {number + 1}. Please refer "
                "to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.",
            )
