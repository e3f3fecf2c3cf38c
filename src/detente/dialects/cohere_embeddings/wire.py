"""What the pass-through lane reads of Cohere's embeddings; every other member is skipped unread."""

import msgspec


class EmbedRequest(msgspec.Struct, gc=False):
    """The head of a request."""

    model: str


class BilledUnits(msgspec.Struct, gc=False):
    """What is billed; the API types its counts as floats."""

    input_tokens: float | None = None
    image_tokens: float | None = None


class Meta(msgspec.Struct, gc=False):
    """What is said about the answer."""

    billed_units: BilledUnits | None = None


class EmbedResponse(msgspec.Struct, gc=False):
    """A whole answer; the vectors are not looked at."""

    meta: Meta | None = None
