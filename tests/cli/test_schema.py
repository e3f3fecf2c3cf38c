"""`detente schema` prints the configuration's JSON Schema."""

import json

import msgspec
import pytest

from detente.cli import run
from detente.configuration.schema import json_schema


def test_the_schema_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(msgspec.json.encode(json_schema()))
