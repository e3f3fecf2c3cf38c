"""What a client can vary at will does not multiply classes of question."""

from detente.agreements import compile_agreements
from detente.agreements.classes import class_of, labels_that_count
from tests.agreements.scenes import AWS, AZURE, loaded, question, world

SECRET = 'id = "no"\ntype = "forbid"\nscope = { labels = { data = ["secret", "private"] } }'


def test_labels_that_a_scope_mentions_count() -> None:
    assert labels_that_count(loaded(SECRET)) == {("data", "secret"), ("data", "private")}


def test_other_labels_of_a_request_make_no_class_of_their_own() -> None:
    counting = labels_that_count(loaded(SECRET))
    plain = class_of(question(), counting)
    for labels in ({"trace": "1"}, {"data": "public"}):
        assert class_of(question(header_labels=labels), counting) == plain
    assert class_of(question(header_labels={"data": "secret"}), counting) != plain
    assert class_of(question(labels={"trace": "1"}), counting) != plain


def test_providers_are_a_set() -> None:
    one = question(providers=("azure", "aws"))
    other = question(providers=("aws", "azure", "aws"))
    compiled = compile_agreements(world(AZURE, AWS), loaded(SECRET))
    assert compiled.decide(one) is compiled.decide(other)
