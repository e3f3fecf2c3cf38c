"""What a company expects to use: the demand that commitments are checked against.

>>> Forecast(model="openai/gpt-5.5", input_tokens_per_month=10**9)
"""

from datetime import datetime

import msgspec


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Expected use of one model (a name, or a pattern) in `from_ ≤ t < until`, a month.

    A month counts 365.25 / 12 days. `project` narrows it to that project's labels, None is any
    caller.
    """

    model: str
    from_: datetime | None = None
    until: datetime | None = None
    project: str | None = None
    requests_per_month: int = 0
    input_tokens_per_month: int = 0
    output_tokens_per_month: int = 0
