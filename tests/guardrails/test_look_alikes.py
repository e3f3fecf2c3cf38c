"""Look-alikes pass the checks that originals pass, and belong to nobody."""

import ipaddress
import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from tests.tidy.project import ROOT, text_of

from detente.guardrails.detectors import DETECTORS
from detente.guardrails.look_alikes import CATEGORIES, compact, look_alike_of, luhn_digit, spellings
from detente.guardrails.pseudonyms import Pseudonyms
from detente.guardrails.screening import Screen

CHANCE = st.binary(min_size=32, max_size=32)
CARDS = (
    *("4111 1111 1111 1111", "4222222222222", "5105-1051-0510-5100", "378282246310005"),
    *("6011 0009 9013 9424", "3530111333300000", "30569309025904", "36227206271667"),
    *("2223003122003222", "6205500000000000004"),
)
IBANS = (
    *("DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819", "FR1420041010050500013M02606"),
    *("NL91ABNA0417164300", "CH93-0076-2011-6238-5295-7", "MT84MALT011000012345MTLCAST001S"),
)
PHONES = (
    *("+1 (415) 867-5309", "415-867-5309", "(415) 867-5309", "415.867.5309", "4158675309"),
    *("1 415 867 5309", "+44 20 7123 4567", "+442071234567", "+49 30 901820", "+49 30 12345678"),
)


def shape(text: str) -> str:
    return re.sub(r"[0-9A-Za-z]", "x", text)


@given(CHANCE)
def test_mail_goes_to_reserved_hosts(chance: bytes) -> None:
    made = look_alike_of("email", "ann@contoso.com", chance)
    assert made is not None
    assert re.fullmatch(r"u[a-z2-7]{8}@example\.(com|net|org)", made)
    assert spellings(made) == (made,)


@given(CHANCE, st.sampled_from(CARDS))
def test_cards_pass_luhn_and_keep_brand_and_shape(chance: bytes, card: str) -> None:
    made = look_alike_of("payment_card", card, chance)
    assert made is not None
    assert luhn.is_valid(re.sub(r"\D", "", made))
    assert shape(made) == shape(card)
    assert made[0] == card[0]


@given(st.text("0123456789", min_size=1, max_size=18))
def test_the_check_digit_is_that_of_the_standard(payload: str) -> None:
    assert luhn_digit(payload) == luhn.calc_check_digit(payload)


@given(CHANCE, st.sampled_from(IBANS))
def test_ibans_pass_mod_97_and_the_form_of_their_country(chance: bytes, account: str) -> None:
    assert iban.is_valid(account)
    made = look_alike_of("iban", account, chance)
    assert made is not None
    assert iban.is_valid(made)
    assert shape(made) == shape(account)
    assert made[:2] == account[:2]


@given(CHANCE, st.sampled_from(PHONES))
def test_phone_numbers_are_possible_and_set_aside(chance: bytes, phone: str) -> None:
    made = look_alike_of("phone", phone, chance)
    assert made is not None
    number = phonenumbers.parse(made, "US")
    assert phonenumbers.is_valid_number(number)
    digits = re.sub(r"\D", "", made)
    aside = r"1?\d{3}55501\d\d|442079460\d{3}|49(3023125|6990009|4066969|2214710|8999998)\d{3}"
    assert re.fullmatch(aside, digits)
    if len(digits) == len(re.sub(r"\D", "", phone)):
        assert shape(made) == shape(phone)
    assert any(digits in re.sub(r"\D", "", way) for way in spellings(made))


@given(CHANCE)
def test_addresses_are_those_of_documentation(chance: bytes) -> None:
    networks = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    made = look_alike_of("ip_address", "10.1.2.3", chance)
    assert any(ipaddress.IPv4Address(made) in ipaddress.ip_network(net) for net in networks)
    made = look_alike_of("ip_address", "fd00::1", chance)
    assert ipaddress.IPv6Address(made) in ipaddress.ip_network("2001:db8::/32")
    assert made is not None
    assert spellings(made) == (made,)


@given(CHANCE, st.sampled_from(("f8:ff:c2:01:02:03", "F8-FF-C2-01-02-03", "f8ff.c201.0203")))
def test_mac_addresses_are_those_of_documentation(chance: bytes, address: str) -> None:
    made = look_alike_of("mac_address", address, chance)
    assert made is not None
    assert re.sub("[^0-9a-f]", "", made.lower()).startswith("00005e0053")
    assert shape(made) == shape(address)
    assert made.isupper() is address.isupper() or not re.search("[a-fA-F]", made)


@pytest.mark.parametrize(
    ("category", "originals"),
    [
        ("email", ("ann@contoso.com",)),
        ("phone", tuple(one for one in PHONES if one.startswith("+"))),
        ("payment_card", ("4111 1111 1111 1111", "378282246310005", "3530111333300000")),
        ("iban", IBANS),
        ("ip_address", ("10.1.2.3", "fd00::17")),
        ("mac_address", ("f8:ff:c2:01:02:03",)),
    ],
)
def test_our_own_detectors_take_it_for_what_it_stands_for(
    category: str, originals: tuple[str, ...]
) -> None:
    screen = Screen(DETECTORS)
    for seed in range(20):
        for original in originals:
            made = look_alike_of(category, original, bytes([seed]) * 32)
            found = screen.find(f"Use {made} now")
            assert [(one.category, one.start, one.end) for one in found] == [
                (category, 4, 4 + len(made or ""))
            ]


def test_typed_stand_ins_are_taken_for_nothing() -> None:
    screen = Screen(DETECTORS)
    for seed in range(50):
        pseudonyms = Pseudonyms(bytes([seed]) * 32)
        for category in ("email", "phone", "secret", "payment_card", "person"):
            made = pseudonyms.of(category, "x")
            assert screen.find(f'Write "{category}": "{made}", or {made}.') == []


@pytest.mark.parametrize(
    ("category", "original"),
    [
        ("secret", "x"),
        ("person", "Ann"),
        ("national_id", "078-05-1120"),
        ("phone", "030 901820"),
        ("phone", "+49 (0)30 901820"),
        ("phone", "+33 1 99 00 12 34"),
        ("phone", "+٤٩ 30 901820"),
        ("payment_card", "9999 9999 9999 9999"),
        ("payment_card", "4111"),
        ("iban", "BE68539007547034"),
        ("iban", "not an iban"),
        ("ip_address", "10.0.0.0/8"),
        ("mac_address", "f8:ff"),
    ],
)
def test_where_none_is_sound_there_is_none(category: str, original: str) -> None:
    assert look_alike_of(category, original, bytes(32)) is None


def test_the_same_chance_makes_the_same() -> None:
    for category, original in (("email", "a@b.org"), ("phone", PHONES[0]), ("iban", IBANS[0])):
        first = look_alike_of(category, original, bytes(range(32)))
        assert first == look_alike_of(category, original, bytes(range(32)))
        assert first != look_alike_of(category, original, bytes(range(1, 33)))


def test_spellings_of_groups() -> None:
    assert "4000000000000002" in spellings("4000 0000 0000 0002")
    assert "4000-0000-0000-0002" in spellings("4000000000000002")
    assert "DE12 0000 1234 5678 9012" in spellings("DE12-0000-1234-5678-9012")
    assert "+493023125001" in spellings("+49 30 23125001")
    assert spellings("192.0.2.1") == ("192.0.2.1",)
    assert spellings("000.005.123.456") == ("000.005.123.456",)
    assert spellings("Ann Lee") == ("Ann Lee",)


def test_all_spellings_are_compactly_the_same_but_for_the_country() -> None:
    assert {compact(way) for way in spellings("4000-0000-0000-0002")} == {"4000000000000002"}
    assert {compact(way)[-10:] for way in spellings("+1 (202) 555-0143")} == {"2025550143"}


def test_the_page_names_every_category() -> None:
    page = text_of(ROOT / "docs" / "reference" / "stand-ins.md")
    table = page[page.index("| category |") : page.index("All other categories")]
    assert tuple(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == CATEGORIES
