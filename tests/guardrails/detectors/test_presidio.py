"""Names that a model knows, by Presidio's own engine: a model of rules, and one that is trained
here in seconds, since none comes from anywhere."""

import socket
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faker import Faker

from detente.guardrails.detector_error import DetectorError
from detente.guardrails.detectors.presidio import Presidio
from detente.guardrails.screening import Screen
from detente.guardrails.sentences import PIECE_CHARACTERS_MAX
from detente.guardrails.sliding import Settled, SlidingLook

REASON = "needs presidio-analyzer and spaCy: `pip install 'detente[presidio]'`"
SENTENCES = (
    "{} called about the order of last week.",
    "Please write to {} today, and not tomorrow.",
    "The report for the board was signed by {}.",
    "We have asked {} to look into the refund.",
    "The invoice of last week is still open.",
    "Please restart the server in Dublin today.",
)
PEOPLE = {"PERSON": "person"}
PATTERNS = (
    {"label": "PER", "pattern": "Ann Example"},
    {"label": "PER", "pattern": "Bobby"},
    {"label": "PER", "pattern": [{"IS_TITLE": True}, {"ORTH": "Mitchell"}]},
    {"label": "GPE", "pattern": "Paris"},
    {"label": "CASE_NO", "pattern": [{"TEXT": {"REGEX": "^CASE[0-9]+$"}}]},
)


@pytest.fixture(scope="module")
def spacy() -> Any:
    pytest.importorskip("presidio_analyzer", reason=REASON)
    return pytest.importorskip("spacy", reason=REASON)


@pytest.fixture(scope="module")
def rules(spacy: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a model that goes by rules alone."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns(list(PATTERNS))
    return saved(nlp, tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def trained(spacy: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a model that has learnt what a name in some sentences looks like."""
    spacy.util.fix_random_seed(7)
    fake, chance = Faker("en_US"), Random(7)
    fake.seed_instance(7)
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("ner")
    learnt: list[Any] = []
    for number in range(180):
        name = f"{fake.first_name()} {fake.last_name()}"
        before, gap, after = SENTENCES[number % len(SENTENCES)].partition("{}")
        place = [(len(before), len(before) + len(name), "PERSON")] if gap else []
        text = before + (name if gap else "") + after
        learnt.append(spacy.training.Example.from_dict(nlp.make_doc(text), {"entities": place}))
    nlp.initialize(lambda: learnt)
    for _ in range(5):
        chance.shuffle(learnt)
        for start in range(0, len(learnt), 40):
            nlp.update(learnt[start : start + 40])
    return saved(nlp, tmp_path_factory.mktemp("trained"))


def saved(nlp: Any, folder: Path) -> str:
    nlp.to_disk(folder)
    return str(folder)


def found(detector: Presidio, text: str) -> list[tuple[str, str]]:
    return [(one.category, text[one.start : one.end]) for one in detector.find(text)]


def model_of(detector: Presidio) -> Any:
    """The model of spaCy inside."""
    return detector._model  # pyright: ignore[reportPrivateUsage] - it has no other door


def kept_words(detector: Presidio) -> Any:
    """Every word that spaCy remembers."""
    return model_of(detector).vocab.strings


def test_a_trained_model_finds_names_that_it_never_saw(trained: str) -> None:
    detector = Presidio("names", trained, PEOPLE)
    fake = Faker("en_GB")
    fake.seed_instance(11)
    names = [f"{fake.first_name()} {fake.last_name()}" for _ in range(60)]
    text = "\n".join(SENTENCES[n % 4].format(name) for n, name in enumerate(names))
    told = [name for _, name in found(detector, text)]
    assert len(set(names) & set(told)) / len(set(names)) >= 0.9
    assert len(set(told) - set(names)) <= 6
    assert found(detector, f"{SENTENCES[4]} {SENTENCES[5]}") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Example went to Paris.", ["Ann Example"]),
        ("to Ann\u200b Exa\u00admple, by Bob\u200bby", ["Ann\u200b Exa\u00admple", "Bob\u200bby"]),
        ("\ud800 Bobby \U0001f600 and Bobby", ["Bobby", "Bobby"]),
        ("Ann\u00a0Example", ["Ann\u00a0Example"]),
        ("It was Ann Example! Was it Bobby?\nBobby", ["Ann Example", "Bobby", "Bobby"]),
        ("John Mitchell", ["John Mitchell"]),
        ("bobby, ann example", []),
        ("12 - 34 \n \n", []),
        ("", []),
    ],
)
def test_names_are_told_where_they_stand(rules: str, text: str, names: list[str]) -> None:
    assert found(Presidio("names", rules, PEOPLE), text) == [("person", name) for name in names]


def test_what_a_model_names_is_told_as_it_is_mapped(rules: str) -> None:
    wanted = {"PERSON": "person", "LOCATION": "place", "CASE_NO": "place"}
    detector = Presidio("names", rules, wanted)
    assert detector.categories == ("person", "place")
    text = "Bobby in Paris on CASE12"
    assert found(detector, text) == [("person", "Bobby"), ("place", "Paris"), ("place", "CASE12")]
    assert found(Presidio("names", rules, PEOPLE), text) == [("person", "Bobby")]


def test_a_long_sentence_loses_no_name_where_it_is_cut(rules: str) -> None:
    detector = Presidio("names", rules, PEOPLE)
    for before in range(PIECE_CHARACTERS_MAX - 70, PIECE_CHARACTERS_MAX + 10):
        text = "x" * before + " Ann Example " + "y " * 40
        assert found(detector, text) == [("person", "Ann Example")]


def test_a_sentence_says_the_same_wherever_it_stands(trained: str) -> None:
    detector = Presidio("names", trained, PEOPLE)
    sentence = SENTENCES[0].format("Ingrid Holloway") + "\n"
    (alone,) = detector.find(sentence)
    for before in ("", "x\n", f"{SENTENCES[4]}\n" * 9, "! " * 30):
        places = {
            (one.start - len(before), one.end - len(before))
            for one in detector.find(before + sentence + before)
        }
        assert (alone.start, alone.end) in places


def test_a_stream_finds_what_a_whole_text_does(trained: str) -> None:
    detector = Presidio("names", trained, PEOPLE)
    fake, chance = Faker("en_US"), Random(5)
    fake.seed_instance(5)
    people = [f"{fake.first_name()} {fake.last_name()}" for _ in range(24)]
    text = " ".join(SENTENCES[n % len(SENTENCES)].format(name) for n, name in enumerate(people))
    whole = [(one.start, one.end) for one in detector.find(text)]
    assert len(whole) >= 12
    for _ in range(6):
        look = SlidingLook(Screen((detector,)))
        settled: list[Settled] = []
        at = 0
        while at < len(text):
            cut = at + chance.choice((1, 4, 9, 60, 300))
            settled.append(look.feed(text[at:cut]))
            at = cut
        settled.append(look.close())
        gone = 0
        streamed: list[tuple[int, int]] = []
        for one in settled:
            streamed += [(gone + found.start, gone + found.end) for found in one.looked.found]
            gone += len(one.text)
        assert streamed == whole


def test_no_word_of_a_text_is_remembered(rules: str) -> None:
    detector = Presidio("names", rules, PEOPLE)
    before = len(kept_words(detector))
    for number in range(50):
        list(detector.find(f"Bobby met Qwzx{number}trv."))
    assert len(kept_words(detector)) == before
    assert "Qwzx7trv" not in kept_words(detector)


def test_after_a_failure_it_looks_as_before(rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = Presidio("names", rules, PEOPLE)
    analyzer = detector._analyzer  # pyright: ignore[reportPrivateUsage] - Presidio's, made to fail

    def fails(*_: object, **__: object) -> None:
        raise ValueError("Bobby")

    with monkeypatch.context() as patched:
        patched.setattr(analyzer, "analyze", fails)
        looked = Screen((detector,)).look("Bobby met Qwzx.")
    assert (looked.found, looked.failed) == ((), ("names",))
    assert found(detector, "Bobby met Qwzx.") == [("person", "Bobby")]
    assert "Qwzx" not in kept_words(detector)


def test_time_is_in_proportion(rules: str) -> None:
    detector = Presidio("names", rules, PEOPLE)
    for piece in ("Bobby ", "Bobby. ", "x", "! ", "Ann ", "\u0661a"):
        took: list[float] = []
        for size in (2_000, 16_000):
            text = piece * (size // len(piece))
            began = time.process_time()
            list(detector.find(text))
            took.append(time.process_time() - began)
        assert took[1] / max(took[0], 0.005) < 20, piece


def test_a_screen_asks_it_as_any_other(rules: str) -> None:
    looked = Screen((Presidio("names", rules, PEOPLE),)).look("Bobby\u200b and Ann Example")
    assert [(one.detector, one.category) for one in looked.found] == [("names", "person")] * 2
    assert looked.failed == ()


def test_a_model_that_is_not_there_is_an_error_and_never_downloaded(
    spacy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("nothing is asked of any network")

    monkeypatch.setattr(spacy.cli, "download", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    for model in ("en_no_such_model", str(tmp_path / "none")):
        with pytest.raises(DetectorError, match=f"no model `{model}`; install the package"):
            Presidio("names", model, PEOPLE)


@pytest.mark.parametrize("model", ["pytest", "folder/"])
def test_what_is_no_model_is_an_error(
    spacy: Any, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spacy
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DetectorError, match=f"cannot load `{model}`; see whether"):
        Presidio("names", model, PEOPLE)


def test_what_a_model_does_not_name_is_an_error_and_not_never_found(
    spacy: Any, rules: str, tmp_path: Path
) -> None:
    said = "names no `PER`; write what it names: `CASE_NO`, `LOCATION`, `PERSON`"
    with pytest.raises(DetectorError, match=said):
        Presidio("names", rules, {"PERSON": "person", "PER": "person"})
    with pytest.raises(DetectorError, match="write what it names: nothing"):
        Presidio("names", saved(spacy.blank("en"), tmp_path), PEOPLE)


def test_grammar_is_left_out_where_no_rule_asks_for_it(spacy: Any, tmp_path: Path) -> None:
    def parts(*names: str) -> list[str]:
        nlp = spacy.blank("en")
        for name in names:
            nlp.add_pipe(name)
        nlp.add_pipe("ner").add_label("PERSON")
        nlp.initialize()
        model = saved(nlp, tmp_path / "-".join(names))
        return model_of(Presidio("names", model, PEOPLE)).pipe_names

    assert parts("attribute_ruler") == ["ner"]
    assert parts("attribute_ruler", "entity_ruler") == ["attribute_ruler", "entity_ruler", "ner"]


@pytest.mark.parametrize(
    ("module", "package"), [("spacy", "spacy"), ("presidio_analyzer", "presidio-analyzer")]
)
def test_without_a_package_the_extra_is_named(
    module: str, package: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = "none" if module == "spacy" else request.getfixturevalue("rules")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        DetectorError, match=rf"`{package}` is not installed; .*detente\[presidio\]"
    ):
        Presidio("names", model, PEOPLE)
