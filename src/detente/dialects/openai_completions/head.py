"""The head of a completions request: chat's, but that several prompts are answered each by itself.

>>> read_request(b'{"model": "m", "prompt": ["a", "b"], "n": 2}').answers_asked
4
"""

from typing import Final, cast

import msgspec

from detente.dialects._framing.heads import answers_asked
from detente.dialects.openai_chat import head as chat
from detente.dialects.spec import RequestHead

_BATCH: Final = (b'"best_of"', b'"n"', b'"prompt"', b"\\")
"""A backslash: a name may hide behind an escape."""


class Batch(msgspec.Struct, gc=False):
    """What says how many texts are written."""

    prompt: object = None
    n: msgspec.Raw = msgspec.Raw()
    best_of: msgspec.Raw = msgspec.Raw()


_DECODER: Final = msgspec.json.Decoder(Batch)


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    head = chat.read_request(body)
    several = any(mark in body for mark in _BATCH)
    answers = _answers(_DECODER.decode(body)) if several else 1
    return head if answers == 1 else msgspec.structs.replace(head, answers_asked=answers)


def _answers(batch: Batch) -> int:
    """Texts that are written and billed: of `best_of` tries all, for each prompt of a list. A list
    of numbers is one prompt, given as tokens."""
    tries = max(answers_asked(batch.n), answers_asked(batch.best_of))
    if type(batch.prompt) is not list:
        return tries
    prompts = cast("list[object]", batch.prompt)
    several = [one for one in prompts if type(one) is not int]
    return tries * max(1, len(several))
