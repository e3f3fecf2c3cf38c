"""`detente simulate` as a process: what it prints, and how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import openai
import pytest

TOML = """
[providers.one]
kind = "openai"
base_url = "http://127.0.0.1:{port}/v1"
api_key = {{ file = "key" }}
[models."openai/gpt-4"]
deployments = [{{ provider = "one", id = "gpt-4" }}]
[simulator.one]
tokens = 3
capacity_per_minute = 9
"""
SOURCE = Path(__file__).resolve().parents[2] / "src"
TIMEOUT_S = 30


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "detente", "simulate", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "120"},
    )


def written(folder: Path) -> Path:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "detente.toml").write_text(TOML.format(port=port))
    (folder / "key").write_text("sk-a\n")
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_listens_and_stays_until_told(tmp_path: Path, number: signal.Signals) -> None:
    with start(str(written(tmp_path)), "--json") as process:
        try:
            assert process.stdout is not None
            [row] = json.loads(process.stdout.readline())
            with openai.OpenAI(base_url=row["base_url"], api_key="sk-a", max_retries=0) as client:
                answer = client.chat.completions.create(
                    model="gpt-4", messages=[{"role": "user", "content": "hi"}]
                )
            assert process.poll() is None
        finally:
            process.send_signal(number)
            status = process.wait(TIMEOUT_S)
    assert status == 0
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3
    assert (row["provider"], row["kind"], row["models"]) == ("one", "openai", ["gpt-4"])
    assert row["key_expected"] is True
    assert "sk-a" not in str(row)


def test_the_table(tmp_path: Path) -> None:
    with start(str(written(tmp_path) / "detente.toml")) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(4)]
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)
    assert lines[0].rstrip() == "provider  kind, base_url, key, capacity, models"
    assert lines[1].startswith("one       openai, http://127.0.0.1:")
    assert lines[1].rstrip().endswith("key as configured, 9 a minute")
    assert lines[2].split() == ["gpt-4"]
    assert "Ctrl-C" in lines[3]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "no such file or directory; check the path"),
        ("[providrs.a]", "did you mean `providers`?"),
        ("", "no provider is on loopback"),
    ],
)
def test_wrong_input_ends_with_2_and_a_cure(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "detente.toml").write_text(text)
    with start(str(tmp_path / "detente.toml")) as process:
        _, errors = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 2
    assert says in errors
