"""E19: providers that share a host, told once a host."""

from detente.agreements.checking.e19_shared_host import shared_hosts
from detente.agreements.checking.survey import Survey
from detente.canonical.model import Deployment
from tests.agreements.checking.worlds import agreements, place, world


def facts(*deployments: Deployment) -> list[str | None]:
    return [f.fact for f in shared_hosts(Survey(world(*deployments), agreements()))]


def test_two_providers_on_one_hosts_machines() -> None:
    survey = Survey(world(place("b", "north"), place("a", "north")), agreements())
    (finding,) = shared_hosts(survey)
    assert (finding.code, finding.severity) == ("E19", "warning")
    assert finding.configured == ("providers", "b")
    assert (finding.place, finding.witness) == (None, None)
    assert finding.fact == "`a` and `b` run on the machines of `north`"


def test_one_finding_a_host() -> None:
    places = [place(name, host) for name, host in (("a", "n"), ("b", "n"), ("c", "n"), ("d", "s"))]
    assert facts(*places) == ["`a`, `b` and `c` run on the machines of `n`"]


def test_not_where_one_provider_has_several_models() -> None:
    assert facts(place("a", "north"), place("a", "north", model="lab/two")) == []
