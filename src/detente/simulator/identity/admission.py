"""What a simulated platform asks of a credential: the configured key, or one that was issued.

Each platform says what is wrong in its own words; this only finds it.

>>> from datetime import UTC, datetime
>>> setting = Setting(models=(), api_key="key", base_path="", tokens=1, limit=1, remaining=1,
...                   request_id="", at=datetime(2026, 11, 22, tzinfo=UTC))
>>> bearer_problem("key", setting, "any"), bearer_problem("kex", setting, "any")
(None, 'unknown')
"""

import hmac
from collections.abc import Callable

from detente.simulator.exchange import Setting
from detente.simulator.identity.tokens import AWS_AUDIENCE, Problem, problem_of, secret_of


def bearer_problem(token: str | None, setting: Setting, *audiences: str) -> Problem | None:
    """Why a bearer token does not hold, None where it does.

    Where `setting.issued_tokens`, it must be issued for one of `audiences` and valid at
    `setting.at`; else it must be `setting.api_key`, and anybody comes in where that is None.
    """
    if setting.issued_tokens:
        return problem_of(token, audiences, setting.at)
    if setting.api_key is None:
        return None
    if not token:
        return "missing"
    same = hmac.compare_digest(token.encode(), setting.api_key.encode())
    return None if same else "unknown"


def aws_secrets(session_token: str | None, setting: Setting) -> Callable[[str], str | None]:
    """What `verify` needs of a signed request: the secret of an access key id, None of a stranger.

    Where `setting.issued_tokens`, keys are the temporary ones that come with `session_token`; else
    any id has `setting.api_key` as its secret.
    """
    if setting.issued_tokens:
        return lambda access_key_id: secret_of(access_key_id, session_token)
    return lambda _: setting.api_key


def session_problem(session_token: str | None, setting: Setting) -> Problem | None:
    """Why the session token of a signed request does not hold; None where none is asked for."""
    if not setting.issued_tokens:
        return None
    return problem_of(session_token, (AWS_AUDIENCE,), setting.at)
