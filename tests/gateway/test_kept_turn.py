"""A conversation that the platform keeps, turn by turn: what was said before is put back, and what
nobody here knows is refused."""

import json
from pathlib import Path

import pytest

from detente.canonical.events import Started
from detente.canonical.response import Response
from detente.gateway.kept_conversations import KeptConversations
from detente.gateway.kept_turn import KeptTurn
from detente.guardrails.blocking import GuardrailRefusal
from detente.guardrails.bodies import walk
from detente.guardrails.kept_history import asked_history

ANN = {"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"}
BOB = {"⟨EMAIL_nopqrstuvwxyz⟩": "bob@contoso.com"}
EVE = {"⟨EMAIL_eeeeeeeeeeeee⟩": "eve@contoso.com"}


class Stage:
    """Turns of clients of one gateway."""

    def __init__(self, folder: Path) -> None:
        self.kept = KeptConversations(folder / "kept", bytes(32), ttl_s=100, now=lambda: 1_000)

    def turn(self, project: str | None = "shop", **members: object) -> KeptTurn:
        body = json.dumps({"model": "m", "input": "hello", **members}).encode()
        dialect = "openai_responses"
        asked = asked_history(body, dialect, walk(body, dialect).unread)
        return KeptTurn(self.kept, asked, project)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def answer(id_: str) -> Response:
    return Response(id=id_, model="m", choices=())


def test_each_answer_knows_what_came_before_it(stage: Stage) -> None:
    first = stage.turn()
    assert first.originals == {}
    assert first.joined(ANN) == ANN
    first.begun(answer("resp_1"), ANN)
    second = stage.turn(previous_response_id="resp_1")
    assert second.joined(BOB) == {**ANN, **BOB}
    second.begun(Started(id="resp_2", model="m"), BOB)
    third = stage.turn(previous_response_id="resp_2")
    assert third.originals == {**ANN, **BOB}


def test_a_conversation_branches(stage: Stage) -> None:
    stage.turn().begun(answer("resp_1"), ANN)
    stage.turn(previous_response_id="resp_1").begun(answer("resp_2"), BOB)
    stage.turn(previous_response_id="resp_1").begun(answer("resp_3"), EVE)
    assert stage.turn(previous_response_id="resp_2").originals == {**ANN, **BOB}
    assert stage.turn(previous_response_id="resp_3").originals == {**ANN, **EVE}


def test_a_conversation_object_grows(stage: Stage) -> None:
    for number, said in enumerate((ANN, BOB)):
        turn = stage.turn(conversation="conv_1", store=number == 0)
        turn.begun(answer(f"resp_{number}"), said)
    assert stage.turn(conversation={"id": "conv_1"}).originals == {**ANN, **BOB}
    assert stage.turn(previous_response_id="resp_0").originals == ANN
    with pytest.raises(GuardrailRefusal, match="nothing is kept here"):
        stage.turn(previous_response_id="resp_1")


def test_an_answer_that_the_platform_does_not_keep_is_not_kept(
    stage: Stage, tmp_path: Path
) -> None:
    stage.turn(store=False).begun(answer("resp_1"), ANN)
    assert not (tmp_path / "kept").exists()
    with pytest.raises(GuardrailRefusal):
        stage.turn(previous_response_id="resp_1")


def test_history_of_which_nothing_was_in_is_known(stage: Stage) -> None:
    stage.turn().begun(answer("resp_1"), {})
    assert stage.turn(previous_response_id="resp_1").originals == {}


@pytest.mark.parametrize("project", ["other", None])
def test_another_project_gets_nothing(stage: Stage, project: str | None) -> None:
    stage.turn().begun(answer("resp_1"), ANN)
    stage.turn(conversation="conv_1").begun(answer("resp_2"), ANN)
    with pytest.raises(GuardrailRefusal) as refused:
        stage.turn(project, previous_response_id="resp_1")
    assert refused.value.failure.status == 403
    assert refused.value.failure.blame == "client"
    assert stage.turn(project, conversation="conv_1").originals == {}


def test_history_that_no_map_is_of_is_refused(stage: Stage) -> None:
    stage.turn().begun(answer("resp_1"), ANN)
    items = [{"type": "item_reference", "id": "msg_1"}]
    with pytest.raises(GuardrailRefusal, match="nobody here knows"):
        stage.turn(previous_response_id="resp_1", input=items)


def test_one_stand_in_never_has_two_originals(stage: Stage) -> None:
    stage.turn().begun(answer("resp_1"), {"192.0.2.7": "10.0.0.1"})
    turn = stage.turn(previous_response_id="resp_1")
    with pytest.raises(GuardrailRefusal, match="two originals"):
        turn.joined({"192.0.2.7": "10.0.0.2"})
    with pytest.raises(GuardrailRefusal, match="two originals"):
        turn.begun(answer("resp_2"), {"192.0.2.7": "10.0.0.2"})


def test_what_cannot_be_kept_is_ours(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    with pytest.raises(GuardrailRefusal, match="cannot be written") as refused:
        stage.turn().begun(answer("resp_1"), ANN)
    assert refused.value.failure.blame == "ours"
    assert "contoso" not in str(refused.value)
