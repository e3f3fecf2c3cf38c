"""Tokens as Entra issues them, for clients of simulated platforms.

>>> token("https://ai.azure.com").count(".")
2
"""

from datetime import UTC, datetime, timedelta

from detente.simulator.identity import issue

HOUR = timedelta(hours=1)


def token(audience: str, *, lives: timedelta = HOUR) -> str:
    """A token for `audience` that holds for `lives` from now on, or ended so long ago."""
    now = datetime.now(UTC)
    return issue(subject="app", audience=audience, issued_at=now - 2 * HOUR, expires_at=now + lives)
