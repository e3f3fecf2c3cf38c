"""`examples/several-clouds`: four platforms a model, and its questions hold by what it says."""

from functools import cache

import msgspec

from detente import wiring
from detente.agreements.questions import parse_questions
from tests.examples.bundles import EXAMPLES, Bundle

FOLDER = EXAMPLES / "several-clouds"
QUESTIONS = FOLDER / "questions.toml"


@cache
def bundle() -> Bundle:
    questions = parse_questions(QUESTIONS.read_bytes(), str(QUESTIONS))
    return Bundle(setup=wiring.load(FOLDER), questions=questions)


def test_each_model_is_at_four_platforms() -> None:
    world = bundle().setup.world
    for model in ("openai/gpt-6-sol", "anthropic/claude-sonnet-4-6"):
        assert len({d.kind for d in world.deployments_of(model)}) == 4
        assert len({d.host for d in world.deployments_of(model)}) == 4


def test_its_questions_are_answered_as_expected() -> None:
    answers = bundle().answers()
    assert len(answers) >= 4
    assert [answer.id for answer in answers if answer.differences] == []


def test_zones_are_filled_in_and_none_is_configured() -> None:
    assert "zone = " not in (FOLDER / "detente.toml").read_text(encoding="utf-8")
    zones = {d.id: d.processing_zone for d in bundle().setup.world.deployments}
    assert zones["azure/gpt-6-sol"] == "eu"
    assert zones["bedrock/global.openai.gpt-6-sol"] == "global"
    assert zones["bedrock/eu.anthropic.claude-sonnet-4-6"] == "eu"
    assert None not in zones.values()


def test_without_the_clause_personal_data_goes_anywhere() -> None:
    setup = bundle().setup
    changed = setup.agreements.without("data-protection/in-europe")
    answers = bundle().answers(msgspec.structs.replace(setup, agreements=changed))
    assert {answer.id for answer in answers if answer.differences} == {
        "personal-data-stays",
        "claude-in-europe",
    }
