"""One request of a conversation that the platform keeps: what of it is known before it is sent, and
what is kept of it once it is answered.

For requests whose policies say `remember`, at deployments that get stand-ins. Each map has all that
the conversation had so far, so that a conversation may go on from any of its answers.

    turn = KeptTurn(kept, asked_history(body, dialect, unread), project)
    turn.originals  # put these back, too
    turn.begun(answer, form.originals)  # before its last byte
"""

from collections.abc import Mapping

from detente.canonical.events import Started
from detente.canonical.response import Response
from detente.gateway.kept_conversations import KeptConversations
from detente.guardrails.blocking import GuardrailRefusal
from detente.guardrails.kept_history import KeptHistory, answer_id, joined
from detente.guardrails.kept_maps import KeptMapError


class KeptTurn:
    """See the module. Raises `GuardrailRefusal` where the request goes on with history of which
    nothing, or not all, is known here."""

    __slots__ = ("_asked", "_kept", "_project", "originals")

    def __init__(self, kept: KeptConversations, asked: KeptHistory, project: str | None) -> None:
        self._kept = kept
        self._asked = asked
        self._project = project or ""
        if asked.others:
            message = (
                "the request refers to history that the platform keeps and nobody here knows, so "
                "that stand-ins in it could not be put back; send the history"
            )
            raise GuardrailRefusal(message, blame="client")
        try:
            self.originals: Mapping[str, str] = kept.recall(self._project, asked.ids)
        except KeptMapError as error:
            raise GuardrailRefusal(str(error), blame="client") from None

    def joined(self, originals: Mapping[str, str]) -> Mapping[str, str]:
        """What is to be put back into the answer: what is known, and the request's own originals.

        Raises `GuardrailRefusal` where one stand-in would stand for two.
        """
        try:
            return joined(self.originals, originals)
        except KeptMapError as error:
            raise GuardrailRefusal(str(error), blame="client") from None

    def begun(self, answer: Response | Started, originals: Mapping[str, str]) -> None:
        """Keep what belongs to an answer whose id is known; `originals` are the request's own.

        Raises `GuardrailRefusal` where that cannot be: then the client must not get the rest of the
        answer, which it could go on with.
        """
        try:
            together = joined(self.originals, originals)
            for name in self._asked.kept_as(answer_id(answer)):
                self._kept.keep(self._project, name, together)
        except KeptMapError as error:
            raise GuardrailRefusal(str(error), blame="ours") from None
