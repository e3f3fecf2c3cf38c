"""What is read of a counting request; every other member is skipped unread."""

import msgspec


class CountRequest(msgspec.Struct, gc=False):
    """The head of a request; the path names the model, a body may repeat it."""

    model: str | None = None
    tools: msgspec.Raw = msgspec.Raw()
