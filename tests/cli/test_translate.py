"""`detente translate`: what it prints, what it names, and when it says no."""

import base64
import io
import json
import sys
from typing import Any

import pytest

from detente.canonical.content import Text
from detente.canonical.embedding import EmbeddingInput, EmbeddingRequest
from detente.canonical.model import Dialect
from detente.cli import run
from detente.cli.translate import translate
from detente.dialects import codec_of, embedding_codec_of
from detente.dialects.codec import Target
from detente.dialects.matrix import ROWS, Column, Sheet, carriers_of, columns, row_of, sampled
from detente.dialects.offline import Kind
from tests.cli.command import ended

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
CELLS = [(sheet, row) for sheet, rows in ROWS.items() for row in rows]


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> "TypeIn":
    return TypeIn(monkeypatch)


class TypeIn:
    """Puts bytes on standard input, and runs the command."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, body: object, *arguments: str) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return ended(["translate", *arguments])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)


def test_it_prints_what_would_be_sent_and_names_what_is_lost(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {**CHAT, "seed": 7, "max_tokens": 9}
    assert type_in(body, "--from", "openai_chat", "--to", "anthropic_messages") == 0
    written = capsys.readouterr()
    assert json.loads(written.out) == {
        "model": "model",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hello"}],
    }
    for word in ("seed", "Messages has no such member", "dropped and named"):
        assert word in written.err


def test_it_says_so_where_nothing_is_lost(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert type_in(CHAT, "--from", "openai_chat", "--to", "gemini_generate") == 0
    assert capsys.readouterr().err == "nothing is lost\n"


@pytest.mark.parametrize(
    ("member", "options", "status"),
    [
        ({"seed": 7}, (), 0),
        ({"seed": 7}, ("--on-loss", "refuse"), 1),
        ({"seed": 7}, ("--on-loss", "refuse", "--allow", "seed"), 0),
        ({"n": 2}, (), 1),
        ({"n": 2}, ("--allow", "choices"), 0),
        ({"n": 2, "seed": 7}, ("--allow", "choices", "--allow", "seed"), 0),
        ({"n": 2}, ("--allow", "seed"), 1),
        ({}, ("--on-loss", "refuse"), 0),
    ],
)
def test_the_status_is_that_of_the_gateway(
    member: dict[str, object],
    options: tuple[str, ...],
    status: int,
    type_in: TypeIn,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ways = ("--from", "openai_chat", "--to", "anthropic_messages")
    assert type_in({**CHAT, **member}, *ways, *options) == status
    assert ("refused" in capsys.readouterr().err) == (status == 1)
    assert type_in({**CHAT, **member}, *ways, *options, "--json") == status
    assert told(capsys)["refused"] == (status == 1)


def test_the_model_and_what_the_catalog_knows_of_it_count(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = ("--from", "openai_chat", "--to", "anthropic_messages", "--json")
    body = {**CHAT, "max_tokens": 100_000}
    assert type_in(body, *ways, "--model", "anthropic/claude-sonnet-4-5") == 0
    found = told(capsys)
    assert found["body"]["model"] == "anthropic/claude-sonnet-4-5"
    assert found["body"]["max_tokens"] == 64_000
    assert [loss["what"] for loss in found["losses"]] == ["input_range"]


def test_what_a_kind_of_provider_refuses_is_lost(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {**CHAT, "max_tokens": 9, "metadata": {"user_id": "u"}}
    ways = ("--from", "anthropic_messages", "--to", "openai_chat", "--json")
    assert type_in(body, *ways) == 0
    everywhere = told(capsys)
    assert (everywhere["body"]["user"], everywhere["losses"]) == ("u", [])
    assert type_in(body, *ways, "--provider", "mistral") == 0
    there = told(capsys)
    assert "user" not in there["body"]
    assert [loss["what"] for loss in there["losses"]] == ["user"]
    assert type_in(body, *ways, "--provider", "mistrul") == 2
    assert "did you mean `mistral`" in capsys.readouterr().err


def test_a_version_of_the_wanted_dialect_may_be_named(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = ("--from", "openai_chat", "--to", "anthropic_messages", "--json")
    body = {**CHAT, "temperature": 0.5}
    assert type_in(body, *ways, "--api-version", "2023-06-01") == 0
    assert told(capsys)["body"]["temperature"] == 0.5
    assert type_in(body, *ways, "--api-version", "2026-10-21") == 0
    assert [loss["what"] for loss in told(capsys)["losses"]] == ["temperature"]


def test_a_path_that_streams_is_an_option(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}
    ways = ("--from", "gemini_generate", "--to", "anthropic_messages", "--json")
    assert type_in(body, *ways) == 0
    assert "stream" not in told(capsys)["body"]
    assert type_in(body, *ways, "--stream") == 0
    assert told(capsys)["body"]["stream"] is True


ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "pause_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 7, "output_tokens": 3},
}


def test_an_answer_is_never_refused(type_in: TypeIn, capsys: pytest.CaptureFixture[str]) -> None:
    ways = ("--from", "anthropic_messages", "--to", "openai_chat", "--kind", "answer", "--json")
    assert type_in(ANSWER, *ways, "--on-loss", "refuse") == 0
    found = told(capsys)
    assert found["body"]["choices"][0]["message"]["content"] == "Hi"
    assert found["refused"] is False
    assert [loss["what"] for loss in found["losses"]] == ["stop_reason"]


STREAM = b"".join(
    b"data: %b\n\n" % data
    for data in (
        b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
        b'[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}',
        b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
        b'[{"index":0,"delta":{},"finish_reason":"stop"}]}',
        b"[DONE]",
    )
)
STREAMED = ("--from", "openai_chat", "--kind", "stream")


def test_a_stream_becomes_a_stream(type_in: TypeIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert type_in(STREAM, *STREAMED, "--to", "anthropic_messages") == 0
    out = capsys.readouterr().out
    assert out.startswith("event: message_start\n")
    assert out.endswith('data: {"type":"message_stop"}\n\n')
    assert type_in(STREAM, *STREAMED, "--to", "anthropic_messages", "--json") == 0
    assert told(capsys)["body"] == out


def test_frames_are_bytes_and_in_json_base64(
    type_in: TypeIn, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert type_in(STREAM, *STREAMED, "--to", "bedrock_converse", "--json") == 0
    frames = base64.b64decode(json.loads(capfdbinary.readouterr().out)["body_base64"])
    assert b"messageStop" in frames
    assert type_in(STREAM, *STREAMED, "--to", "bedrock_converse") == 0
    assert capfdbinary.readouterr().out == frames
    ways = ("--from", "bedrock_converse", "--kind", "stream", "--to", "openai_chat")
    assert type_in(frames, *ways) == 0
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    capfdbinary.readouterr()
    assert type_in(STREAM, *STREAMED, "--to", "bedrock_converse") == 0
    assert bytes.fromhex(capfdbinary.readouterr().out.decode()) == frames


def test_a_stream_that_breaks_off_is_bad_news(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = STREAM[: STREAM.index(b"data: ", 9)]
    assert type_in(broken, *STREAMED, "--to", "anthropic_messages") == 1
    written = capsys.readouterr()
    assert "message_stop" not in written.out
    assert "the stream breaks off" in written.err
    assert type_in(broken, *STREAMED, "--to", "anthropic_messages", "--json") == 1
    assert told(capsys)["whole"] is False


@pytest.mark.parametrize(
    ("body", "arguments", "words"),
    [
        (b"oh", ("--from", "openai_chat", "--to", "openai_responses"), "the body is not JSON"),
        (
            {"messages": 7},
            ("--from", "openai_chat", "--to", "openai_responses"),
            "`messages` in the body must be a list",
        ),
        (
            {"choices": 7},
            ("--from", "openai_chat", "--to", "openai_responses", "--kind", "answer"),
            "`choices` in the provider's answer must be a list; `--from` says that it is of "
            "`openai_chat`",
        ),
        (CHAT, ("--from", "openai_cat", "--to", "openai_chat"), "did you mean `openai_chat`"),
        (CHAT, ("--to", "openai_chat"), "`--from` is missing: say what dialect the body has"),
        (
            CHAT,
            ("--from", "openai_chat", "--to", "openai_embeddings"),
            "`openai_chat` and `openai_embeddings` ask for different things",
        ),
        (
            CHAT,
            ("--from", "anthropic_count_tokens", "--to", "openai_chat"),
            "`anthropic_count_tokens` and `openai_chat` ask for different things",
        ),
        (
            CHAT,
            ("--from", "openai_embeddings", "--to", "cohere_embeddings", "--kind", "stream"),
            "embeddings and counts never stream; say `answer`",
        ),
        (
            CHAT,
            ("--from", "openai_chat", "--to", "gemini_generate", "--allow", "sed"),
            "`--allow`: no feature `sed`; did you mean `seed`?",
        ),
        (
            b"",
            ("--sample", "sed", "--to", "gemini_generate"),
            "`--sample`: no row `sed` in the loss matrix; did you mean `seed`?",
        ),
        (
            b"",
            ("--sample", "seed", "--to", "gemini_generate", "--kind", "stream"),
            "samples are requests and answers",
        ),
        (
            b"",
            ("--sample", "seed", "--to", "gemini_generate", "--from", "cohere_embeddings"),
            "samples of this kind are not said in `cohere_embeddings`; choose from",
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    body: object,
    arguments: tuple[str, ...],
    words: str,
    type_in: TypeIn,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert type_in(body, *arguments) == 2
    written = capsys.readouterr()
    assert words in written.err
    assert (written.out, written.err.count("\n")) == ("", 1)


def test_a_body_larger_than_the_gateways_bound_is_not_read(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.cli.translate.BODY_BYTES_MAX", 10)
    assert type_in(CHAT, "--from", "openai_chat", "--to", "openai_chat") == 2
    assert "the body is larger than 10 bytes; send less" in capsys.readouterr().err


def besides(sheet: Sheet, carrier: Column, column: Column) -> set[str]:
    """What a request with nothing to it loses on that way: what its dialect always says."""
    if sheet != "embedding request":
        return set()
    source, target = embedding_codec_of(carrier.dialect), embedding_codec_of(column.dialect)
    assert source is not None
    assert target is not None
    plain = EmbeddingRequest(model="m", inputs=(EmbeddingInput(parts=(Text(text="Hello"),)),))
    body = source.encode_request(plain, Target(model=carrier.model)).body
    again = source.decode_request(body, model=column.model)
    return {loss.what for loss in target.encode_request(again, Target(model=column.model)).losses}


Lost = set[tuple[str, str]]


@pytest.mark.parametrize(("sheet", "row"), CELLS)
def test_every_row_of_the_loss_matrix_is_reproduced(
    sheet: Sheet,
    row: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sample in a dialect that carries it, piped through the command."""
    kind: Kind = "request" if sheet.endswith("request") else "answer"
    cells = row_of(sheet, row)

    def lost(carrier: Column, column: Column) -> Lost:
        body = sampled(sheet, row, carrier).body
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        status = ended_call(carrier.dialect, column, kind)
        found = {(loss["what"], loss["severity"]) for loss in told(capsys)["losses"]}
        assert status == (1 if kind == "request" and "refuse" in dict(found).values() else 0)
        return {one for one in found if one[0] not in besides(sheet, carrier, column)}

    def meant(carrier: Column, column: Column) -> Lost:
        always = besides(sheet, carrier, column)
        losses = cells[column.name].losses
        return {(loss.what, loss.severity) for loss in losses if loss.what not in always}

    for carrier in carriers_of(sheet, row):
        others = [column for column in columns(sheet) if column != carrier]
        if all(lost(carrier, column) == meant(carrier, column) for column in others):
            return
    pytest.fail("no dialect that carries it leads to what the matrix says")


@pytest.mark.parametrize(("sheet", "row"), CELLS)
def test_a_sample_is_shown_by_its_name(
    sheet: Sheet, row: str, type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    column = columns(sheet)[-1]
    kind = "request" if sheet.endswith("request") else "answer"
    ways = ("--to", column.dialect, "--kind", kind, "--model", column.model, "--json")
    type_in(b"", "--sample", row, *ways)
    cell = row_of(sheet, row)[column.name]
    assert [loss["path"] for loss in told(capsys)["losses"]] == [one.path for one in cell.losses]


def test_a_sample_goes_by_way_of_another_dialect(
    type_in: TypeIn, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = ("--sample", "seed", "--to", "openai_chat", "--json")
    assert type_in(b"", *ways) == 0
    assert told(capsys)["body"]["seed"] == 7
    assert type_in(b"", *ways, "--from", "anthropic_messages") == 0
    assert "seed" not in told(capsys)["body"]


def ended_call(source: Dialect, column: Column, kind: Kind) -> int:
    """As `type_in`, without the parsing of a command line, which takes longer than the rest."""
    try:
        translate(from_=source, to=column.dialect, kind=kind, model=column.model, as_json=True)
    except SystemExit as end:
        return 0 if end.code is None else int(end.code)
    return 0


def test_help_names_every_dialect(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["translate", "--help"]) == 0
    written = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert codec_of("bedrock_converse") is not None
    for word in ("openai_chat", "bedrock_converse", "gemini_embeddings", "Nothing is sent"):
        assert word in written


def test_a_shell_completes_the_dialects(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    place = script.index('"--from" "--to"')
    assert "anthropic_messages" in script[place : place + 3000]
