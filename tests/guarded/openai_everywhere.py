"""As `everywhere`, by OpenAI's client: its chat, its older completions, and Responses."""

import json
from typing import Any

from openai import OpenAI

from tests.guarded.said_elsewhere import TOOL, Plant, arguments_of, called, function, schema_of
from tests.pairs.talk import Terms
from tests.pairs.told import from_chat
from tests.pairs.told_streamed import from_chat_chunks


def chat(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """OpenAI's chat."""
    said: list[Any] = [
        {"role": "system", "content": plant("system")},
        {"role": "developer", "content": [{"type": "text", "text": plant("developer")}]},
        {"role": "user", "content": plant("user"), "name": plant("name")},
        {"role": "assistant", "content": plant("assistant")},
    ]
    if not shaped:
        said += called(plant, content=plant("beside the call"))
        said.append({"role": "assistant", "content": plant("second assistant")})
    said.append({"role": "user", "content": [{"type": "text", "text": text}]})
    asked: dict[str, Any] = {
        "model": terms.model,
        "messages": said,
        "user": plant("user id"),
        "metadata": {"for": plant("metadata")},
        "stop": [plant("stop")],
        "max_completion_tokens": terms.output_tokens,
    }
    if shaped:
        shape = {"name": "shape", "description": plant("shape"), "schema": schema_of(plant)}
        asked["response_format"] = {"type": "json_schema", "json_schema": shape}
    else:
        asked["tools"] = [function(plant)]
    client = OpenAI(base_url=terms.url + "/v1", api_key=terms.key, max_retries=0, timeout=30)
    create: Any = client.chat.completions.create
    if terms.stream:
        return from_chat_chunks(list(create(**asked, stream=True))).text
    return from_chat(create(**asked)).text


def completions(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """OpenAI's older completions: a text, and little else."""
    assert not shaped
    client = OpenAI(base_url=terms.url + "/v1", api_key=terms.key, max_retries=0, timeout=30)
    create: Any = client.completions.create
    asked = {"model": terms.model, "prompt": text, "max_tokens": terms.output_tokens}
    asked |= {"user": plant("user id"), "stop": [plant("stop")], "stream": terms.stream}
    answer = create(**asked)
    chunks = list(answer) if terms.stream else [answer]
    return "".join(choice.text for chunk in chunks for choice in chunk.choices)


def responses(terms: Terms, plant: Plant, text: str, *, shaped: bool) -> str:
    """OpenAI's Responses."""
    said: list[Any] = [
        {"role": "developer", "content": plant("developer")},
        {"role": "user", "content": [{"type": "input_text", "text": plant("user")}]},
        {"role": "assistant", "content": plant("assistant")},
    ]
    if not shaped:
        arguments = json.dumps(arguments_of(plant))
        said += [
            {"role": "user", "content": plant("second user")},
            {"type": "function_call", "call_id": "c1", "name": TOOL, "arguments": arguments},
            {"type": "function_call_output", "call_id": "c1", "output": plant("result")},
            {"role": "assistant", "content": plant("second assistant")},
        ]
    asked: dict[str, Any] = {
        "model": terms.model,
        "instructions": plant("instructions"),
        "input": [*said, {"role": "user", "content": text}],
        "metadata": {"for": plant("metadata")},
        "safety_identifier": plant("safety identifier"),
        "prompt_cache_key": plant("cache key"),
        "store": False,
        "max_output_tokens": terms.output_tokens,
    }
    if shaped:
        shape = {"type": "json_schema", "name": "shape", "schema": schema_of(plant)}
        asked["text"] = {"format": {**shape, "description": plant("shape")}}
    else:
        tool = {"type": "function", "name": TOOL, "description": plant("tool"), "strict": False}
        asked["tools"] = [{**tool, "parameters": schema_of(plant)}]
    client = OpenAI(base_url=terms.url + "/v1", api_key=terms.key, max_retries=0, timeout=30)
    if terms.stream:
        stream: Any
        with client.responses.stream(**asked) as stream:
            return stream.get_final_response().output_text
    create: Any = client.responses.create
    return create(**asked).output_text
