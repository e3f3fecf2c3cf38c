"""`detente schema` prints the configuration's JSON Schema."""

import json

import msgspec
import pytest

from detente.cli import run
from detente.configuration.schema import json_schema
from detente.gateway.admin.openapi import document


def test_the_schema_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    kind = printed["$defs"]["Provider"]["properties"]["kind"]
    assert {"openai", "mistral", "groq", "vllm"} <= set(kind["enum"])
    whole = json_schema(kind["enum"])
    assert printed == json.loads(msgspec.json.encode(whole))
    assert whole != json_schema()


def test_the_admin_apis_document_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--admin"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(msgspec.json.encode(document()))
