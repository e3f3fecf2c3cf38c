"""What is read of a counting request; every other member is skipped unread."""

import msgspec


class CountRequest(msgspec.Struct, gc=False):
    """The head of a request; the path names the model, a body may repeat it."""

    model: str | None = None
    tools: msgspec.Raw = msgspec.Raw()


class Counted(msgspec.Struct, gc=False):
    """What is to be counted: turns beside other members, or a request, in either spelling."""

    contents: msgspec.Raw = msgspec.Raw()
    camel: msgspec.Raw = msgspec.field(name="generateContentRequest", default=msgspec.Raw())
    snake: msgspec.Raw = msgspec.field(name="generate_content_request", default=msgspec.Raw())
