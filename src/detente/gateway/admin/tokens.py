"""Administrators by bearer token: an issuer's claim says the role (`roles` of `[identity.NAME]`).

Not here: keys of administrators (`access`), and what a role may do (`principals.roles`).

>>> askers_of(lambda: issuers.verifier)(b"eyJhbGciOi…", now)
Asker(name='token:entra:5f1d9c0a77b24e3c', role='auditor', project=None)
"""

from collections.abc import Callable
from datetime import datetime

from detente.canonical.failure import Fault
from detente.gateway.admin.access import Asker, NotKnown, Tokens
from detente.gateway.callers.bearer import Verifier
from detente.gateway.routing import microseconds
from detente.principals.bearer_token import is_token


def askers_of(verifier: Callable[[], Verifier]) -> Tokens:
    """Who asks by a token, under the issuers now in force; for `Access`."""

    def asker(presented: bytes, at: datetime) -> Asker | None:
        if not is_token(presented):
            return None
        try:
            found = verifier().administrator(presented, microseconds(at))
        except Fault as fault:
            raise NotKnown(str(fault)) from None
        project = found.project if found.role == "member" else None
        return Asker(name=found.name, role=found.role, project=project)

    return asker
