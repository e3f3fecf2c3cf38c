"""All workers are asked at once, and one that says nothing is named, not waited for."""

import asyncio
from datetime import UTC, datetime

from detente.canonical.headroom import Headroom
from detente.gateway.link.channel import HeadroomAsked, HeadroomTold
from detente.gateway.measures.headroom_report import HeadroomQuestions, HeadroomReport
from detente.gateway.measures.headrooms import Reading, Readings

FOREVER_S = 30.0
"""Longer than a test may take: who waits so long is not answered."""
MOMENT_S = 0.02


def reading(second: int) -> Reading:
    at = datetime(2026, 11, 22, 12, 0, second, tzinfo=UTC)
    return Reading(at=at, headroom=Headroom(requests_remaining=second))


def asked(
    answers: dict[str, Readings], *, wait_s: float, late: bool = False
) -> tuple[HeadroomReport, HeadroomQuestions]:
    """What two workers are found to have heard, of whom those in `answers` answer."""

    async def run() -> tuple[HeadroomReport, HeadroomQuestions]:
        questions = HeadroomQuestions(("w0", "w1"), wait_s)

        def send(message: HeadroomAsked) -> None:
            number = message.number + 1 if late else message.number
            for worker, readings in answers.items():
                questions.told(HeadroomTold(number=number, readings=readings, worker=worker))

        return await questions.ask(send), questions

    return asyncio.run(run())


def test_all_have_answered() -> None:
    answers = {"w0": {"p/x": reading(1), "p/y": reading(2)}, "w1": {"p/x": reading(3)}}
    report, _ = asked(answers, wait_s=FOREVER_S)
    assert report == HeadroomReport(deployments={"p/x": reading(3), "p/y": reading(2)})


def test_who_does_not_answer_is_left_out_and_named() -> None:
    report, _ = asked({"w1": {"p/x": reading(3)}}, wait_s=MOMENT_S)
    assert report == HeadroomReport(deployments={"p/x": reading(3)}, silent=("w0",))


def test_an_answer_to_another_question_is_none() -> None:
    answers: dict[str, Readings] = {"w0": {"p/x": reading(1)}, "w1": {}}
    report, questions = asked(answers, wait_s=MOMENT_S, late=True)
    assert report == HeadroomReport(deployments={}, silent=("w0", "w1"))
    questions.told(HeadroomTold(number=1, readings={}, worker="w0"))  # too late: nobody waits


def test_two_questions_at_once_are_kept_apart() -> None:
    async def run() -> list[HeadroomReport]:
        questions, sent = HeadroomQuestions(("w0",), FOREVER_S), list[HeadroomAsked]()
        both = asyncio.gather(questions.ask(sent.append), questions.ask(sent.append))
        while len(sent) < 2:
            await asyncio.sleep(0)
        for second, message in enumerate(reversed(sent)):
            told = {"p/x": reading(second)}
            questions.told(HeadroomTold(number=message.number, readings=told, worker="w0"))
        return list(await both)

    found = [report.deployments["p/x"] for report in asyncio.run(run())]
    assert found == [reading(1), reading(0)]
