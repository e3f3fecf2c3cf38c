"""What the demo asks: the documents' dates, and an ordinary customer's afternoon.

Only questions stand here. Every answer comes from the gateway.
"""

from datetime import date
from typing import Literal

import msgspec

Client = Literal["openai", "anthropic"]

VISITOR = "dt-demo-visitor"
ENROLLED = "dt-demo-enrolled"
SHOP = "dt-demo-shop"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request: who asks which model, on which date, of which provider if of one only.

    `at` None is now. `key` is a virtual key of the example, which is no secret. `shows_answer`
    where the answer's text is worth reading: a simulated model has nothing to say.
    """

    question: str
    model: str
    key: str
    at: date | None = None
    provider: str | None = None
    client: Client = "openai"
    prompt: str = "Name the capital of France."
    shows_answer: bool = False


ALLIANCE = (
    Step(
        at=date(2023, 3, 20),
        question="GPT-4 has been out for six days. From OpenAI itself?",
        model="gpt-4",
        provider="openai",
        key=ENROLLED,
    ),
    Step(
        at=date(2023, 3, 20),
        question="And from Azure, where our contract is?",
        model="gpt-4",
        provider="azure",
        key=ENROLLED,
    ),
    Step(
        at=date(2024, 6, 1),
        question="GPT-4 on AWS?",
        model="gpt-4",
        provider="aws",
        key=VISITOR,
    ),
    Step(
        at=date(2025, 2, 1),
        question="Compute was opened last month. GPT-4 on AWS now?",
        model="gpt-4",
        provider="aws",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 3, 1),
        question="GPT-5.2 on AWS, a plain model call?",
        model="gpt-5.2",
        provider="aws",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 3, 1),
        question="And on Azure?",
        model="gpt-5.2",
        provider="azure",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 5, 1),
        question="Any cloud may, since Monday. GPT-5.5 on AWS?",
        model="gpt-5.5",
        provider="aws",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 5, 1),
        question="And if we were admitted to the preview?",
        model="gpt-5.5",
        provider="aws",
        key=ENROLLED,
    ),
    Step(
        at=date(2026, 6, 5),
        question="GPT-5.5 on AWS, for everybody?",
        model="gpt-5.5",
        provider="aws",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 6, 5),
        question="And on Google Cloud?",
        model="gpt-5.5",
        provider="google",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 6, 5),
        question="Wherever it is best?",
        model="gpt-5.5",
        key=VISITOR,
    ),
    Step(
        at=date(2026, 6, 5),
        question="And Claude, by Anthropic's own client?",
        model="claude-sonnet-4-5",
        key=VISITOR,
        client="anthropic",
    ),
)
"""The alliance of OpenAI and Microsoft, 2023 to 2026 (`examples/openai-microsoft`)."""

SELF_HOSTED = Step(
    at=date(2026, 6, 5),
    question="And a model on our own machine?",
    model="smollm2",
    key=VISITOR,
    shows_answer=True,
)
"""Asked where a real model runs."""

CUSTOMER = (
    Step(question="Today, at an ordinary customer's", model="gpt-4o-mini", key=SHOP),
    Step(question="A second request at once", model="gpt-4o-mini", key=SHOP),
    Step(question="A third: Azure takes two a minute here", model="gpt-4o-mini", key=SHOP),
)
"""Azure first, others when it refuses (`examples/first-refusal`)."""
