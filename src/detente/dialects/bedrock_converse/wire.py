"""What is read of Converse in passing; every other member is skipped unread."""

import msgspec


class Inference(msgspec.Struct, gc=False):
    """The client's own bound."""

    maxTokens: int | None = None  # noqa: N815 - as the API spells it


class ConverseRequest(msgspec.Struct, gc=False):
    """The head of a request; model and manner of answer stand in the path."""

    inferenceConfig: Inference | None = None  # noqa: N815 - as the API spells it
    toolConfig: msgspec.Raw = msgspec.Raw()  # noqa: N815 - as the API spells it
    outputConfig: msgspec.Raw = msgspec.Raw()  # noqa: N815 - as the API spells it
    additionalModelRequestFields: msgspec.Raw = msgspec.Raw()  # noqa: N815 - as the API spells it


class Reported(msgspec.Struct, gc=False):
    """An answer, and the event that reports usage."""

    usage: dict[str, msgspec.Raw] | None = None
    serviceTier: object = None  # noqa: N815 - as the API spells it
