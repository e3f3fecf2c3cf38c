"""A two-turn tool loop by every official client over every upstream dialect, whole and streamed.

Thinking is on, two tools are called at once with arguments that need escaping, one result is an
error and the other has an image. The platforms verify the reasoning state that comes back, so a
loop ends well only where that survived both ways.
"""

import base64
import hashlib
import json
from itertools import product

import pytest

from detente.canonical.model import Dialect
from tests.pairs.clients import CLIENTS, Result
from tests.pairs.stage import UPSTREAMS, Stage, model_of

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
WEATHER = {"city": 'Paris "centre" \\ Île-de-France', "days": [1, 2, {"unit": "°C"}]}
IMAGE = {"n": 2, "deep": {"a": {"b": [None, True, 1.5, "\n"]}}}
PROMPT = (
    f"get_weather {json.dumps(WEATHER)} get_image {json.dumps(IMAGE, ensure_ascii=False)} "
    "and report"
)
PAIRS = list(product(CLIENTS, UPSTREAMS))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("client", "upstream"), PAIRS)
def test_a_tool_loop(stage: Stage, client: Dialect, upstream: Dialect, stream: bool) -> None:
    talk = CLIENTS[client](
        stage.url, model_of(upstream), stream=stream, tools=("get_weather", "get_image")
    )
    told = talk.ask(PROMPT)
    assert told.stop == "tool_calls"
    assert [(name, arguments) for _, name, arguments in told.calls] == [
        ("get_weather", WEATHER),
        ("get_image", IMAGE),
    ]
    weather, image = (id_ for id_, *_ in told.calls)
    assert weather != image or client == "gemini_generate"
    if upstream != "openai_chat":  # which counts its reasoning and does not tell it
        assert told.reasoning
    final = talk.give(
        [
            (weather, "get_weather", Result(text="no such city", error=True)),
            (image, "get_image", Result(text="one pixel", image=PNG)),
        ]
    )
    assert final.stop == "end"
    report = final.text.partition("{")[2] or final.text
    assert "no such city" in report
    assert "one pixel" in report
    assert hashlib.sha256(PNG).hexdigest()[:8] in final.text
