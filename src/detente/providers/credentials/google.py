"""Google Cloud, by google-auth: a file, gcloud's own, a workload's pool, the metadata server.

Application default credentials in Google's order: `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's
file, the metadata server (https://cloud.google.com/docs/authentication/application-default-
credentials, read 2026-11-22). Renewed where less than 3:45 minutes are left (google-auth 2.62.2,
`REFRESH_THRESHOLD`). Not here: keys of the Gemini API, which are an `api_key`.

    source = open_source(ChainSettings(file="/etc/detente/vertex.json"), scope=None)
    source.fetch().credential
"""

import os
import re
import warnings
from datetime import UTC, datetime
from typing import Any, Final

from detente.providers.credentials.lease import (
    OWN_ERRORS,
    CredentialError,
    Lease,
    Source,
    library,
    refuse_others,
    silence,
)
from detente.providers.credentials.settings import ChainSettings

KIND: Final = "google"
PACKAGE: Final = "google-auth"
TAKEN: Final = frozenset(("file",))
SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

TIMEOUT_S: Final = 10.0
"""google-auth itself would wait for two minutes."""

_OAUTH_CODE: Final = re.compile(
    r"\b(invalid_grant|invalid_client|invalid_scope|invalid_request|invalid_target|access_denied"
    r"|unauthorized_client|unsupported_grant_type)\b"
)
"""RFC 6749 §5.2 and RFC 8693 §2.2.2: what a token endpoint may say."""


def open_source(settings: ChainSettings, *, scope: str | None) -> Source:
    """Google's chain; `file` is used instead of what the environment names."""
    refuse_others(settings, kind=KIND, taken=TAKEN)
    source = _GoogleSource(settings.file, scope or SCOPE)
    silence("google", "urllib3")
    return source


class _GoogleSource:
    """One credential of google-auth."""

    def __init__(self, file: str | None, scope: str) -> None:
        self._file = file
        self._scope = scope
        self._auth = library("google.auth", kind=KIND, package=PACKAGE)
        transport = library("google.auth.transport.requests", kind=KIND, package=PACKAGE)
        self._scoping = library("google.auth.credentials", kind=KIND, package=PACKAGE)
        errors = library("google.auth.exceptions", kind=KIND, package=PACKAGE)
        self._errors: tuple[type[Exception], ...] = (errors.GoogleAuthError, *OWN_ERRORS)
        self._request = _Request(transport.Request())
        self._credential: Any = None

    def fetch(self, *, anew: bool = False) -> Lease:
        """See `Source`."""
        try:
            if anew or self._credential is None:
                self._credential = self._find()
            if not self._credential.valid:
                self._credential.refresh(self._request)
            return _lease(self._credential.token, self._credential.expiry)
        except self._errors as error:
            raise CredentialError(_sentence(error)) from None

    def _find(self) -> Any:
        """What Google's chain finds, asked for our scope; raises what google-auth raises.

        A file is read without the scope, which comes afterwards: else google-auth asks Google for
        the project of an external account, which nobody here wants to know.
        """
        file = self._file or os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
        if not file:
            return self._auth.default(scopes=[self._scope], request=self._request)[0]
        with warnings.catch_warnings():
            # It warns of files from strangers; this one the operator named.
            warnings.simplefilter("ignore", DeprecationWarning)
            found = self._auth.load_credentials_from_file(file, request=self._request)[0]
        return self._scoping.with_scopes_if_required(found, [self._scope])


class _Request:
    """google-auth's way to the network, with a shorter patience, and never on to another host: what
    is asked with is a secret, and a token endpoint has no reason to send anyone elsewhere."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self.session = request.session

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        timeout: float = TIMEOUT_S,
        cert: object = None,
    ) -> Any:
        """What google-auth calls; `cert` is a workload's own certificate for TLS."""
        waits_s = min(timeout, TIMEOUT_S)
        return self._request(
            url, method, body, headers, timeout=waits_s, cert=cert, allow_redirects=False
        )


def _lease(token: str | None, expiry: datetime | None) -> Lease:
    """google-auth's times are UTC without saying so."""
    if not token:
        raise CredentialError(
            "Google's answer has no token in it; check the kind of credential in the file"
        )
    return Lease(
        credential=token, expires_at=None if expiry is None else expiry.replace(tzinfo=UTC)
    )


def _sentence(error: Exception) -> str:
    """What went wrong, in words of ours; of the answer the standard's own code alone."""
    name = type(error).__name__
    found = _OAUTH_CODE.search(str(error))
    if name == "DefaultCredentialsError":
        return (
            "no Google credentials were found, or their file cannot be read; run `gcloud auth "
            "application-default login`, or give `credentials` a `file`"
        )
    if name in ("RefreshError", "OAuthError", "ReauthFailError") and found is not None:
        return (
            f"Google refuses to give a token and says `{found[0]}`; check that the account and its "
            "key still exist, the pool's conditions, and this machine's clock"
        )
    if name == "TransportError":
        return "Google's token service cannot be reached; check network and proxy"
    if name == "RefreshError":
        return "Google gave no token for this account; check the credential's file or the account"
    if isinstance(error, FileNotFoundError):
        return "the file of Google credentials is not there; check its path"
    return f"Google credentials could not be read (`{name}`); check the file and the environment"
