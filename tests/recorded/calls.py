"""One recorded exchange, asked by the official client of its platform.

The clients are unmodified and never retry. What comes back is turned into plain values, so
that two results can be compared; an exception of the client is a result as well.

>>> await result_of(clients, row, model=row.model)
'{"id": "chatcmpl-…"'
"""

from collections.abc import AsyncIterator
from typing import cast

import anthropic
import msgspec
import openai
from pydantic import BaseModel

from tests.recorded.exchanges import Exchange

TIMEOUT_S = 30.0

OpenAIClient = openai.AsyncOpenAI | openai.AsyncAzureOpenAI


class Clients(msgspec.Struct, frozen=True, kw_only=True):
    """The clients that may be asked; Azure's by the `api-version` it is made for."""

    plain: openai.AsyncOpenAI
    claude: anthropic.AsyncAnthropic
    azure: openai.AsyncAzureOpenAI | None = None


def clients_at(
    *, openai_url: str, anthropic_url: str, azure_url: str, api_version: str | None, key: str
) -> Clients:
    """Clients for three addresses, given as their users would give them."""
    azure = (
        openai.AsyncAzureOpenAI(
            azure_endpoint=azure_url,
            api_version=api_version,
            api_key=key,
            max_retries=0,
            timeout=TIMEOUT_S,
        )
        if api_version
        else None
    )
    return Clients(
        plain=openai.AsyncOpenAI(
            base_url=openai_url, api_key=key, max_retries=0, timeout=TIMEOUT_S
        ),
        claude=anthropic.AsyncAnthropic(
            base_url=anthropic_url, api_key=key, max_retries=0, timeout=TIMEOUT_S
        ),
        azure=azure,
    )


async def close(clients: Clients) -> None:
    """Gives the clients' connections back."""
    await clients.plain.close()
    await clients.claude.close()
    if clients.azure is not None:
        await clients.azure.close()


async def result_of(clients: Clients, row: Exchange, model: str) -> object:
    """What the client makes of the answer, as plain values."""
    try:
        found = await _call(clients, row, model)
        if isinstance(found, AsyncIterator):
            pieces = cast("AsyncIterator[object]", found)
            return [_plain(piece) async for piece in pieces]
        return _plain(found)
    except openai.APIStatusError as error:
        return (type(error).__name__, error.status_code, error.body)
    except anthropic.APIStatusError as error:
        return (type(error).__name__, error.status_code, error.body)
    except (openai.APIError, anthropic.APIError) as error:
        return (type(error).__name__, error.message, error.body)


async def _call(clients: Clients, row: Exchange, model: str) -> object:
    rest = {k: v for k, v in row.body.items() if k not in ("model", "stream")}
    if row.dialect.startswith("anthropic"):
        return await _call_anthropic(clients.claude, row, model, rest)
    client: OpenAIClient = clients.plain if clients.azure is None else clients.azure
    if row.dialect == "openai-chat":
        return await client.chat.completions.create(
            model=model, messages=[], stream=row.asks_stream, extra_body=rest
        )
    if row.dialect == "openai-responses":
        return await client.responses.create(
            model=model, input="", stream=row.asks_stream, extra_body=rest
        )
    return await client.embeddings.create(model=model, input="", extra_body=rest)


async def _call_anthropic(
    client: anthropic.AsyncAnthropic, row: Exchange, model: str, rest: dict[str, object]
) -> object:
    headers = {k: v for k, v in row.request.headers.items() if k.startswith("anthropic-")}
    if row.dialect == "anthropic-count-tokens":
        return await client.messages.count_tokens(
            model=model, messages=[], extra_body=rest, extra_headers=headers
        )
    return await client.messages.create(
        model=model,
        max_tokens=1,
        messages=[],
        stream=row.asks_stream,
        extra_body=rest,
        extra_headers=headers,
        timeout=TIMEOUT_S,
    )


def _plain(found: object) -> object:
    return found.model_dump() if isinstance(found, BaseModel) else found
