"""Frames of the link: whole however they are cut, bounded, and addressed in any folder."""

import asyncio
import os
from pathlib import Path

import pytest

from detente.accounts.messages import Answer, Ask, Have, Kept, Want
from detente.gateway.guarding.held_requests import Content
from detente.gateway.link import messages
from detente.gateway.link.messages import (
    SOCKET_NAME,
    WRITE_BUFFER_BYTES_MAX,
    Counted,
    HeldAsked,
    HeldTold,
    Hello,
    Link,
    LinkMessage,
    MessageTooLarge,
    address_of,
)


class Pipe(asyncio.Transport):
    """Takes what is written; can be full, or closing."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.waiting_bytes = 0
        self.closing = False
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted = True

    def get_write_buffer_size(self) -> int:
        return self.waiting_bytes


MESSAGES: tuple[LinkMessage, ...] = (
    Hello(worker="w0", holder="w0-1p1", keys_version=7),
    Kept(good_until_us=5, outage=True),
    Counted(worker="w0", refused={"rate_limited key": 2}),
    Ask(number=1, holder="w0-1p1", wants=(Want(account="a", limit=10**24, need=10**20),)),
    HeldAsked(number=3, id="req_1", word="release", by="ops"),
    HeldTold(number=3, content=Content(text="é\n", whole=True)),
    Answer(number=1, good_until_us=5, haves=(Have(account="a", granted=2**64, left=-(10**24)),)),
)


def made() -> tuple[Link, Pipe, list[LinkMessage], list[Link]]:
    heard: list[LinkMessage] = []
    lost: list[Link] = []
    link = Link(lambda _, message: heard.append(message), lost.append)
    pipe = Pipe()
    link.connection_made(pipe)
    return link, pipe, heard, lost


@pytest.mark.parametrize("piece_bytes", [1, 3, 7, 1_000])
def test_messages_are_whole_however_they_are_cut(piece_bytes: int) -> None:
    sender, pipe, _, _ = made()
    assert all(sender.send(message) for message in MESSAGES)
    link, _, heard, _ = made()
    for start in range(0, len(pipe.written), piece_bytes):
        link.data_received(pipe.written[start : start + piece_bytes])
    assert tuple(heard) == MESSAGES


def test_nobody_hears_before_the_beginning_and_after_the_end() -> None:
    unmet = Link(lambda _, __: None, lambda _: None)
    assert not unmet.send(MESSAGES[0])
    link, pipe, _, lost = made()
    link.close()
    assert pipe.closing
    assert not link.send(MESSAGES[0])
    link.connection_lost(None)
    link.close()
    assert lost == [link]
    assert not link.send(MESSAGES[0])


def test_who_reads_too_slowly_is_cut_off() -> None:
    link, pipe, _, _ = made()
    pipe.waiting_bytes = WRITE_BUFFER_BYTES_MAX + 1
    assert not link.send(MESSAGES[0])
    assert pipe.aborted


def test_what_the_other_side_would_not_take_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "FRAME_BYTES_MAX", 100)
    link, pipe, _, _ = made()
    with pytest.raises(MessageTooLarge, match=r"HeldTold of \d+ bytes"):
        link.send(HeldTold(number=3, content=Content(text="x" * 100, whole=True)))
    assert (pipe.written, pipe.closing) == (b"", False)
    assert link.send(HeldTold(number=3))


def test_a_socket_may_lie_deep(tmp_path: Path) -> None:
    path, folder = address_of(tmp_path)
    if folder is not None:  # wherever the tests run
        os.close(folder)
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    path, folder = address_of(deep)
    assert folder is not None
    try:
        assert path == f"/proc/self/fd/{folder}/{SOCKET_NAME}"
        Path(path).touch()
        assert (deep / SOCKET_NAME).exists()
    finally:
        os.close(folder)
