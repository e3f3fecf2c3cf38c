"""The stream of a chat with Ollama in passing."""

import pytest

from detente.canonical.failure import ProviderFault
from detente.canonical.usage import Usage
from detente.dialects.ollama_chat.tap import ChatTap, tap
from detente.dialects.spec import RequestHead
from tests.conftest import Recorded
from tests.dialects.splits import read_stream, same_for_every_split

USAGE = Usage(uncached_input_tokens=3, visible_output_tokens=2)
LINE = b'{"model":"m","message":{"content":"he said \\"done\\":true"},"done":false}\n'
END = b'{"message":{"content":""},"done":true,"prompt_eval_count":3,"eval_count":2}\n'


def test_a_whole_stream() -> None:
    body = LINE * 3 + END
    seen = same_for_every_split(lambda: tap(RequestHead(model="m")), body)
    assert (seen.shown, seen.usage, seen.complete, seen.failed) == (body, USAGE, True, False)
    assert seen.output_tokens == 3


def test_half_a_line_is_held_and_no_end_is_no_end() -> None:
    cutter = ChatTap()
    assert cutter.feed(LINE + b'{"mess') == LINE
    assert (cutter.complete, cutter.output_tokens_seen()) == (False, 1)
    assert cutter.close() == b'{"mess'
    assert not cutter.complete


def test_the_last_line_may_lack_its_end() -> None:
    seen = same_for_every_split(ChatTap, LINE + END.rstrip())
    assert (seen.complete, seen.usage) == (True, USAGE)


def test_an_error_is_seen() -> None:
    seen = same_for_every_split(ChatTap, LINE + b'{"error":"too busy"}\n' + END)
    assert (seen.complete, seen.failed) == (False, True)
    assert not same_for_every_split(ChatTap, b'{"error":\n').failed


def test_a_line_has_a_bound() -> None:
    with pytest.raises(ProviderFault):
        ChatTap(event_bytes_max=10).feed(b"x" * 11)


def test_recorded_streams(recorded: Recorded) -> None:
    streams = [one for one in recorded("ollama") if one["stream"] and "chat" in one["path"]]
    assert streams
    for one in streams:
        body = one["response"]["text"].encode()
        seen = read_stream(ChatTap(), body, [97])
        assert (seen.shown, seen.complete, seen.failed) == (body, True, False)
        assert seen.usage is not None
        assert abs(seen.output_tokens - seen.usage.output_tokens) <= 1
