"""The translation lane for counting tokens: as `translation`, without streams.

What decides how an answer is made (temperature, bounds, tiers) does not change what is counted, and
to leave it behind is no loss here.

>>> from detente.dialects import counting_codec_of
>>> body = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
>>> translation = CountingTranslation(counting_codec_of("anthropic_count_tokens"), body)
>>> out = translation.encoded_for(counting_codec_of("openai_input_tokens"), Target(model="gpt"))
>>> out.answer(b'{"object":"response.input_tokens","input_tokens":8}', Reply()).body
b'{"input_tokens":8}'
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.failure import ClientFault, ProviderFault
from detente.canonical.loss import Loss
from detente.canonical.request import Request
from detente.dialects._codec.losses import Losses
from detente.dialects._translation.fitting import fitted
from detente.dialects._translation.memory import Memory, reminded
from detente.dialects._translation.names import renamed
from detente.dialects.codec import ErrorText, Reply, Target
from detente.dialects.counting_codec import CountingCodec
from detente.dialects.translation import TOO_DEEP, Answer

UNCOUNTED: Final = frozenset(
    (
        "audio_output",
        "cache_key",
        "cache_mark",
        "choices",
        "frequency_penalty",
        "input_range",
        "logprobs",
        "max_output_tokens",
        "metadata",
        "modalities",
        "presence_penalty",
        "seed",
        "service_tier",
        "stop",
        "store",
        "temperature",
        "top_k",
        "top_p",
        "user",
    )
)
"""Features that are about the answer, or about who pays: the same tokens go in without them."""


class CountingTranslation:
    """One request of a client, decoded; raises `ClientFault` where it cannot be."""

    __slots__ = ("client", "request")

    def __init__(self, client: CountingCodec, body: bytes, *, model: str | None = None) -> None:
        self.client = client
        self.request: Request = client.decode_request(body, model=model)

    def remind(self, memories: Mapping[str, Memory]) -> None:
        """Put back what is remembered of the conversation's calls, by their ids: it counts."""
        self.request = reminded(self.request, memories)

    def encoded_for(self, upstream: CountingCodec, target: Target) -> "CountingOutgoing":
        """The request for one upstream: what it cannot count is among the losses.

        Raises `ClientFault` only for a body that is nested deeper than can be written.
        """
        losses = Losses()
        request = fitted(self.request, target.capabilities, losses)
        request, _ = renamed(request, tool_names=upstream.tool_names, call_ids=upstream.call_ids)
        try:
            encoded = upstream.encode_request(request, target)
        except RecursionError:
            raise ClientFault("request_invalid", TOO_DEEP) from None
        named = (*losses.found, *encoded.losses)
        return CountingOutgoing(
            self.client,
            upstream,
            body=encoded.body,
            losses=tuple(loss for loss in named if loss.what not in UNCOUNTED),
        )


class CountingOutgoing:
    """A request as one upstream is sent it, and how to read the answer."""

    __slots__ = ("_client", "_upstream", "body", "losses")

    def __init__(
        self,
        client: CountingCodec,
        upstream: CountingCodec,
        *,
        body: bytes,
        losses: tuple[Loss, ...],
    ) -> None:
        self.body = body
        self.losses = losses
        self._client = client
        self._upstream = upstream

    def answer(self, body: bytes, reply: Reply) -> Answer:
        """An answer for the client; raises `ProviderFault`. Counting uses no tokens."""
        del reply
        try:
            encoded = self._client.encode_response(self._upstream.decode_response(body))
        except RecursionError:
            raise ProviderFault("upstream_failed", "the answer is nested too deeply") from None
        return Answer(body=encoded.body, usage=None, losses=encoded.losses)

    def error(self, body: bytes) -> ErrorText | None:
        """What the upstream says in an error answer, None where it cannot be read."""
        return self._upstream.read_error(body)
