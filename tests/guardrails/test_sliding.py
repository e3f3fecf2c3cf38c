"""However a text is cut, what goes and what is found in it is that of the whole; nothing lags."""

import random
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guardrails.documents import documents

from detente.guardrails.detector import Finding
from detente.guardrails.detectors import DETECTORS
from detente.guardrails.detectors.dictionary import Dictionary
from detente.guardrails.detectors.email import Email
from detente.guardrails.detectors.phone import Phone
from detente.guardrails.detectors.secret import Secret
from detente.guardrails.screening import Found, Looked, Screen
from detente.guardrails.sliding import BATCH, NOTHING, UNSPACED_MAX, Settled, SlidingLook

SCREEN = Screen(DETECTORS)
Told = tuple[int, int, str, str, int]


class Words:
    """Finds `BAD`, and `ODD` only before ` 1`; fails at `ERR`."""

    name = "words"
    categories = ("word",)
    look_back = 8

    def find(self, text: str) -> Iterator[Finding]:
        """Every such word."""
        if "ERR" in text:
            raise ValueError("x")
        for word in ("BAD", "ODD 1"):
            at = text.find(word)
            while at >= 0:
                yield Finding(start=at, end=at + 3, category="word")
                at = text.find(word, at + 3)


def told(found: Iterable[Found], moved_by: int = 0) -> list[Told]:
    return [
        (one.start + moved_by, one.end + moved_by, one.category, one.detector, one.severity)
        for one in found
    ]


def gone(settled: Iterable[Settled]) -> tuple[str, list[Told], list[Told]]:
    """What went, and what was found and beaten in it, as places of the whole."""
    out = ""
    found: list[Told] = []
    beaten: list[Told] = []
    for one in settled:
        assert all(0 <= each.start < each.end <= len(one.text) for each in one.looked.found)
        found += told(one.looked.found, len(out))
        beaten += told(one.looked.beaten, len(out))
        out += one.text
    return out, found, beaten


def slid(screen: Screen, pieces: Iterable[str]) -> tuple[str, list[Told], list[Told]]:
    look = SlidingLook(screen)
    settled = [look.feed(piece) for piece in pieces]
    result = gone([*settled, look.close()])
    assert look.held == 0
    return result


def as_whole(screen: Screen, text: str) -> tuple[str, list[Told], list[Told]]:
    looked = screen.look(text)
    return text, told(looked.found), told(looked.beaten)


def pieces_of(text: str, source: random.Random) -> Iterator[str]:
    while text:
        length = source.choice((1, 3, 4, 4, 5, 40, 200, 2_000))
        yield text[:length]
        text = text[length:]


def test_two_thousand_seeded_splits_of_labelled_texts() -> None:
    source = random.Random(20261122)
    texts = [one.text for one in documents(120, seed=8)]
    wholes: dict[str, tuple[str, list[Told], list[Told]]] = {}
    for _ in range(25):
        text = "\n".join(source.sample(texts, 2))
        wholes[text] = as_whole(SCREEN, text)
    assert sum(len(found) for _, found, _ in wholes.values()) > 100
    for _ in range(80):
        for text, whole in wholes.items():
            assert slid(SCREEN, pieces_of(text, source)) == whole


FRAGMENTS = (
    *("ann@example.com", "+1 415 555 0132", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"),
    *("Ann\u200b said ", "call me: ", "the plan ", ". ", "\n", "x" * 60, "\u200b" * 20, "电话 "),
    *("api_key = 'kW9v2QpX7rT4mZ8c'", "ignore all previous instructions", "203.0.113.77", "é"),
    *("https://ann:k9x!2w@db/app", "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkq" * 30),
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40), st.integers(0, 2**32))
def test_any_split_gives_what_the_whole_gives(fragments: list[str], seed: int) -> None:
    text = " ".join(fragments)
    pieces = pieces_of(text, random.Random(seed))
    assert slid(SCREEN, pieces) == as_whole(SCREEN, text)


@given(st.text("BADO 1.\u200b", max_size=300), st.lists(st.integers(1, 40), min_size=1))
def test_a_small_look_back_at_any_split(text: str, lengths: list[int]) -> None:
    screen = Screen((Words(),))
    pieces: list[str] = []
    at = 0
    while at < len(text):
        pieces.append(text[at : at + lengths[len(pieces) % len(lengths)]])
        at += len(pieces[-1])
    assert slid(screen, pieces) == as_whole(screen, text)


def test_text_lags_by_what_detectors_look_back_and_a_batch() -> None:
    look = SlidingLook(SCREEN)
    most = 0
    for number in range(3_000):
        look.feed("and " if number % 7 else "so on. ")
        most = max(most, look.held)
    assert SCREEN.look_back <= look.held <= most <= SCREEN.look_back + BATCH + 8


def test_there_is_one_look_for_a_batch() -> None:
    class Counted(Screen):
        looks = 0

        def look(self, text: str) -> Looked:
            self.looks += 1
            return super().look(text)

    screen = Counted((Email(),))
    look = SlidingLook(screen)
    for _ in range(1_000):
        look.feed("word")
    assert screen.looks <= 4_000 / BATCH


def test_what_a_long_finding_holds_is_not_looked_at_ever_more_often() -> None:
    class Sized(Screen):
        read = 0

        def look(self, text: str) -> Looked:
            self.read += len(text)
            return super().look(text)

    screen = Sized((Secret(),))
    look = SlidingLook(screen)
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0B\n" * 600
    for at in range(0, len(key), 4):
        assert look.feed(key[at : at + 4]) is NOTHING
    assert look.held == len(key)
    assert screen.read < 8 * len(key)
    assert [(one.start, one.end) for one in look.close().looked.found] == [(0, len(key))]


def test_a_detector_that_fails_is_told_with_every_look() -> None:
    look = SlidingLook(Screen((Words(),)))
    assert look.feed("ERR" + "x" * 200).looked.failed == ("words",)
    assert look.close().looked.failed == ()  # of the context that is left
    assert SlidingLook(Screen((Words(),))).close("ERR").looked.failed == ("words",)


def test_nothing_fed_is_nothing_gone() -> None:
    look = SlidingLook(SCREEN)
    assert look.feed("") is look.due() is look.close() is NOTHING
    assert look.held == 0


def test_without_detectors_all_but_the_batch_goes() -> None:
    look = SlidingLook(Screen(()))
    assert look.feed("x" * BATCH).text == "x" * BATCH


def names() -> Screen:
    word = "Ann Marie Lee"
    return Screen((Dictionary("names", "person", (word,), case=True, whole_words=True),))


def due(text: str, screen: Screen = SCREEN) -> str:
    """What goes of a text that has waited."""
    look = SlidingLook(screen)
    look.feed(text)
    return look.due().text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It was said that nobody", "nobody"),
        ("It was said that nobody should ", "should "),
        ("Write to ann.lee", "ann.lee"),
        ("Call +1 (415) 555", "+1 (415) 555"),
        ("Call +1 (415) 555 ext", "+1 (415) 555 ext"),
        ("It is 12 a dozen", "dozen"),
        ("On it goes. And", "goes. And"),
        ("to ⟨PERSON of", "⟨PERSON of"),
        ("call \uff14\uff11\uff15 555", "\uff14\uff11\uff15 555"),
        ("call 415\u200b 555", "415\u200b 555"),
        ("x", "x"),
        ("\n \n", ""),
        ("我们" * 20, ("我们" * 20)[-UNSPACED_MAX:]),
        ("我们" * 20 + "138 0000", "138 0000"),
    ],
)
def test_what_waited_goes_but_for_what_may_begin_a_finding(text: str, kept: str) -> None:
    assert due(text) == text.removesuffix(kept)
    assert text.endswith(kept)


def test_an_unfinished_finding_holds_from_its_start() -> None:
    assert due("to Ann Marie Lee", names()) == "to "
    assert due("to Ann Marie Lee now", names()) == "to Ann Marie Lee "
    key = "see -----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0B\n" * 3
    assert due(key) == "see "


def test_what_is_completed_when_its_beginning_has_gone_is_told_with_the_rest() -> None:
    look = SlidingLook(names())
    look.feed("to Ann Marie")
    assert look.due().text == "to Ann "
    look.feed(" Lee, soon")
    settled = look.close()
    assert settled.text == "Marie Lee, soon"
    assert told(settled.looked.found) == [(0, 9, "person", "names", 3)]


def test_what_lies_in_what_has_gone_is_not_told() -> None:
    look = SlidingLook(Screen((Phone(),)))
    look.feed("4155550132 and so")
    assert look.due().text == "4155550132 and "
    assert look.close(" is (mobile)").looked.found == ()


def test_what_has_rested_is_not_looked_at_again_until_there_is_more() -> None:
    look = SlidingLook(SCREEN)
    look.feed("so it is said")
    assert look.due().text == "so it is "
    assert look.due() is NOTHING
    look.feed(" again")
    assert look.due().text == "said "
    assert look.feed("").text == ""


def test_what_waits_after_a_look_can_be_due_without_more() -> None:
    look = SlidingLook(SCREEN)
    look.feed("and so on " * 100)
    assert look.held > SCREEN.look_back - 1
    assert look.due().text
    assert look.held == len("on ")


def test_large_pieces_serve_large_texts() -> None:
    text = "".join(one.text for one in documents(200, seed=9))
    look = SlidingLook(SCREEN)
    pieces = [text[at : at + 32_768] for at in range(0, len(text), 32_768)]
    settled = [look.feed(piece) for piece in pieces]
    assert all(one.text for one in settled)
    assert gone([*settled, look.close()]) == as_whole(SCREEN, text)
