"""What is read of a counting request; every other member is skipped unread."""

import msgspec


class CountRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str
    tools: msgspec.Raw = msgspec.Raw()
