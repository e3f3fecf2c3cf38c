"""Policies of one configuration at work, and what is kept of them over a reload."""

from pathlib import Path

import pytest
from tests.gateway.governing import (
    ANN,
    LOOKERS,
    Staging,
    completion,
    content_of,
    house,
    sent,
    stand_in,
)
from tests.gateway.scripts import (
    CONFIGURATION,
    DONE,
    EVENTS_HEAD,
    LAST,
    OK,
    USAGE_EVENT,
    chat,
    chunked,
    delta,
)
from tests.gateway.stage import Stage

from detente.configuration.located import LocatedErrors
from detente.gateway.guarding import guardrails_plane as module
from detente.gateway.guarding.guardrails_plane import Guardrails
from detente.guardrails.detector import Detector
from detente.guardrails.rulebook import Governed
from detente.wiring import Setup, Sources, build

PATTERN = """
[guardrails.detectors.names]
kind = "pattern"
category = "codename"
pattern = "{word}"
"""
DICTIONARY = """
[guardrails.detectors.names]
kind = "dictionary"
category = "codename"
path = "names.txt"
"""


def setup_of(folder: Path, *texts: str, words: bytes | None = None) -> Setup:
    """A configuration as a worker has it; `words` is what the dictionary's file says."""
    (folder / "state").mkdir(exist_ok=True)
    text = CONFIGURATION + "".join(texts)
    sources = Sources(
        path=str(folder / "detente.toml"),
        main=text.encode(),
        agreements=(),
        dictionaries=() if words is None else (("names", words),),
    )
    return build(sources)


def governed_of(guardrails: Guardrails, project: str | None = "shop") -> Governed:
    found = guardrails.governed("tests/m", project, ())
    assert found is not None
    return found


class Made:
    """How often detectors were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self._make = module.detectors_of
        monkeypatch.setattr(module, "detectors_of", self._made)

    def _made(self, setup: Setup) -> tuple[Detector, ...]:
        self.times += 1
        return self._make(setup)


@pytest.fixture(name="made")
def _made(monkeypatch: pytest.MonkeyPatch) -> Made:
    return Made(monkeypatch)


def test_without_policies_there_is_nothing(tmp_path: Path, made: Made) -> None:
    assert Guardrails.of(setup_of(tmp_path), None) is None
    assert made.times == 0


def test_who_is_not_governed_is_told_so(tmp_path: Path) -> None:
    text = house(data='input = "mask"', more='projects = ["elsewhere"]')
    guardrails = Guardrails.of(setup_of(tmp_path, text), None)
    assert guardrails is not None
    assert guardrails.governed("tests/m", "shop", ()) is None
    assert guardrails.governed("tests/m", None, ()) is None
    assert governed_of(guardrails, "elsewhere").policies[0].name == "house"


def test_a_reload_keeps_detectors_that_did_not_change(tmp_path: Path, made: Made) -> None:
    words = PATTERN.format(word="falcon")
    first = Guardrails.of(setup_of(tmp_path, words, house(data='input = "mask"')), None)
    again = Guardrails.of(setup_of(tmp_path, words, house(data='input = "block"')), first)
    assert made.times == 1
    assert first is not None
    assert again is not None
    assert governed_of(first).treatments["first/m-first"].of("email", "input").treatment == "mask"
    assert governed_of(again).treatments["first/m-first"].of("email", "input").treatment == "block"
    changed = PATTERN.format(word="eagle")
    Guardrails.of(setup_of(tmp_path, changed, house(data='input = "block"')), again)
    assert made.times == 2


def test_a_dictionary_that_changed_is_read_anew(tmp_path: Path, made: Made) -> None:
    texts = (DICTIONARY, house(data='input = "mask"', more=""))
    first = Guardrails.of(setup_of(tmp_path, *texts, words=b"falcon"), None)
    again = Guardrails.of(setup_of(tmp_path, *texts, words=b"falcon"), first)
    assert made.times == 1
    changed = Guardrails.of(setup_of(tmp_path, *texts, words=b"eagle"), again)
    assert made.times == 2
    assert changed is not None
    screen = changed.screen(frozenset(("names",)))
    assert screen.look("the eagle").found
    assert not screen.look("the falcon").found


def test_a_detector_that_cannot_be_had_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    table = '[guardrails.detectors.names]\nkind = "pattern"\ncategory = "x"\npattern = "("\n'
    with pytest.raises(LocatedErrors):
        Guardrails.of(setup_of(tmp_path, table, house(data='input = "mask"', more="")), None)


def test_the_same_detectors_are_one_screen(tmp_path: Path) -> None:
    guardrails = Guardrails.of(setup_of(tmp_path, house(data='input = "mask"')), None)
    assert guardrails is not None
    names = frozenset(("email", "iban"))
    screen = guardrails.screen(names)
    assert screen is guardrails.screen(frozenset(("iban", "email")))
    assert {one.name for one in screen.detectors} == names
    assert guardrails.screen(frozenset(("email",))) is not screen


@pytest.mark.parametrize(
    ("data", "risk", "looks"),
    [
        ('input = "block"', "", None),
        ('output = "mask"', "", {"email"}),
        ('output = "mask"\ncategories = ["iban"]', "", None),
        ("", 'treatment = "block"', None),
    ],
)
def test_only_those_look_at_answers_who_have_to(
    tmp_path: Path, data: str, risk: str, looks: set[str] | None
) -> None:
    guardrails = Guardrails.of(setup_of(tmp_path, house(data=data, risk=risk)), None)
    assert guardrails is not None
    governed = governed_of(guardrails)
    treatments = governed.treatments["first/m-first"]
    screen = guardrails.answer_screen(governed, treatments)
    assert (None if screen is None else {one.name for one in screen.detectors}) == looks
    assert guardrails.answer_screen(governed, treatments) is screen


def test_classes_of_answers_are_forgotten_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLASSES_MAX", 1)
    rules = house(data='deployments = { hosts = ["one"] }\noutput = "mask"')
    guardrails = Guardrails.of(setup_of(tmp_path, rules), None)
    assert guardrails is not None
    governed = governed_of(guardrails)
    for _ in range(3):
        one = guardrails.answer_screen(governed, governed.treatments["first/m-first"])
        two = guardrails.answer_screen(governed, governed.treatments["second/m-second"])
        assert one is not None
        assert two is None


def test_remote_detectors_are_governed_by_their_places(tmp_path: Path) -> None:
    rules = house(data='deployments = { hosts = ["three"] }\ninput = "mask"', more="")
    guardrails = Guardrails.of(setup_of(tmp_path, LOOKERS, rules), None)
    assert guardrails is not None
    remote = governed_of(guardrails).remote
    assert remote["moderation"].of("email", "input").treatment == "mask"
    assert remote["guard"].of("email", "input").treatment == "allow"


# On stage.


def _asks(stage: Stage) -> str:
    """What a provider is sent of one request, which it answers."""
    for upstream in stage.upstreams:
        upstream.hangs_up()
    client = stage.client()
    client.sends(chat("m", text=ANN))
    said = str(sent(stage.upstream)["messages"][0]["content"])
    stage.upstream.answers(OK)
    assert client.answer().status == 200
    return said


def test_a_reload_counts_for_the_next_request(staging: Staging) -> None:
    with staging(house(data='input = "flag"')) as stage:
        assert _asks(stage) == ANN
        policy = house(data='input = "mask"')
        stage.worker.reload(build(stage.sources(CONFIGURATION + policy)))
        assert _asks(stage) == "[EMAIL]"
        stage.worker.reload(build(stage.sources(CONFIGURATION)))
        assert stage.worker.plane.guardrails is None
        assert _asks(stage) == ANN
        told = [[one.treatment for one in settled.screened] for settled in stage.settlements]
        assert told == [["flag"], ["mask"], []]


def test_what_was_asked_under_a_policy_is_answered_under_it(staging: Staging) -> None:
    """Stand-ins are put back though nobody makes any by now."""
    with staging(house(data='input = "pseudonymise"')) as stage:
        client = stage.client()
        client.sends(chat("m", text=ANN))
        stage.worker.reload(build(stage.sources(CONFIGURATION)))
        word = stand_in(stage.upstream)
        stage.upstream.answers(completion(f"to {word}"))
        assert f"to {ANN}".encode() in client.answer().body


def test_a_reload_in_the_middle_of_a_stream_changes_nothing_of_it(staging: Staging) -> None:
    with staging(house(data='output = "mask"')) as stage:
        client = stage.client()
        client.sends(chat("m", stream=True))
        stage.upstream.answers(EVENTS_HEAD + chunked(delta("to ann@con")))
        stage.worker.reload(build(stage.sources(CONFIGURATION)))
        stage.upstream.answers(chunked(delta("toso.com"), USAGE_EVENT, DONE) + LAST)
        assert content_of(client.received) == "to [EMAIL]"
