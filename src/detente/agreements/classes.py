"""The class of a question: what of it can make a difference, its instants and refusals apart.

What a client can vary at will without changing an answer (a label that no clause mentions, the
order in which it names providers) is left out, so that it costs neither memory nor ids.
"""

from detente.agreements.agreement import AgreementSet
from detente.canonical.question import Question


def labels_that_count(agreements: AgreementSet) -> frozenset[tuple[str, str]]:
    """The labels, by name and value, that the scope of any clause mentions."""
    return agreements.labels_that_count


def class_of(q: Question, counting: frozenset[tuple[str, str]]) -> tuple[object, ...]:
    """The class of `q`, where of the request's labels only those `counting` matter."""
    return (
        q.model,
        q.interface,
        q.project,
        q.labels,
        q.header_labels and tuple(label for label in q.header_labels if label in counting),
        q.features,
        q.providers if q.providers is None else tuple(sorted(set(q.providers))),
        q.region,
        q.events,
        q.offers,
    )
