"""One request of a conversation that the platform keeps: what of it is known before it is sent, and
what is kept of it once it is answered.

For requests whose policies say `remember`, at deployments that get stand-ins. Each map has all that
the conversation had so far, so that it may go on from any of its answers. Nothing is read before
somebody asks.

    turn = KeptTurn(kept, asked_history(body, dialect, unread), project)
    turn.known  # to be put back, too; None: refuse with `turn.refusal`
    turn.begun(answer, form.originals, "openai_responses")  # before its last byte
"""

from collections.abc import Mapping
from typing import Final

from detente.canonical.events import Started
from detente.canonical.model import Dialect
from detente.canonical.response import Response
from detente.gateway.guarding.kept_conversations import KeptConversations
from detente.guardrails.blocking import GuardrailRefusal
from detente.guardrails.kept_history import KEEPING, KeptHistory, answer_id, joined
from detente.guardrails.kept_maps import KeptMapError

_OTHERS: Final = (
    "the request refers to history that the platform keeps and nobody here knows, so that "
    "stand-ins in it could not be put back; send the history"
)


class KeptTurn:
    """See the module. `refusal` is why the request must not be sent: it goes on with history of
    which nothing, or not all, is known here. It is None while nobody has asked for `known`."""

    __slots__ = ("_asked", "_kept", "_known", "_project", "refusal")

    def __init__(self, kept: KeptConversations, asked: KeptHistory, project: str | None) -> None:
        self.refusal: GuardrailRefusal | None = None
        self._kept = kept
        self._asked = asked
        self._project = project or ""
        self._known: Mapping[str, str] | None = None

    @property
    def known(self) -> Mapping[str, str] | None:
        """The originals of what the request goes on with, by stand-in; None where it is refused."""
        if self._known is None and self.refusal is None:
            try:
                if self._asked.others:
                    raise KeptMapError(_OTHERS)
                self._known = self._kept.recall(self._project, self._asked.ids)
            except KeptMapError as error:
                self.refusal = GuardrailRefusal(str(error), blame="client")
        return self._known

    def begun(
        self, answer: Response | Started, originals: Mapping[str, str], upstream: Dialect
    ) -> None:
        """Keep what belongs to an answer whose id is known, where a platform of dialect `upstream`
        keeps it; `originals` are the request's own.

        Raises `GuardrailRefusal` where that cannot be: then the client must not get the rest of the
        answer, for it could go on with it.
        """
        known = self.known
        if self.refusal is not None:
            raise self.refusal
        assert known is not None
        if upstream not in KEEPING:
            return
        try:
            together = joined(known, originals)
            for name in self._asked.kept_as(answer_id(answer)):
                self._kept.keep(self._project, name, together)
        except KeptMapError as error:
            raise GuardrailRefusal(str(error), blame="ours") from None
