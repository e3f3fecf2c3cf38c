"""National and tax identification numbers and what only looks like one."""

import pytest

from detente.guardrails.detectors.national_id import NationalId


def found(text: str, *countries: str) -> list[tuple[str, str]]:
    detector = NationalId(countries) if countries else NationalId()
    return [(text[one.start : one.end], one.category) for one in detector.find(text)]


NATIONAL = (
    ("AT", "SV-Nr. 1237 010180", "1237 010180"), ("BE", "85.07.30-033.28", "85.07.30-033.28"),
    ("BE", "85073003328", "85073003328"), ("BR", "390.533.447-05", "390.533.447-05"),
    ("BR", "39053344705", "39053344705"), ("CA", "SIN: 123-456-782", "123-456-782"),
    ("CH", "756.9217.0769.85", "756.9217.0769.85"), ("CL", "12.531.909-2", "12.531.909-2"),
    ("CN", "360426199101010071", "360426199101010071"), ("CZ", "710319/2745", "710319/2745"),
    ("DK", "CPR 211062-5629", "211062-5629"), ("EE", "36805280109", "36805280109"),
    ("ES", "54362315K", "54362315K"), ("ES", "54.362.315-K", "54.362.315-K"),
    ("ES", "X2482300W", "X2482300W"), ("ES", "X-2482300-W", "X-2482300-W"),
    ("FI", "131052-308T", "131052-308T"), ("FR", "295109912611193", "295109912611193"),
    ("FR", "2 95 10 99 126 111 93", "2 95 10 99 126 111 93"),
    ("GB", "AB123456C", "AB123456C"), ("GB", "AB 12 34 56 C", "AB 12 34 56 C"),
    ("GB", "NHS no: 943 476 5870", "943 476 5870"), ("IE", "6433435F", "6433435F"),
    ("IN", "Aadhaar 2341 2341 2346", "2341 2341 2346"),
    ("IT", "RCCMNL83S18D969H", "RCCMNL83S18D969H"), ("KR", "971013-9019902", "971013-9019902"),
    ("LT", "33309240064", "33309240064"), ("MX", "BOXW310820HNERXN09", "BOXW310820HNERXN09"),
    ("NL", "BSN 111222333", "111222333"), ("NO", "15108695088", "15108695088"),
    ("PL", "44051401359", "44051401359"), ("PT", "00000000 0 ZZ4", "00000000 0 ZZ4"),
    ("RO", "1630615123457", "1630615123457"), ("SE", "880320-0016", "880320-0016"),
    ("TR", "17291716060", "17291716060"), ("US", "536-22-8726", "536-22-8726"),
    ("US", "my social security number is 536228726", "536228726"),
    ("US", "SSN: 536 22 8726", "536 22 8726"), ("ZA", "7503305044089", "7503305044089"),
    ("JP", "my number: 6214 9832 0257", "6214 9832 0257"),
)  # fmt: skip
"""Examples of python-stdnum's documentation, which follows the countries' own."""

TAX = (
    ("AR", "20-05536168-2", "20-05536168-2"), ("AU", "TFN 123 456 782", "123 456 782"),
    ("BR", "16.727.230/0001-97", "16.727.230/0001-97"), ("DE", "36 574 261 809", "36 574 261 809"),
    ("DE", "Steuer-ID: 36574261809", "36574261809"),
    ("FR", "numéro fiscal 0701987765432", ""), ("IN", "ACUPA7085R", "ACUPA7085R"),
    ("GB", "UTR 1955839661", "1955839661"), ("IT", "P.IVA 00743110157", "00743110157"),
    ("MX", "GODE561231GR8", "GODE561231GR8"), ("PL", "856-734-62-15", "856-734-62-15"),
    ("PT", "NIF 501 964 843", "501 964 843"), ("US", "912-90-3456", "912-90-3456"),
    ("US", "EIN 04-2103594", "04-2103594"),
)  # fmt: skip


@pytest.mark.parametrize(("country", "text", "number"), NATIONAL)
def test_national_numbers(country: str, text: str, number: str) -> None:
    assert found(f"It is {text}.", country) == [(number, "national_id")]


@pytest.mark.parametrize(("country", "text", "number"), [one for one in TAX if one[2]])
def test_tax_numbers(country: str, text: str, number: str) -> None:
    assert found(f"It is {text}.", country) == [(number, "tax_id")]


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("US", "536228726"), ("US", "000-22-8726"), ("US", "a536-22-8726"), ("US", "536-22-87260"),
        ("US", "1-536-22-8726"), ("US", "536-22-8726-1"), ("GB", "BG123456C"), ("GB", "AB123456E"),
        ("GB", "943 476 5870"), ("ES", "54362315A"), ("IT", "RCCMNL83S18D969A"),
        ("PL", "44051401358"), ("NL", "111222333"), ("BR", "390.533.447-06"), ("BE", "85073003329"),
        ("CN", "360426199101010072"), ("FR", "295109912611199"), ("DE", "36574261809"),
        ("XX", "536-22-8726"), ("US", "44051401359"), ("US", ""),
    ],
)  # fmt: skip
def test_what_only_looks_like_one(country: str, text: str) -> None:
    assert found(text, country) == []


def test_digits_alone_need_a_word_where_no_country_is_named() -> None:
    assert found("44051401359") == []
    assert found("PESEL 44051401359") == [("44051401359", "national_id")]


def test_all_countries_are_known_where_none_is_named() -> None:
    assert found("536-22-8726, 54362315K") == [
        ("536-22-8726", "national_id"),
        ("54362315K", "national_id"),
    ]
