"""Chat requests, cut to what counting takes."""

from detente.dialects._codec.counted import cut

KNOWN = frozenset(("model", "max_tokens", "messages"))
TAKEN = frozenset(("model", "messages"))


def test_known_members_that_are_not_taken_are_cut() -> None:
    body = b'{"model":"m","max_tokens":9,"messages":[{"max_tokens":1}],"new":{"a":1}}'
    cut_body = cut(body, known=KNOWN, taken=TAKEN)
    assert cut_body == b'{"model":"m","messages":[{"max_tokens":1}],"new":{"a":1}}'
    assert cut(b'{"max_tokens":9}', known=KNOWN, taken=TAKEN) == b"{}"


def test_members_are_added_before_all_others() -> None:
    body = cut(b'{"messages":[]}', known=KNOWN, taken=TAKEN, add={"model": b'"x"'})
    assert body == b'{"model":"x","messages":[]}'
