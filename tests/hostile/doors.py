"""Every front door that asks a model, with the least body that it takes.

>>> door_request(DOORS[0], "gpt")[0]
b'/v1/chat/completions'
"""

import msgspec

from detente.canonical.model import Dialect
from detente.dialects.routes import BEDROCK_PATHS, GOOGLE_OPERATIONS, PATHS

MODEL = "{model}"
PLACE = "/v1/projects/p/locations/l"
TURNS: list[dict[str, object]] = [{"role": "user", "content": "hi"}]
PARTS: list[dict[str, object]] = [{"role": "user", "parts": [{"text": "hi"}]}]
CLAUDE: dict[str, object] = {"max_tokens": 8, "messages": TURNS}
INVOKED: dict[str, object] = {"anthropic_version": "bedrock-2023-05-31", **CLAUDE}
PREDICTED: dict[str, object] = {"anthropic_version": "vertex-2023-10-16", **CLAUDE}
BODIES: dict[Dialect, dict[str, object]] = {
    "openai_chat": {"model": MODEL, "messages": TURNS},
    "openai_responses": {"model": MODEL, "input": "hi"},
    "openai_input_tokens": {"model": MODEL, "input": "hi"},
    "openai_embeddings": {"model": MODEL, "input": "hi"},
    "openai_completions": {"model": MODEL, "prompt": "hi"},
    "anthropic_messages": {"model": MODEL, **CLAUDE},
    "anthropic_count_tokens": {"model": MODEL, "messages": TURNS},
    "cohere_chat": {"model": MODEL, "messages": TURNS},
    "cohere_embeddings": {"model": MODEL, "texts": ["hi"], "input_type": "search_query"},
    "ollama_chat": {"model": MODEL, "messages": TURNS, "stream": False},
    "ollama_embeddings": {"model": MODEL, "input": "hi"},
    "oci_chat": {
        "compartmentId": "client",
        "servingMode": {"servingType": "ON_DEMAND", "modelId": MODEL},
        "chatRequest": {"apiFormat": "COHERE", "message": "hi"},
    },
    "bedrock_converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
    "bedrock_count_tokens": {"input": {"converse": {"messages": []}}},
    "gemini_generate": {"contents": PARTS},
    "gemini_count_tokens": {"contents": PARTS},
    "gemini_embeddings": {"content": {"parts": [{"text": "hi"}]}},
}
"""By dialect; an envelope's own bodies stand with their doors."""

Door = tuple[str, dict[str, object]]
"""A path and a body, each with `{model}` where the model stands."""

DOORS: tuple[Door, ...] = (
    *(
        (path, BODIES[dialect])
        for method, path, dialect, operation, _ in PATHS
        if method == "POST" and operation == "infer" and dialect is not None
    ),
    *(
        (path, BODIES[dialect] if envelope is None else INVOKED)
        for path, dialect, _, envelope in BEDROCK_PATHS
    ),
    *(
        (f"{root}/models/{MODEL}:{name.decode()}{'?alt=sse' if stream else ''}", BODIES[dialect])
        for root in ("/v1beta", f"{PLACE}/publishers/google")
        for name, (dialect, stream) in GOOGLE_OPERATIONS.items()
    ),
    (f"{PLACE}/publishers/anthropic/models/{MODEL}:rawPredict", PREDICTED),
    (f"{PLACE}/publishers/anthropic/models/{MODEL}:streamRawPredict", PREDICTED),
    (f"{PLACE}/publishers/anthropic/models/count-tokens:rawPredict", {"model": MODEL, **PREDICTED}),
    (f"{PLACE}/publishers/openai/v1/responses", BODIES["openai_responses"]),
    (f"{PLACE}/endpoints/openapi/chat/completions", BODIES["openai_chat"]),
    (f"{PLACE}/workspaces/w/invoke/v1/messages", BODIES["anthropic_messages"]),
)


def door_request(door: Door, model: str) -> tuple[bytes, bytes]:
    """Target and body of a door's request for a model."""
    path, body = door
    text = msgspec.json.encode(body).decode().replace(MODEL, model)
    return path.replace(MODEL, model).encode(), text.encode()
