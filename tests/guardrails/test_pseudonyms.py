"""Stand-ins are stable under a key, tell nothing without it, and are never taken for another's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.guardrails.pseudonyms import LOOK_ALIKES_MAX, Pseudonyms, Replacement, project_key
from detente.guardrails.restoring import restored

KEY = b"a key of one project"
IP = "10.0.0.7"


@given(st.text(), st.text())
def test_a_typed_stand_in_has_its_form_and_is_stable(category: str, original: str) -> None:
    pseudonyms = Pseudonyms(KEY)
    made = pseudonyms.of(category, original)
    assert re.fullmatch(r"⟨[0-9A-Z]+(_[0-9A-Z]+)*_[a-z2-7]{13}⟩", made)
    assert pseudonyms.of(category, original) == made == Pseudonyms(KEY).of(category, original)
    assert pseudonyms.originals == {made: original}


def test_the_form_is_what_others_may_rely_on() -> None:
    assert Pseudonyms(bytes(32)).of("email", "alice@contoso.com") == "⟨EMAIL_joxe3re2g3zew⟩"


def test_stand_ins_differ_by_key_category_and_original() -> None:
    key = project_key(b"secret of the house", "one")
    made = {
        Pseudonyms(each).of(category, original)
        for each in (KEY, key, project_key(b"secret of the house", "two"))
        for category in ("email", "person")
        for original in ("a", "b", "A")
    }
    assert len(made) == 18
    assert key == project_key(b"secret of the house", "one")


def test_halves_of_surrogate_pairs_are_text_too() -> None:
    assert Pseudonyms(KEY).of("person", "\ud800").startswith("⟨PERSON_")


@pytest.mark.parametrize("key", [b"", b"short", bytes(65)])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="give one of 16 to 64"):
        Pseudonyms(key)


def test_originals_cannot_be_changed_from_outside() -> None:
    originals = Pseudonyms(KEY).originals
    with pytest.raises(TypeError):
        originals["a"] = "b"  # pyright: ignore[reportIndexIssue] -- what is tried


def test_a_look_alike_that_the_text_has_already_is_another_one() -> None:
    first = Pseudonyms(KEY).of("ip_address", IP, look_alike=True)
    second = Pseudonyms(KEY, texts=[f"also {first}"]).of("ip_address", IP, look_alike=True)
    assert first != second
    assert not second.startswith("⟨")
    text = f"{IP} and {first}"
    pseudonyms = Pseudonyms(KEY, texts=[text])
    spans = [Replacement(start=0, end=len(IP), category="ip_address", look_alike=True)]
    assert restored(pseudonyms.replaced(text, spans), pseudonyms.originals) == text


def test_look_alikes_of_one_request_are_all_different_and_then_typed() -> None:
    pseudonyms = Pseudonyms(KEY)
    addresses = [f"10.0.{n // 250}.{n % 250}" for n in range(1_000)]
    made = [pseudonyms.of("ip_address", one, look_alike=True) for one in addresses]
    assert len(set(made)) == len(made)
    alike = [one for one in made if not one.startswith("⟨")]
    assert 200 < len(alike) <= LOOK_ALIKES_MAX
    assert not any(one != other and one in other for one in alike for other in alike)
    text = ", ".join(made)
    assert restored(text, pseudonyms.originals) == ", ".join(addresses)


def test_a_look_alike_that_the_text_has_in_another_spelling_is_another_one() -> None:
    phone = "+1 (415) 867-5309"
    first = Pseudonyms(KEY).of("phone", phone, look_alike=True)
    other = first.removeprefix("+1 ").replace(") ", "").replace("(", "").replace("-", "")
    assert len(other) == 10
    pseudonyms = Pseudonyms(KEY, texts=[f"or {other}", "x"])
    assert pseudonyms.of("phone", phone, look_alike=True) != first
    assert restored(f"or {other}", pseudonyms.originals) == f"or {other}"


def test_a_look_alike_is_never_the_original() -> None:
    first = Pseudonyms(KEY).of("ip_address", IP, look_alike=True)
    assert Pseudonyms(KEY).of("ip_address", first, look_alike=True) != first


def test_a_category_without_look_alikes_is_typed() -> None:
    pseudonyms = Pseudonyms(KEY)
    assert pseudonyms.of("secret", "s3cret", look_alike=True) == pseudonyms.of("secret", "s3cret")


def test_beside_a_letter_a_look_alike_would_be_lost_and_is_typed() -> None:
    for text in (f"x{IP}", f"{IP}x"):
        start = text.index(IP)
        pseudonyms = Pseudonyms(KEY)
        spans = [Replacement(start=start, end=start + 8, category="ip_address", look_alike=True)]
        replaced = pseudonyms.replaced(text, spans)
        assert "⟨IP_ADDRESS_" in replaced
        assert restored(replaced, pseudonyms.originals) == text


def test_stand_ins_of_earlier_turns_stay_and_get_no_other_original() -> None:
    hosts = [f"10.0.{number}.7" for number in range(300)]
    apart = {host: Pseudonyms(KEY).of("ip_address", host, look_alike=True) for host in hosts}
    assert len(set(apart.values())) < len(hosts)  # there are few addresses of documentation
    known: dict[str, str] = {}
    for host in hosts:
        turn = Pseudonyms(KEY, texts=[host], known=known)
        made = turn.of("ip_address", host, look_alike=True)
        assert known.get(made, host) == host
        assert turn.of("ip_address", host, look_alike=True) == made
        known |= turn.originals
    assert len(known) == len(hosts)
    for stand_in, host in known.items():
        again = Pseudonyms(KEY, texts=[host], known=known).of("ip_address", host, look_alike=True)
        assert known[again] == host
        if stand_in.startswith("⟨"):
            assert again == stand_in


def test_a_typed_stand_in_of_an_earlier_turn_is_no_other_ones() -> None:
    first = Pseudonyms(KEY).of("email", "ann@contoso.com")
    taken = Pseudonyms(KEY, known={first: "bob@contoso.com"}).of("email", "ann@contoso.com")
    assert taken != first
    same = Pseudonyms(KEY, known={first: "ann@contoso.com"}).of("email", "ann@contoso.com")
    assert same == first


@pytest.mark.parametrize(("before", "after"), [("x", ""), ("", "7")])
def test_a_part_of_a_text_knows_who_stands_beside_it(before: str, after: str) -> None:
    card = Replacement(start=0, end=16, category="payment_card", look_alike=True)
    alone = Pseudonyms(bytes(32)).replaced("4539771122000001", [card])
    beside = Pseudonyms(bytes(32)).replaced("4539771122000001", [card], before=before, after=after)
    assert not alone.startswith("⟨")
    assert beside.startswith("⟨PAYMENT_CARD_")
