"""The head of a counting request: that of a response, which is never made here."""

import msgspec

from detente.dialects.openai_responses import SPEC as RESPONSES
from detente.dialects.spec import RequestHead


def read_request(body: bytes) -> RequestHead:
    """The head of a request; raises `ClientFault` (see `Spec.read_request`)."""
    head = RESPONSES.read_request(body)
    return msgspec.structs.replace(head, stream=False, asks_usage=False, output_tokens_max=None)
