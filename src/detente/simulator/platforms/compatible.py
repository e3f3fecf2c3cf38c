"""The hosts of `providers/compatible.toml`, simulated as their rows and their documents say.

A host serves the paths of its row and no others, refuses the members that its row names, knows only
its own names of members and roles, and errs in its own form. What is not known of one is as OpenAI
has it.

>>> compatible_platforms()[0].base_path
'/openai/v1'
"""

import functools
from collections.abc import Callable, Mapping
from typing import Final, cast
from urllib.parse import urlsplit

import msgspec

from detente.canonical.extras import Obj
from detente.canonical.model import Dialect
from detente.providers import Row, compatible_rows, path_below
from detente.simulator.dialects import chat, messages, messages_request, models
from detente.simulator.exchange import (
    Answer,
    Headers,
    JsonObject,
    Platform,
    Received,
    Refused,
    Reply,
    RequestError,
    Setting,
    decode_body,
    error_reply,
    with_headers,
)
from detente.simulator.platforms import openai

SELF_HOSTED_PATH: Final = "/v1"
CALL_ID_MAX: Final = 1000
"""Nobody but OpenAI is known to mind how long the id of a call is: OpenRouter took 50 characters,
as recorded (`test_openrouter_google_nested_schema` of pydantic-ai, read 2026-11-22)."""
THOUGHTS: Final = ("reasoning_content", "reasoning", "reasoning_details")
"""Members of a message that hold thoughts, at one host or another."""
ANTHROPIC_VERSION: Final = "2023-06-01"
"""What a host assumes that is not told a version; none of them reads it."""

Shape = Callable[[RequestError], JsonObject]


def _openai(fault: RequestError) -> JsonObject:
    error = {"message": fault.message, "type": fault.kind, "param": fault.param, "code": fault.code}
    return {"error": error}


def _numbered(fault: RequestError) -> JsonObject:
    """The status as an integer `code`: vLLM, llama.cpp, Perplexity."""
    return {"error": {"message": fault.message, "type": fault.kind, "code": fault.status}}


def _flat(fault: RequestError) -> JsonObject:
    """Cerebras."""
    return {"message": fault.message, "type": fault.kind, "param": fault.param, "code": fault.code}


def _sglang(fault: RequestError) -> JsonObject:
    return {"object": "error", "message": fault.message, "type": fault.kind, "code": fault.status}


def _openrouter(fault: RequestError) -> JsonObject:
    return {"error": {"code": fault.status, "message": fault.message}, "user_id": "user_simulated"}


def _zai(fault: RequestError) -> JsonObject:
    codes = {401: "1000", 429: "1302"}
    code = "1211" if fault.code == "model_not_found" else codes.get(fault.status, "1210")
    return {"error": {"code": code, "message": fault.message}}


def _string(fault: RequestError) -> JsonObject:
    return {"error": fault.message}


SHAPES: Final[Mapping[str, Shape]] = {
    "cerebras": _flat,
    "llama_cpp": _numbered,
    "lm_studio": _string,
    "openrouter": _openrouter,
    "perplexity": _numbered,
    "sglang": _sglang,
    "vllm": _numbered,
    "zai": _zai,
}
"""Forms of errors that are not OpenAI's: OpenRouter's as recorded (2025), Z.ai's as
https://docs.z.ai/api-reference/api-code, the others as their sources or users have them (read
2026-11-22)."""
BARE_KEY_ERRORS: Final = frozenset(("vllm", "sglang", "huggingface"))
"""Hosts that answer a wrong key with a bare string."""

TRIMS: Final[Mapping[str, chat.Trim]] = {
    "groq": chat.Trim(
        thoughts=True, thought_member="reasoning", whole={"x_groq": {"id": "req_simulated"}}
    ),
    "openrouter": chat.Trim(thoughts=True, thought_member="reasoning"),
    "perplexity": chat.Trim(thoughts=True, usage_at_end=True),
    "together": chat.Trim(thoughts=True, thought_member="reasoning"),
}
USUAL: Final = chat.Trim(thoughts=True)


class _Host(msgspec.Struct, frozen=True, kw_only=True):
    """One host, by the name of its kind."""

    name: str
    row: Row

    def answer(self, request: Received, setting: Setting) -> Answer:
        """Everything that this host serves, or its own error."""
        try:
            openai.authorize(request, setting)
            found = self._route(request, setting)
        except RequestError as fault:
            found = self._error(fault)
        return with_headers(found, self._headers(setting, setting.limit, setting.remaining))

    def refusal(self, refused: Refused, setting: Setting) -> Reply:
        """429, and when to come again."""
        fault = RequestError(429, f"Rate limit reached: {refused.limit} requests per minute.")
        retry: Headers = (("retry-after", str(-(-refused.retry_after_ms // 1000))),)
        limits = self._headers(setting, refused.limit, 0)
        return with_headers(self._error(fault), (*retry, *limits))

    def failure(self, status: int, setting: Setting) -> Reply:
        """This host's body for `status`."""
        fault = RequestError(
            status, f"The server answered {status} because it was told to.", kind="server_error"
        )
        return with_headers(
            self._error(fault), self._headers(setting, setting.limit, setting.remaining)
        )

    def _route(self, request: Received, setting: Setting) -> Answer:
        if request.method == "GET":
            operation = openai.below(setting.base_path, request.path)
            found = openai.operate("GET", operation, b"", setting)
        else:
            found = self._operate(request, setting)
        if found is None:
            raise RequestError(404, f"Unknown request URL: {request.method} {request.path}.")
        return found

    def _operate(self, request: Received, setting: Setting) -> Answer | None:
        for dialect in self.row.dialects:
            if path_below(setting.base_path, self.row, dialect) != request.path:
                continue
            if dialect == "openai_chat":
                return self._chat(request.body, setting)
            if dialect in ("anthropic_messages", "anthropic_count_tokens"):
                return _messages(request, setting, counting=dialect == "anthropic_count_tokens")
            return openai.operate("POST", OPERATIONS[dialect], request.body, setting)
        return None

    def _chat(self, body: bytes, setting: Setting) -> Answer | None:
        read = cast("Obj", decode_body(body, dict[str, object]))
        for name in self.row.refused:
            value = read.get(name)
            if value is not None and not (name == "n" and value == 1):  # Groq's word: "must be 1"
                raise RequestError(400, f"property '{name}' is unsupported", param=name)
        said = read.get("messages")
        for message in said if type(said) is list else ():
            if type(message) is dict:
                self._check_message(message)
        # A member under a name that this host does not know is not read.
        known = {name: value for name, value in read.items() if name not in self.row.renamed}
        if not self.row.asks_usage:
            known.pop("stream_options", None)
        trim = TRIMS.get(self.name, USUAL)
        return openai.operate(
            "POST",
            "/chat/completions",
            msgspec.json.encode(known),
            setting,
            trim=trim,
            call_id_max=CALL_ID_MAX,
        )

    def _check_message(self, message: Obj) -> None:
        """Raises `RequestError` 400 for a role or for thoughts that this host takes otherwise."""
        role = message.get("role")
        if type(role) is str and role in self.row.roles:
            raise RequestError(400, f"unknown role `{role}`", param="messages.role")
        for name in THOUGHTS if self.row.thoughts else ():
            if name != self.row.thoughts and name in message:
                raise RequestError(400, f"property '{name}' is unsupported", param="messages")

    def _error(self, fault: RequestError) -> Reply:
        status = fault.status
        if status == 401 and self.name in BARE_KEY_ERRORS:
            return error_reply(401, {"error": "Unauthorized"})
        return error_reply(status, SHAPES.get(self.name, _openai)(fault))

    def _headers(self, setting: Setting, limit: int, remaining: int) -> Headers:
        """Groq's and Together's limits as recorded (2024); the others show none."""
        identity: Headers = (("x-request-id", setting.request_id),)
        if self.name == "groq":
            return (*identity, *openai.limit_headers(limit, remaining, "6ms"))
        if self.name == "together":
            left = (("x-ratelimit-limit", str(limit)), ("x-ratelimit-remaining", str(remaining)))
            return (*identity, *left, ("x-ratelimit-reset", "2"))
        return identity


OPERATIONS: Final[dict[Dialect, str]] = {
    "openai_responses": "/responses",
    "openai_completions": "/completions",
    "openai_embeddings": "/embeddings",
}


def _messages(request: Received, setting: Setting, *, counting: bool) -> Answer:
    """Anthropic's dialect, as it is spoken by others: without its version."""
    version = request.header("anthropic-version") or ANTHROPIC_VERSION
    parsed = messages_request.parse(request.body, version, counting=counting)
    models.check(parsed.ask.model, setting)
    return messages.count(parsed) if counting else messages.answer(parsed, setting)


def _platform(name: str, row: Row) -> Platform:
    host = _Host(name=name, row=row)
    path = SELF_HOSTED_PATH if row.base_url is None else urlsplit(row.base_url).path
    return Platform(
        kind=name,
        base_path=path.rstrip("/"),
        answer=host.answer,
        refusal=host.refusal,
        failure=host.failure,
    )


@functools.cache
def compatible_platforms() -> tuple[Platform, ...]:
    """A platform for each row."""
    return tuple(_platform(name, row) for name, row in compatible_rows().items())
