"""What models make of stand-ins is still one; what is not in the map is none."""

import time

import pytest

from detente.guardrails.restoring import StreamRestorer, made_ready, restored
from detente.guardrails.stand_ins import StandIns, lowered

CODE = "abcdefghijklm"
EMAIL = f"⟨EMAIL_{CODE}⟩"
CARD = "⟨PAYMENT_CARD_nopqrstuvwx2y⟩"
ORIGINALS = {EMAIL: "ann+x@contoso.com", CARD: "4111"}
READY = made_ready(ORIGINALS)
ANN = "ann+x@contoso.com"


@pytest.mark.parametrize(
    "mangled",
    [
        f"⟨EMAIL_{CODE}⟩",
        f"⟨email_{CODE}⟩",
        f"⟨EMAIL_{CODE.upper()}⟩",
        f"⟨Email_{CODE.title()}⟩",
        f"EMAIL_{CODE}",
        f"email-{CODE}",
        f"EMAIL\\_{CODE}",
        CODE,
        CODE.upper(),
        f"⟨EMAIL_{CODE}",
        f"EMAIL_{CODE}⟩",
        f"<EMAIL_{CODE}>",
        f"< EMAIL_{CODE} >",
        f"[EMAIL_{CODE}]",
        f"[email\\_{CODE}]",
        f"〈EMAIL_{CODE}〉",
        f"\u2329EMAIL_{CODE}\u232a",
        f"\u2039EMAIL_{CODE}\u203a",
        f"\\langle EMAIL_{CODE} \\rangle",
        f"⟨ EMAIL_{CODE} ⟩",
        f"⟨EMAIL_ {CODE}⟩",
        f"⟨EMAIL {CODE}⟩",
        f"⟨EMAIL: {CODE}⟩",
        f"⟨EMAIL\\_{CODE}⟩",
        "⟨EMAIL_abcd efghi jklm⟩",
        f"⟨**EMAIL**_{CODE}⟩",
        f"⟨**EMAIL_{CODE}**⟩",
        f"⟨`EMAIL_{CODE}`⟩",
        f"⟨EMAIL_{CODE}**⟩",
        f"⟨CORREO_{CODE}⟩",
        f"⟨電子メール_{CODE}⟩",
        f"⟨Adresse électronique_{CODE}⟩",
        f"⟨{CODE}⟩",
    ],
)
def test_a_mangled_stand_in_is_one(mangled: str) -> None:
    for before, after in (
        ("", ""),
        ("an ", " is"),
        ("**", "**"),
        ("(", ")."),
        ("„", '"'),
        ("邮", "邮"),
    ):
        text = f"{before}{mangled}{after}"
        wanted = f"{before}{ANN}{after}"
        assert restored(text, READY) == wanted
        for at in range(len(text) + 1):
            restorer = StreamRestorer(READY)
            got = restorer.feed(text[:at]) + restorer.feed(text[at:]) + restorer.close()
            assert got == wanted, at


@pytest.mark.parametrize(
    ("mangled", "wanted"),
    [
        (f"&lang;EMAIL_{CODE}&rang;", ANN),
        (f"&#10216;EMAIL_{CODE}&#10217;", ANN),
        (f"&#x27E8;EMAIL_{CODE}&#x27E9;", ANN),
        (f"mailto:%E2%9F%A8EMAIL_{CODE}%E2%9F%A9?a", "mailto:ann%2Bx%40contoso.com?a"),
        (f"%e2%9f%a8{CODE}%e2%9f%a9", "ann%2Bx%40contoso.com"),
        (f'"\\u27e8EMAIL_{CODE}\\u27E9"', f'"{ANN}"'),
        (f"[EMAIL_{CODE}](mailto:EMAIL_{CODE})", f"[{ANN}](mailto:{ANN})"),
        (f"[{EMAIL}](mailto:{EMAIL})", f"[{ANN}](mailto:{ANN})"),
        (f"Ann <{EMAIL}>", f"Ann <{ANN}>"),
        (f"[EMAIL_{CODE}, x]", f"[{ANN}, x]"),
        (f"<EMAIL_{CODE}", f"<{ANN}"),
        (f"[EMAIL_{CODE}", f"[{ANN}"),
        (f"[EMAIL_{CODE}>", f"[{ANN}>"),
        (f"⟨EMAIL_{CODE}, CARD_nopqrstuvwx2y⟩", f"{ANN}, CARD_4111"),
        ("⟨PAYMENT CARD nopqrstuvwx2y⟩", "4111"),
        ("PAYMENT-CARD-nopqrstuvwx2y", "4111"),
        ("payment\\_card\\_nopqrstuvwx2y", "4111"),
        (f"CORREO_{CODE}", f"CORREO_{ANN}"),
        (f"{EMAIL}{CARD}{EMAIL}", f"{ANN}4111{ANN}"),
        (f"⟨{EMAIL}⟩", f"⟨{ANN}⟩"),
        (f"\n⟨\n{EMAIL}", f"\n⟨\n{ANN}"),
    ],
)
def test_what_is_around_it_decides_what_is_taken_with_it(mangled: str, wanted: str) -> None:
    assert restored(mangled, READY) == wanted
    for at in range(len(mangled) + 1):
        restorer = StreamRestorer(READY)
        assert restorer.feed(mangled[:at]) + restorer.close(mangled[at:]) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "⟨EMAIL_zzzzzzzzzzzzz⟩",
        f"⟨EMAIL_{CODE}x⟩",
        f"x{CODE}",
        f"{CODE}7",
        "⟨EMAIL_abcdefghijkl⟩",
        "⟨EMAIL⟩ ⟨⟩ ⟨x|y⟩",
        "İbcdefghijklm",
        "abcdefghij\u212alm",
        "⟨EMAIL_\nabcd efghijklm⟩",
    ],
)
def test_what_is_not_in_the_map_stays(text: str) -> None:
    assert restored(text, READY) == text
    restorer = StreamRestorer(READY)
    assert "".join(map(restorer.feed, text)) + restorer.close() == text


@pytest.mark.parametrize(
    "text", ["+1 (202) 555-0143", "+12025550143", "202-555-0143", "(202) 555-0143", "2025550143"]
)
def test_a_look_alike_is_found_in_its_usual_spellings(text: str) -> None:
    ready = made_ready({"+1 (202) 555-0143": "+1 (415) 867-5309"})
    assert restored(f"Call {text}.", ready) == "Call +1 (415) 867-5309."
    assert restored(f"Call {text}1", ready) == f"Call {text}1"
    if text[0] not in "+(":
        assert restored(f"Call 9{text}", ready) == f"Call 9{text}"


def test_a_look_alike_in_other_case_and_beside_longer_ones() -> None:
    ready = made_ready({"u7@example.com": "ann@x.org", "192.0.2.1": "a", "192.0.2.10": "b"})
    assert restored("U7@Example.com, 192.0.2.1 192.0.2.10 192.0.2.100", ready) == (
        "ann@x.org, a b 192.0.2.100"
    )


def test_many_and_few_stand_ins_are_found_alike() -> None:
    codes = [f"abcdefghij{a}{b}{c}" for a in "abcd" for b in "234567" for c in "xyz"]
    originals = {f"⟨PERSON_{code}⟩": f"<{code}>" for code in codes}
    text = " and ".join(originals) + " or Person_abcdefghija2x" + " for all of them" * 9
    assert len(text) > 64
    assert restored(text, originals).count("<") == len(codes) + 1
    few = dict(list(originals.items())[:3])
    assert restored(text, few).count("<") == 4


def test_nothing_is_found_where_there_are_none() -> None:
    empty = StandIns({})
    assert not empty
    assert READY
    assert empty.found(f"⟨EMAIL_{CODE}⟩ ⟨", whole=False) == ([], len(CODE) + 10)
    assert StandIns({"": "x"}).found("a") == ([], 1)


def test_small_letters_keep_their_places() -> None:
    text = "İSTANBUL \u212a ΣΑΣ straße ẞ A"
    assert len(lowered(text)) == len(text)
    assert lowered("ABC") == "abc"
    assert all(
        len(lowered(chr(n))) == 1 and (n < 128 or not lowered(chr(n)).isascii())
        for n in range(0x110000)
    )


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "⟨",
            "⟨a",
            "⟨EMAIL_",
            "[",
            "< ",
            "&",
            "&lang;",
            "\\",
            "\\u27e8",
            "%E2",
            "_",
            "a_",
            "EMAIL_",
        ),
        *(f"{CODE} ", f"⟨{CODE}", EMAIL, f"&lang;EMAIL_{CODE} ", "555-", "4000 ", "+1 (", "2", '"'),
        *(f"[EMAIL_{CODE}", "⟨**", "⟨abcd efghi jklm⟩"),
    ],
)
def test_no_text_takes_more_than_linear_time(unit: str) -> None:
    ready = made_ready({**ORIGINALS, "+1 (202) 555-0143": "x", "4000 0000 0000 0002": "y"})

    def seconds(characters: int) -> float:
        text = (unit * characters)[:characters]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            restored(text, ready)
            restorer = StreamRestorer(ready)
            for at in range(0, len(text), 97):
                restorer.feed(text[at : at + 97])
            restorer.close()
            best = min(best, time.process_time() - start)
        return best

    small = seconds(5_000)
    assert seconds(40_000) < 24 * small + 0.02  # linear is 8 times, quadratic would be 64
