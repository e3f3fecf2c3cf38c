"""What words near a number say of it."""

import pytest

from detente.guardrails import nearby

WORDS = nearby.beginnings("tel", r"fax\b", "\u7535\u8bdd")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Telephone: ", True),
        ("my_tel=", True),
        ("hotel ", False),
        ("Tel. ", True),
        ("a tel of ours. ", False),
        ("tel\n", True),
        ("tel\n\n", False),
        ("\u7535\u8bdd\u3002", False),
        ("fax ", True),
        ("faxes ", False),
        ("\u6211\u7684\u7535\u8bdd\u662f", True),
        ("tel" + " " * (nearby.REACH - 3), True),
        ("tel" + " " * nearby.REACH, False),
        ("", False),
    ],
)
def test_words_before(text: str, said: bool) -> None:
    assert nearby.is_said_before(text + "123", len(text), WORDS) == said


def test_words_behind() -> None:
    assert nearby.is_said_behind("123 (tel)", 3, WORDS)
    assert not nearby.is_said_behind("123" + " " * nearby.REACH_BEHIND + "tel", 3, WORDS)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("7", True, True),
        (" 7 ", True, True),
        ("a7a", False, False),
        ("_7_", False, False),
        ("@7@", False, False),
        ("\u53f77\u53f7", True, True),
        ("b-7-b", False, False),
        (" -7- ", True, True),
        ("1.7.1", False, False),
        ("a.7.a", True, True),
        ("1:7:1", False, False),
        ("(7)", True, True),
        ("/7/", True, True),
        ("-7-", True, True),
    ],
)
def test_where_a_number_stands_alone(text: str, begins: bool, ends: bool) -> None:
    at = text.index("7")
    assert nearby.may_begin(text, at) == begins
    assert nearby.may_end(text, at + 1) == ends
