"""Looks for safety signals in what passes by, at next to no cost where there are none.

What is found is for the ledger: nothing is held back or changed.

>>> watch = SafetyWatch("openai_chat", passes=True)
>>> watch.look(b'data: {"choices":[{"finish_reason":"content_filter"}]}\\n\\n')
>>> watch.signals[0].action
'blocked'
"""

from typing import Final

from detente.canonical.failure import ProviderFault
from detente.canonical.model import Dialect
from detente.canonical.safety import SafetySignal, told
from detente.dialects import Route
from detente.dialects._envelope.invoke_stream import FramesOpened
from detente.dialects._framing.aws_events import AwsEventCutter
from detente.dialects.codec import AWS_EVENTS
from detente.dialects.envelope import stream_content_type
from detente.dialects.safety import error_signals_of, look_of, signals_in, signals_of
from detente.gateway.http.message import Response
from detente.gateway.upstream.endpoint import Endpoint, Step

REST_BYTES_MAX: Final = 256 * 1024
"""Of half an event that is kept for its other half; signals stand in short ones."""


class SafetyWatch:
    """What one stream of a dialect that has signals says of safety.

    `passes` is whether it is shown what the client gets, whole events only; else it is shown what
    comes, of which `framed` says that each event is wrapped in a frame of InvokeModel's.
    """

    __slots__ = ("_cutter", "_dialect", "_may_tell", "_opened", "_rest", "passes", "signals")

    def __init__(self, dialect: Dialect, *, passes: bool, framed: bool = False) -> None:
        look = look_of(dialect)
        assert look is not None
        self.passes = passes
        self.signals: tuple[SafetySignal, ...] = ()
        self._dialect: Dialect = dialect
        self._may_tell = look
        self._opened = FramesOpened() if framed else None
        self._rest = b""
        self._cutter: AwsEventCutter | None = None
        if not passes and dialect == "bedrock_converse":
            self._cutter = AwsEventCutter()

    def look(self, piece: bytes) -> None:
        """A piece of the stream has passed."""
        if not self.passes:
            piece = self._whole(piece)
        if self._may_tell(piece):
            self.signals = told((*self.signals, *signals_in(self._dialect, piece)))

    def _whole(self, piece: bytes) -> bytes:
        """The events that are whole now; the rest waits for its other half."""
        try:
            if self._opened is not None:
                return self._opened.feed(piece)
            if self._cutter is not None:
                return b"".join(self._cutter.frames(piece))
        except ProviderFault:  # told by whoever reads the stream for the client
            return b""
        joined = self._rest + piece
        end = joined.rfind(b"\n") + 1
        self._rest = joined[end:][:REST_BYTES_MAX]
        return joined[:end]


def safety_found(endpoint: Endpoint, answer: Response) -> tuple[SafetySignal, ...]:
    """What a whole answer says of safety, nothing yet of one that is streamed."""
    if answer.streaming:
        return ()
    if answer.status >= 300:
        return error_signals_of(answer.body)
    return signals_of(endpoint.spec.name, answer.body)


def safety_watch(step: Step | None, route: Route | None) -> SafetyWatch | None:
    """What looks at the stream of `step`, None where it has nothing to look for."""
    if step is None or look_of(step.endpoint.spec.name) is None:
        return None
    endpoint = step.endpoint
    wrapped = route is not None and route.envelope is not None
    framed = endpoint.envelope is not None and stream_content_type(endpoint.envelope) == AWS_EVENTS
    passes = step.outgoing is None and not wrapped
    return SafetyWatch(endpoint.spec.name, passes=passes, framed=framed)
