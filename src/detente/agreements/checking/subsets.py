"""Of a large set of agreements, what can change an answer about one model.

Looked up by publisher and by model, so that three hundred models do not each read every clause.
Leaves places to the compiled form: a clause may be in a subset and still reach no deployment.

>>> [clause.id for clause in Subsets(agreements).about(model).clauses]
['azure-2026/gpt-5']
"""

import re

import msgspec

from detente.agreements.agreement import AgreementSet
from detente.agreements.reach import pattern
from detente.agreements.scope import Scope, words
from detente.canonical.decision import ClauseId
from detente.canonical.model import Model


class Subsets:
    """A set of agreements, indexed by what its scopes say of models."""

    def __init__(self, agreements: AgreementSet) -> None:
        self._agreements = agreements
        self._named: dict[str, list[int]] = {}
        self._published: dict[str | None, list[int]] = {}
        self._patterned: list[tuple[re.Pattern[str], int]] = []
        self._amenders: dict[ClauseId, list[int]] = {}
        for index, clause in enumerate(agreements.clauses):
            for scope in clause.scopes:  # of a commitment also what counts towards it
                self._file(index, scope)
            if clause.amends is not None:
                self._amenders.setdefault(clause.amends, []).append(index)

    def _file(self, index: int, scope: Scope) -> None:
        names = words(scope.model)
        if any("*" in name or "?" in name for name in names):
            self._patterned.append((pattern(names), index))
        elif scope.model is not None:
            for name in set(names):
                self._named.setdefault(name, []).append(index)
        else:
            published = (None,) if scope.publisher is None else words(scope.publisher)
            for publisher in set(published):
                self._published.setdefault(publisher, []).append(index)

    def about(self, model: Model) -> AgreementSet:
        """The clauses whose scope takes in the model, with what amends or supersedes them."""
        clauses = self._agreements.clauses
        found = {
            *self._named.get(model.name, ()),
            *self._published.get(None, ()),
            *self._published.get(model.publisher, ()),
            *(i for sought, i in self._patterned if sought.fullmatch(model.name)),
        }
        found = {i for i in found if any(_published_by(s, model) for s in clauses[i].scopes)}
        amending = {i for known in found for i in self._amenders.get(clauses[known].id, ())}
        kept = tuple(clauses[i] for i in sorted(found | amending))
        own = {clause.agreement for clause in kept}
        return msgspec.structs.replace(
            self._agreements,
            clauses=kept,
            agreements=tuple(
                agreement
                for agreement in self._agreements.agreements
                if agreement.id in own or not own.isdisjoint(agreement.supersedes)
            ),
        )


def _published_by(scope: Scope, model: Model) -> bool:
    return scope.publisher is None or model.publisher in words(scope.publisher)
