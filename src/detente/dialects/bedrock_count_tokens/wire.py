"""What is read of a counting request; the rest is another dialect's."""

import msgspec


class Converse(msgspec.Struct, gc=False):
    """The head of a Converse request."""

    toolConfig: msgspec.Raw = msgspec.Raw()  # noqa: N815 - as the API spells it


class Invoke(msgspec.Struct, gc=False):
    """A body of InvokeModel, in base64."""

    body: str


class HeadInput(msgspec.Struct, gc=False):
    """What is counted, as far as the head needs it."""

    converse: Converse | None = None


class HeadRequest(msgspec.Struct, gc=False):
    """The head of a request; the path names the model."""

    input: HeadInput


class Input(msgspec.Struct, gc=False):
    """What is counted: exactly one of both."""

    converse: msgspec.Raw = msgspec.Raw()
    invokeModel: Invoke | None = None  # noqa: N815 - as the API spells it


class CountRequest(msgspec.Struct, gc=False):
    """A whole request."""

    input: Input
