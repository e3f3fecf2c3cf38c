"""Each deployment's last word on its limits can be read, while it is fresh."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.gateway.scripts import COMPLETION, answer, chat
from tests.gateway.stage import Stage

from detente import providers
from detente.canonical.headroom import Headroom
from detente.gateway.measures.headrooms import AGE_MAX, Reading, headrooms, latest
from detente.gateway.upstream.endpoint import Endpoint

LIMITED = answer(
    200, COMPLETION, "X-RateLimit-Remaining-Requests: 9", "x-ratelimit-reset-requests: 2s"
)
REFUSED = answer(429, b"{}", "x-ratelimit-remaining-requests: 0")
SILENT = answer(200, COMPLETION)


def ask(stage: Stage, *answers: bytes) -> None:
    client = stage.client()
    client.sends(chat("m"))
    for one in answers:
        stage.upstream.answers(one)
    client.answer()


def heard(endpoints: Iterable[Endpoint], now: datetime) -> dict[str, Headroom]:
    return {id_: reading.headroom for id_, reading in headrooms(endpoints, now).items()}


def test_nothing_is_known_before_the_first_answer(stage: Stage) -> None:
    assert headrooms(stage.worker.plane.endpoints.values(), stage.worker.now) == {}


def test_the_last_answer_counts(stage: Stage) -> None:
    ask(stage, LIMITED)
    endpoints = stage.worker.plane.endpoints.values()
    said = Headroom(requests_remaining=9, requests_reset_ms=2000)
    assert heard(endpoints, stage.worker.now) == {"first/m-first": said}
    ask(stage, REFUSED, LIMITED)
    assert heard(endpoints, stage.worker.now) == {
        "first/m-first": Headroom(requests_remaining=0),
        "second/m-second": said,
    }


def test_a_host_that_is_a_row_has_limits_as_well(stage: Stage) -> None:
    ask(stage, LIMITED)
    endpoint = next(one for one in stage.worker.plane.endpoints.values() if one.last.at is not None)
    groq = next(kind for kind in providers.kinds() if kind.name == "groq")
    hosted = replace(endpoint, headroom=groq.headroom)
    assert heard([hosted], stage.worker.now) == {
        "first/m-first": Headroom(requests_remaining=9, requests_reset_ms=2000)
    }


def test_what_is_old_or_silent_says_nothing(stage: Stage) -> None:
    ask(stage, LIMITED)
    endpoints = stage.worker.plane.endpoints.values()
    assert headrooms(endpoints, stage.worker.now + AGE_MAX + timedelta(seconds=1)) == {}
    ask(stage, SILENT)
    assert headrooms(endpoints, stage.worker.now) == {}


def test_of_several_workers_the_last_one_counts() -> None:
    def at(second: int, left: int) -> Reading:
        moment = datetime(2026, 11, 22, 12, 0, second, tzinfo=UTC)
        return Reading(at=moment, headroom=Headroom(requests_remaining=left))

    old, new, other = at(1, 9), at(2, 7), at(0, 5)
    for heard_ in ([{"b": old}, {"b": new, "a": other}], [{"b": new, "a": other}, {"b": old}]):
        found = latest(heard_)
        assert (found, list(found)) == ({"a": other, "b": new}, ["a", "b"])
