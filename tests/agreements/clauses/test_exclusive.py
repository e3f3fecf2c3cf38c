"""`exclusive`: only the holder may carry what is in scope."""

import pytest

from tests.agreements.scenes import (
    AWS,
    AZURE,
    OPENAI,
    answer,
    happened,
    loaded,
    outcomes,
    question,
    reasons,
    world,
)

SOLE = 'id = "x"\ntype = "exclusive"\nholder = "host:microsoft"'


@pytest.mark.parametrize(
    ("holder", "carried_by"),
    [
        ('"host:microsoft"', "azure"),
        ('"microsoft"', "azure"),
        ('"kind:azure"', "azure"),
        ('"provider:aws"', "aws"),
        ('["host:amazon", "host:oracle"]', "aws"),
        ('"azure"', None),
    ],
)
def test_the_holder_alone_carries_it(holder: str, carried_by: str | None) -> None:
    clause = f'id = "x"\ntype = "exclusive"\nholder = {holder}'
    decision = answer(world(AZURE, AWS), loaded(clause), question())
    allowed = [name for name, outcome in outcomes(decision).items() if outcome == "allow"]
    assert allowed == ([carried_by] if carried_by else [])


def test_the_sentence_names_holder_and_host() -> None:
    decision = answer(world(AZURE, AWS), loaded(SOLE), question())
    text = "`a/x` reserves it for `host:microsoft`, and `aws/gpt-4` runs on `amazon`"
    assert reasons(decision, "aws")[0].text == text
    assert decision.clauses == ("a/x",)


def carved(name: str) -> str:
    return f'{SOLE}\ncarve_outs = ["{name}"]'


def test_open_weights_are_let_out_by_the_models_licence() -> None:
    agreements = loaded(carved("open_weights"))
    assert answer(world(AWS), agreements, question()).outcome == "deny"
    assert answer(world(AWS, open_weights=True), agreements, question()).outcome == "allow"


def test_a_government_is_let_out_by_its_keys_label_alone() -> None:
    agreements = loaded(carved("us_government"))
    label = {"us_government": "true"}
    assert answer(world(AWS), agreements, question(labels=label)).outcome == "allow"
    assert answer(world(AWS), agreements, question(header_labels=label)).outcome == "deny"


def test_the_publishers_own_sale_is_first_party() -> None:
    agreements = loaded(carved("first_party"))
    decision = answer(world(OPENAI, AWS), agreements, question())
    assert outcomes(decision) == {"openai": "allow", "aws": "deny"}
    operated = question(labels={"operator": "openai"})
    assert answer(world(AWS), agreements, operated).outcome == "allow"
    claimed = question(header_labels={"operator": "openai"})
    assert answer(world(AWS), agreements, claimed).outcome == "deny"


def test_a_verified_event_ends_it_once_it_is_known() -> None:
    agreements = loaded(f'{SOLE}\nends_on = "agi_verified"')
    event = happened("agi_verified", "2026-01-15", recorded="2026-01-20")

    def at(text: str) -> str:
        return answer(world(AWS), agreements, question(text, events=(event,))).outcome

    assert [at("2026-01-14"), at("2026-01-19"), at("2026-01-20")] == ["deny", "deny", "allow"]
    decision = answer(world(AWS), agreements, question())
    assert decision.change == "after the event `agi_verified` is recorded"
