"""Nothing is lost in silence: each member that an SDK knows is carried, or named as a loss.

Every member of every request type of the five official SDKs is said alone, with words that occur
nowhere else, and asked of every other dialect. Either the words are in what that is sent, or a loss
is named. What legitimately means nothing elsewhere is listed with its reason, and leaves the list
when it is no longer silent.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] -- it has none
import msgspec
import pytest
from anthropic.types import message_create_params
from google.genai import types as genai
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

from detente.canonical.failure import ClientFault
from detente.canonical.model import Dialect
from detente.dialects.codec import Target
from detente.dialects.translation import Translation
from tests.pairs.asked_types import Described, Many, Members, Named, Words, described, members_of
from tests.pairs.nothing_meant import NOTHING_MEANT
from tests.pairs.recordings import FIVE
from tests.pairs.said_alone import Said, each_alone
from tests.pairs.translating import codec

HI: Mapping[Dialect, dict[str, Any]] = {
    "openai_chat": {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    "openai_responses": {"model": "m", "input": [{"role": "user", "content": "hi"}]},
    "anthropic_messages": {
        "model": "m",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": "hi"}],
    },
    "gemini_generate": {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    "bedrock_converse": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
}
ASSISTANTS: Mapping[Dialect, str] = {
    "anthropic_messages": "assistant",
    "gemini_generate": "model",
    "bedrock_converse": "assistant",
}
CONVERSATIONS = ("messages", "input", "contents")
WORD = re.compile(r"zq\d+q")
IN_PATH = ("model", "modelId")


def settings(client: Dialect) -> dict[str, Described]:
    """The members of a request, by the official SDK."""
    match client:
        case "openai_chat":
            return _of(completion_create_params.CompletionCreateParamsNonStreaming)
        case "openai_responses":
            return _of(response_create_params.ResponseCreateParamsNonStreaming)
        case "anthropic_messages":
            return _of(message_create_params.MessageCreateParamsNonStreaming)
        case "gemini_generate":
            return {
                "contents": Many(of=described(genai.Content)),
                "systemInstruction": described(genai.Content),
                "generationConfig": described(genai.GenerationConfig),
                "tools": Many(of=described(genai.Tool)),
                "toolConfig": described(genai.ToolConfig),
                "safetySettings": Many(of=described(genai.SafetySetting)),
                "cachedContent": Words(),
                "labels": Named(of=Words()),
                "serviceTier": described(genai.ServiceTier),
                "modelArmorConfig": described(genai.ModelArmorConfig),
            }
        case _:
            session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType] -- as above
            model = session.get_service_model("bedrock-runtime")
            return _of(model.operation_model("Converse").input_shape)


def _of(source: Any) -> dict[str, Described]:
    members = members_of(Members(name="request", source=source))
    return {name: kind for name, (kind, _) in members.items() if name not in IN_PATH}


def asked(client: Dialect, setting: str, value: Any) -> bytes:
    """A request that says `value`; what is said in a conversation follows a greeting."""
    base = HI[client]
    if setting in CONVERSATIONS and isinstance(value, list):
        return json.dumps({**base, setting: base[setting] + value}).encode()
    return json.dumps({**base, setting: value}).encode()


def told(client: Dialect, body: bytes) -> dict[Dialect, tuple[bytes, list[str]]]:
    """What every other dialect is sent, and what is named as lost."""
    translation = Translation(codec(client), body, model="m")
    sent: dict[Dialect, tuple[bytes, list[str]]] = {}
    for upstream in FIVE:
        if upstream != client:
            out = translation.encoded_for(codec(upstream), Target(model="m"))
            sent[upstream] = out.body, [str(loss) for loss in out.losses]
    return sent


def words_in(value: Any) -> set[str]:
    """The texts and numbers of a value that can be looked for."""
    found: set[str] = set()
    for leaf in _leaves(value):
        if isinstance(leaf, str):
            found.update(WORD.findall(_plain(leaf)))
        elif (
            isinstance(leaf, (int, float)) and not isinstance(leaf, bool) and leaf not in (0, 1, 2)
        ):
            found.add(json.dumps(leaf))
    return found


def _leaves(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from (key, *_leaves(inner))
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from _leaves(inner)
    else:
        yield value


def _plain(text: str) -> str:
    """A text, and what it says in base64, which may be base64 again."""
    try:
        data = base64.b64decode(text.rpartition("base64,")[2], validate=True)
    except (binascii.Error, ValueError):
        return text
    return f"{text} {_plain(data.decode('latin-1'))}" if data else text


def silent(client: Dialect, setting: str, said: Said) -> set[Dialect]:
    """The dialects that are not told `said`, and for which nothing is named as lost."""
    sent = told(client, asked(client, setting, said.value))
    without = told(client, asked(client, setting, said.without)) if said.without else {}
    greeted = GREETED[client]
    wanted = words_in(said.value)
    found: set[Dialect] = set()
    for upstream, (body, losses) in sent.items():
        if losses != greeted[upstream][1]:
            continue
        same = body == (without or greeted)[upstream][0]
        if same or not all(_has(body, word) for word in wanted):
            found.add(upstream)
    return found


def _has(body: bytes, word: str) -> bool:
    if word.encode() in body:
        return True
    return word in words_in(json.loads(body))


def by_assistant(client: Dialect, setting: str, said: Said) -> Said | None:
    """The same as the model's turn, where a conversation's turns say whose they are."""
    role = ASSISTANTS.get(client)
    if role is None or setting not in CONVERSATIONS or said.path.endswith("role"):
        return None
    turn: Any = said.value[0]
    if not isinstance(turn, dict) or cast("dict[str, Any]", turn).get("role", "user") != "user":
        return None
    without = said.without and [{**said.without[0], "role": role}]
    return msgspec.structs.replace(said, value=[{**turn, "role": role}], without=without)


GREETED = {client: told(client, json.dumps(HI[client]).encode()) for client in FIVE}


@pytest.mark.parametrize("client", FIVE)
def test_no_member_is_lost_in_silence(client: Dialect) -> None:
    found: dict[str, set[Dialect]] = {}
    count = 0
    for setting, kind in settings(client).items():
        for said in each_alone(kind, setting):
            for one in (said, by_assistant(client, setting, said)):
                if one is None:
                    continue
                count += 1
                try:
                    where = silent(client, setting, one)
                except ClientFault:  # told, not silent
                    continue
                if where:
                    found.setdefault(said.name, set()).update(where)
    said = f"{count} members said alone, {len(found)} of them mean nothing elsewhere"
    print(f"{client}: {said}")  # noqa: T201 -- the figure of this test
    unmeant = NOTHING_MEANT[client]
    used = {name: _listed(name, unmeant) for name in found}
    assert {name: sorted(found[name]) for name, row in used.items() if row is None} == {}
    assert unmeant.keys() - set(used.values()) == set(), "no longer silent: take it from the list"


def _listed(name: str, rows: Iterable[str]) -> str | None:
    """The row of the list that has `name`."""
    for row in rows:
        if row == name or (row.endswith("**") and name.startswith(row[:-2])):
            return row
    return None
