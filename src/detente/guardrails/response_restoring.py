"""Originals put back into an answer that came whole, and into what streams give whole.

Wherever an answer has text (`value_rewriting`), keys and strings of a dialect's own values, too.
Log probabilities of tokens stay as they came: a stand-in is many tokens, an original would be
others, and their probabilities are not known. They say what the model wrote: stand-ins.

>>> call = ToolCall(id="1", name="mail", arguments='{"to":"⟨EMAIL_abcdefghijklm⟩"}')
>>> restorer = ValueRestorer({"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"})
>>> restorer.part(call).arguments
'{"to":"ann@contoso.com"}'
"""

from detente.canonical.content import TokenLogprob
from detente.canonical.response import Response
from detente.guardrails.restoring import Form, Originals, StreamRestorer, made_ready, restored_as
from detente.guardrails.value_rewriting import Spoken, ValueRewriter


def restored_response(
    response: Response, originals: Originals, *, structured: bool = False
) -> Response:
    """`response` with its originals; `structured` where the request asked for JSON."""
    return ValueRestorer(originals, structured=structured).response(response)


class ValueRestorer(ValueRewriter):
    """Puts originals back into canonical values."""

    __slots__ = ("stand_ins",)

    def __init__(self, originals: Originals, *, structured: bool = False) -> None:
        super().__init__(structured=structured)
        self.stand_ins = made_ready(originals)

    def rewritten(self, form: Form, text: str) -> str:
        """A text of that form, with its originals."""
        return restored_as(form, text, self.stand_ins)

    def spoken(self, form: Form, text: str, logprobs: tuple[TokenLogprob, ...]) -> Spoken:
        """The same, with where places went."""
        restorer = StreamRestorer(self.stand_ins, form)
        return Spoken(text=restorer.close(text), logprobs=logprobs, moved=restorer.moved)

    def unseen(self, kind: str) -> None:
        """Nothing: what holds no text has no stand-in."""
