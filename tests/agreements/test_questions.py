"""Questions with expected answers: read with located errors, asked, compared."""

from datetime import UTC, datetime
from functools import partial

import pytest

from detente.agreements import reference
from detente.agreements.questions import (
    Answer,
    Expectation,
    differences,
    model_named,
    parse_questions,
    rules_of,
    run_questions,
)
from detente.canonical.decision import Decision, Reason, Verdict
from detente.canonical.model import Model
from detente.canonical.question import Event, Offer, labels_of
from detente.canonical.world import World
from detente.configuration.located import LocatedErrors
from tests.agreements.checking.worlds import agreements, day, place

FILE = "questions.toml"
WORLD = World(
    models=(Model(name="lab/one", publisher="lab", aliases=("one",)),),
    deployments=(place("north", "north", region="arctic"), place("south", "south")),
)
SET = agreements(
    a='[[clause]]\nid = "x"\ntype = "exclusive"\nholder = "host:north"\nends_on = "thaw"\n',
    b=(
        '[[clause]]\nid = "f"\ntype = "forbid"\nscope = { labels = { data = "secret" } }\n'
        "recorded_at = 2025-05-01\n"
    ),
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECORDED = Offer(
    name="hall", clause="a/x", opened_at=day("2025-01-01"), recorded_at=day("2025-01-01")
)


def run(text: str, **labels: dict[str, str]) -> tuple[Answer, ...]:
    return run_questions(
        parse_questions(f'configuration = "d.toml"\n{text}'.encode(), FILE),
        WORLD,
        [clause.id for clause in SET.clauses],
        partial(reference.decide, WORLD, SET),
        now=NOW,
        events=(Event(name="thaw", occurred_at=day("2030-01-01"), recorded_at=day("2025-01-01")),),
        offers=(RECORDED,),
        labels_of_project=lambda name: labels_of(labels.get(name, {})),
    )


def one(keys: str, expect: str = 'outcome = "allow"', **labels: dict[str, str]) -> Answer:
    text = (
        f'[[question]]\nid = "q"\nmodel = "one"\nat = 2025-06-01\n{keys}\nexpect = {{ {expect} }}\n'
    )
    (answer,) = run(text, **labels)
    return answer


def test_an_answer_as_expected_has_no_differences() -> None:
    expect = (
        'outcome = "allow", first = "north/one", order = ["north/one"], clauses = ["a/x"], '
        'rules = { "south/one" = ["exclusive"] }, missing = []'
    )
    answer = one("", expect)
    assert answer.differences == ()
    assert (answer.file, answer.line, answer.id) == (FILE, 2, "q")
    assert answer.question.model == "lab/one"


def test_every_difference_is_told() -> None:
    expect = (
        'outcome = "deny", first = "south/one", order = ["south/one"], clauses = ["b/f"], '
        'rules = { "south/one" = ["forbid"] }, missing = ["region of north/one"]'
    )
    assert one("", expect).differences == (
        "outcome is `allow`, expected `deny`",
        "determining clause `b/f` expected and not found",
        "determining clause `a/x` found and not expected",
        "order is `north/one`, expected `south/one`",
        "first deployment is `north/one`, expected `south/one`",
        "rule for `south/one` `forbid` expected and not found",
        "rule for `south/one` `exclusive` found and not expected",
        "missing fact `region of north/one` expected and not found",
    )


def test_nothing_to_try_is_said_so() -> None:
    decision = Decision(id="d", outcome="deny", order=(), verdicts=())
    expected = Expectation(outcome="deny", first="north/one", order=("north/one",))
    assert differences(expected, decision) == [
        "order is empty, expected `north/one`",
        "first deployment is `none`, expected `north/one`",
    ]


def test_what_is_left_out_is_not_compared() -> None:
    assert one("").differences == ()


def test_a_question_carries_everything_that_its_author_wrote() -> None:
    answer = one(
        'as_known_at = 2025-07-01\nprovider = ["south", "north"]\ninterface = "stateless_api"\n'
        'region = "arctic"\nproject = "shop"\nlabels = { tier = "gold" }\n'
        'header_labels = { data = "secret" }\n'
        'events = [{ name = "fire", at = 2025-05-05, recorded_at = 2025-05-06 }]\n'
        'refusals = [{ deployment = "north/one", signal = "timeout", waited_ms = 9 }]',
        'outcome = "deny"',
        shop={"tier": "silver", "desk": "7"},
    )
    asked = answer.question
    assert asked.known_at == day("2025-07-01")
    assert asked.providers == ("south", "north")
    assert asked.region == "arctic"
    assert asked.labels == (("desk", "7"), ("tier", "gold"))
    assert asked.header_labels == (("data", "secret"),)
    assert [event.name for event in asked.events] == ["thaw", "fire"]
    assert asked.events[1].recorded_at == day("2025-05-06")
    assert asked.refusals[0].waited_ms == 9
    assert answer.differences == ()


def test_knowledge_is_the_questions_else_the_files_else_now() -> None:
    text = (
        '[[question]]\nid = "q"\nmodel = "one"\nat = 2025-01-02\nexpect = { outcome = "allow" }\n'
    )
    own = text.replace('"q"', '"r"').replace("expect", "as_known_at = 2025-03-01\nexpect")
    first, second = run("as_known_at = 2025-02-01\n" + text + own)
    assert (first.question.known_at, second.question.known_at) == (
        day("2025-02-01"),
        day("2025-03-01"),
    )
    (third,) = run(text)
    assert third.question.known_at == NOW


def test_a_supposed_event_may_say_who_said_so() -> None:
    found = one(
        'events = [{ name = "thaw", at = 2025-05-01, declared_by = "lab", verified_by = "panel" }]',
    )
    assert found.question.events[-1] == Event(
        name="thaw",
        occurred_at=day("2025-05-01"),
        recorded_at=day("2025-05-01"),
        declared_by="lab",
        verified_by="panel",
    )


def test_offers_on_record_come_before_those_that_are_supposed() -> None:
    found = one(
        'offers = [{ name = "site", clause = "a/x", at = 2025-05-01, recorded_at = 2025-05-02,'
        ' answer = "refused", answered_at = 2025-05-03 }, { name = "open", clause = "a/x",'
        " at = 2025-05-01 }]",
    )
    assert found.question.offers == (
        RECORDED,
        Offer(
            name="site",
            clause="a/x",
            opened_at=day("2025-05-01"),
            recorded_at=day("2025-05-02"),
            answer="refused",
            answered_at=day("2025-05-03"),
            answer_recorded_at=day("2025-05-03"),
        ),
        Offer(
            name="open", clause="a/x", opened_at=day("2025-05-01"), recorded_at=day("2025-05-01")
        ),
    )


def test_a_supposed_event_is_known_when_it_happens() -> None:
    answer = one('events = [{ name = "thaw", at = 2025-05-05 }]', 'outcome = "allow", clauses = []')
    assert answer.differences == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("provider = 'nort'", "unknown provider `nort`; did you mean `north`?"),
        ("model = 'oen'", "unknown model `oen`; did you mean `one`?"),
        ("refusals = [{ deployment = 'north/on', signal = '429' }]", "did you mean `north/one`?"),
        ("expect = { outcome = 'deny', clauses = ['a/y'] }", "unknown clause `a/y`"),
        ("offers = [{ name = 'o', clause = 'a/y', at = 2025-01-01 }]", "unknown clause `a/y`"),
        (
            "offers = [{ name = 'o', clause = 'a/x', at = 2025-01-01, answered_at = 2025-01-02 }]",
            "offer `o` has `answered_at` and no `answer`; say what was answered",
        ),
        ("expect = { outcome = 'deny', order = ['x'] }", "unknown deployment `x`"),
        ("expect = { outcome = 'deny', first = 'x' }", "unknown deployment `x`"),
        ("expect = { outcome = 'deny', rules = { x = [] } }", "unknown deployment `x`"),
    ],
)
def test_a_name_that_does_not_exist_is_an_error_at_its_line(line: str, words: str) -> None:
    keys = {"id": "id = 'q'", "model": "model = 'one'", "at": "at = 2025-06-01"}
    keys |= {"expect": "expect = { outcome = 'deny' }", line.partition(" ")[0]: line}
    lines = ["[[question]]", *keys.values()]
    with pytest.raises(LocatedErrors) as found:
        run("\n".join(lines))
    (error,) = found.value.errors
    assert words in error.message
    assert (error.file, error.line) == (FILE, lines.index(line) + 2)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[question]]\nid = 'q'\nmodel = 'one'\nprovide = 'x'", 5, "did you mean `provider`?"),
        (
            "[[question]]\nid = 'q'\nat = 2025-01-01\nexpect = { outcome = 'yes' }\nmodel = 'one'",
            5,
            "outcome",
        ),
        ("question = 1", 2, "question"),
        ("[[question", 2, "not valid TOML"),
    ],
)
def test_what_does_not_fit_is_located(text: str, line: int, words: str) -> None:
    with pytest.raises(LocatedErrors) as found:
        run(text)
    assert words in found.value.errors[0].message
    assert found.value.errors[0].line == line


def test_an_id_stands_once() -> None:
    text = (
        '[[question]]\nid = "q"\nmodel = "one"\nat = 2025-01-02\nexpect = { outcome = "allow" }\n'
    )
    with pytest.raises(LocatedErrors, match="question `q` stands twice; rename it"):
        run(text + text)


def test_rules_are_named_once_for_each_deployment() -> None:
    reasons = tuple(Reason(rule=rule, text="") for rule in ("hold", "no_grant", "hold"))
    verdict = Verdict(deployment="d", outcome="deny", reasons=reasons)
    decision = Decision(id="d", outcome="deny", order=(), verdicts=(verdict,))
    assert rules_of(decision) == {"d": ("hold", "no_grant")}


def test_a_model_is_named_by_name_or_alias() -> None:
    assert model_named(WORLD, "one") == model_named(WORLD, "lab/one") == WORLD.models[0]
    assert model_named(WORLD, "two") is None
