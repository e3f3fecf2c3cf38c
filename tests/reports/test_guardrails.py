"""Groups add up to what was found; a request counts once in each group that it stands in."""

from detente.canonical.evidence import Guarded
from detente.canonical.guardrail import Screened, Treatment
from detente.reports.guardrails import DIMENSIONS, GuardrailRow, tallied


def found(category: str, count: int = 1, *, treatment: Treatment = "mask") -> Screened:
    return Screened(
        policy="p",
        stage="input",
        detector=category,
        category=category,
        treatment=treatment,
        count=count,
    )


REQUESTS = (
    Guarded(
        project="shop",
        deployment="openai/gpt-4",
        findings=(found("email", 2), found("iban"), found("email", treatment="block")),
    ),
    Guarded(project="shop", deployment=None, findings=(found("email", treatment="block"),)),
    Guarded(project=None, deployment="aws/x", findings=(found("detector_failed", 0),)),
)


def test_a_request_counts_once_in_a_group() -> None:
    assert tallied(REQUESTS, ("category",)) == (
        GuardrailRow(category="email", requests=2, findings=4),
        GuardrailRow(category="detector_failed", requests=1, findings=0),
        GuardrailRow(category="iban", requests=1, findings=1),
    )


def test_what_is_not_there_is_none() -> None:
    assert tallied(REQUESTS, ("project", "platform", "treatment")) == (
        GuardrailRow(platform="aws", treatment="mask", requests=1, findings=0),
        GuardrailRow(project="shop", treatment="block", requests=1, findings=1),
        GuardrailRow(project="shop", platform="openai", treatment="block", requests=1, findings=1),
        GuardrailRow(project="shop", platform="openai", treatment="mask", requests=1, findings=3),
    )
    own = Screened(
        policy="", stage="output", detector="azure", category="hate", treatment="block", count=1
    )
    (row,) = tallied([Guarded(project=None, deployment=None, findings=(own,))])
    assert (row.policy, row.category) == (None, "hate")


def test_every_way_to_tell_apart_adds_up_to_the_same() -> None:
    for dimension in DIMENSIONS:
        assert sum(row.findings for row in tallied(REQUESTS, (dimension,))) == 5
    (whole,) = tallied(REQUESTS, ())
    assert (whole.requests, whole.findings) == (3, 5)
    assert tallied([]) == ()
