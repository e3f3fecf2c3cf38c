"""What is read of messages; every other member is skipped unread."""

import msgspec

from detente.dialects._anthropic.tokens import MessageUsage


class MessagesRequest(msgspec.Struct, gc=False):
    """The head of a request; `max_tokens` is required by the platform, not by us."""

    model: str
    stream: bool | None = None
    max_tokens: int | None = None
    tools: msgspec.Raw = msgspec.Raw()
    thinking: msgspec.Raw = msgspec.Raw()
    output_config: msgspec.Raw = msgspec.Raw()
    output_format: msgspec.Raw = msgspec.Raw()


class Message(msgspec.Struct, gc=False):
    """A whole answer."""

    usage: MessageUsage | None = None


class Event(msgspec.Struct, gc=False):
    """One event of a stream: `message_start` has its usage inside the message."""

    type: str = ""
    message: Message | None = None
    usage: MessageUsage | None = None
    delta: msgspec.Raw = msgspec.Raw()
