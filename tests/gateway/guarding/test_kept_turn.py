"""A conversation that the platform keeps, turn by turn: what was said before is put back, and what
nobody here knows is refused."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from detente.canonical.events import Started
from detente.canonical.response import Response
from detente.gateway.guarding.kept_conversations import KeptConversations
from detente.gateway.guarding.kept_turn import KeptTurn
from detente.guardrails.blocking import GuardrailRefusal
from detente.guardrails.bodies import walk
from detente.guardrails.kept_history import asked_history

ANN = {"⟨EMAIL_abcdefghijklm⟩": "ann@contoso.com"}
BOB = {"⟨EMAIL_nopqrstuvwxyz⟩": "bob@contoso.com"}
EVE = {"⟨EMAIL_eeeeeeeeeeeee⟩": "eve@contoso.com"}


class Stage:
    """Turns of clients of one gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "kept"
        self.kept = KeptConversations(self.folder, bytes(32), ttl_s=100, now=lambda: 1_000)

    def turn(self, project: str | None = "shop", /, **members: object) -> KeptTurn:
        """A client's request with these members."""
        body = json.dumps({"model": "m", "input": "hello", **members}).encode()
        asked = asked_history(body, "openai_responses", walk(body, "openai_responses").unread)
        return KeptTurn(self.kept, asked, project)

    def answered(self, id_: str, originals: Mapping[str, str], **members: object) -> None:
        """A turn that was answered by a platform which keeps it."""
        answer = Response(id=id_, model="m", choices=())
        self.turn("shop", **members).begun(answer, originals, "openai_responses")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def refused(turn: KeptTurn) -> str:
    """Why it is."""
    assert turn.known is None
    assert turn.refusal is not None
    assert turn.refusal.failure.status == 403
    assert turn.refusal.failure.blame == "client"
    return str(turn.refusal)


def test_each_answer_knows_what_came_before_it(stage: Stage) -> None:
    assert stage.turn().known == {}
    stage.answered("resp_1", ANN)
    second = stage.turn(previous_response_id="resp_1")
    assert second.known == ANN
    second.begun(Started(id="resp_2", model="m"), BOB, "openai_responses")
    assert stage.turn(previous_response_id="resp_2").known == {**ANN, **BOB}


def test_a_conversation_branches(stage: Stage) -> None:
    stage.answered("resp_1", ANN)
    stage.answered("resp_2", BOB, previous_response_id="resp_1")
    stage.answered("resp_3", EVE, previous_response_id="resp_1")
    assert stage.turn(previous_response_id="resp_2").known == {**ANN, **BOB}
    assert stage.turn(previous_response_id="resp_3").known == {**ANN, **EVE}


def test_a_conversation_object_grows(stage: Stage) -> None:
    stage.answered("resp_1", ANN, conversation="conv_1")
    stage.answered("resp_2", BOB, conversation="conv_1", store=False)
    assert stage.turn(conversation={"id": "conv_1"}).known == {**ANN, **BOB}
    assert stage.turn(previous_response_id="resp_1").known == ANN
    assert "nothing is kept here" in refused(stage.turn(previous_response_id="resp_2"))


def test_an_answer_that_no_platform_keeps_is_not_kept(stage: Stage) -> None:
    stage.answered("resp_1", ANN, store=False)
    stage.turn().begun(Started(id="resp_1", model="m"), ANN, "openai_chat")
    stage.answered("", ANN)
    assert not stage.folder.exists()
    assert "nothing is kept here" in refused(stage.turn(previous_response_id="resp_1"))


def test_history_of_which_nothing_was_in_is_known(stage: Stage) -> None:
    stage.answered("resp_1", {})
    assert stage.turn(previous_response_id="resp_1").known == {}


@pytest.mark.parametrize("project", ["other", None])
def test_another_project_gets_nothing(stage: Stage, project: str | None) -> None:
    stage.answered("resp_1", ANN)
    stage.answered("resp_2", ANN, conversation="conv_1")
    assert "nothing is kept here" in refused(stage.turn(project, previous_response_id="resp_1"))
    assert stage.turn(project, conversation="conv_1").known == {}


def test_history_that_no_map_is_of_is_refused(stage: Stage) -> None:
    stage.answered("resp_1", ANN)
    items = [{"type": "item_reference", "id": "msg_1"}]
    turn = stage.turn(previous_response_id="resp_1", input=items)
    assert refused(turn).endswith("send the history")
    with pytest.raises(GuardrailRefusal, match="nobody here knows"):
        turn.begun(Started(id="resp_2", model="m"), BOB, "openai_responses")


def test_a_turn_that_is_refused_is_not_read_again(stage: Stage) -> None:
    turn = stage.turn(previous_response_id="resp_1")
    first = refused(turn)
    stage.answered("resp_1", ANN)
    assert refused(turn) == first


def test_one_stand_in_never_has_two_originals(stage: Stage) -> None:
    stage.answered("resp_1", {"192.0.2.7": "10.0.0.1"})
    with pytest.raises(GuardrailRefusal, match="two originals"):
        stage.answered("resp_2", {"192.0.2.7": "10.0.0.2"}, previous_response_id="resp_1")


def test_what_cannot_be_kept_is_ours(stage: Stage) -> None:
    stage.folder.write_text("")
    with pytest.raises(GuardrailRefusal, match="cannot be written") as error:
        stage.answered("resp_1", ANN)
    assert error.value.failure.blame == "ours"
    assert "contoso" not in str(error.value)
