"""Azure, by azure-identity: environment, workload identity, managed identity, command-line tools.

`DefaultAzureCredential` without what could open a browser or a window, or reads what another
program keeps for a person. It renews within five minutes of the end, or where Entra says so
(azure-identity 1.27.0, read 2026-11-22). Not here: keys of a resource, which are an `api_key`.

    source = open_source(ChainSettings(), scope="https://cognitiveservices.azure.com/.default")
    source.fetch().credential
"""

import os
import re
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

KIND: Final = "azure"
TAKEN: Final = frozenset(("client_id", "tenant_id", "audience"))
SCOPE: Final = "https://cognitiveservices.azure.com/.default"
PROCESS_TIMEOUT_S: Final = 10
"""How long `az` may take to print a token."""
TIMEOUT_S: Final = 10

_ENTRA_CODE: Final = re.compile(r"AADSTS[0-9]{4,8}")
_NOTHING: Final = (
    "no Azure credentials were found in environment, workload identity, managed identity or `az`; "
    "set `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_CLIENT_SECRET`, or run `az login`"
)


def open_source(settings: ChainSettings, *, scope: str | None) -> Source:
    """Azure's chain; `audience` with `/.default` is used instead of `scope` where it is given."""
    refuse_others(settings, kind=KIND, taken=TAKEN)
    if settings.audience is not None:
        scope = f"{settings.audience.rstrip('/')}/.default"
    source = _AzureSource(settings, scope or SCOPE)
    silence("azure", "msal", "urllib3")
    return source


class _AzureSource:
    """One credential of azure-identity, which keeps its token in memory alone."""

    def __init__(self, settings: ChainSettings, scope: str) -> None:
        self._settings = settings
        self._scope = scope
        self._identity = library("azure.identity", kind=KIND, package="azure-identity")
        errors = library("azure.core.exceptions", kind=KIND, package="azure-identity")
        self._errors: tuple[type[Exception], ...] = (errors.AzureError, *OWN_ERRORS)
        self._credential: Any = None

    def fetch(self, *, anew: bool = False) -> Lease:
        """See `Source`."""
        if anew and self._credential is not None:
            self._credential.close()
            self._credential = None
        try:
            if self._credential is None:
                self._credential = self._open()
            token = self._credential.get_token(self._scope)
            return Lease(
                credential=str(token.token),
                expires_at=datetime.fromtimestamp(int(token.expires_on), UTC),
            )
        except self._errors as error:
            raise CredentialError(_sentence(error)) from None

    def _open(self) -> Any:
        """Azure's chain; raises what the library raises where the environment makes no sense."""
        chosen: dict[str, object] = {}
        if self._settings.client_id is not None:
            chosen["managed_identity_client_id"] = self._settings.client_id
            chosen["workload_identity_client_id"] = self._settings.client_id
        if self._settings.tenant_id is not None:
            chosen["workload_identity_tenant_id"] = self._settings.tenant_id
        if os.environ.get("AZURE_AUTHORITY_HOST"):
            # A host that the operator names need not be vouched for by the public cloud's.
            chosen["disable_instance_discovery"] = True
        return self._identity.DefaultAzureCredential(
            exclude_interactive_browser_credential=True,
            exclude_broker_credential=True,
            exclude_shared_token_cache_credential=True,
            exclude_visual_studio_code_credential=True,
            process_timeout=PROCESS_TIMEOUT_S,
            connection_timeout=TIMEOUT_S,
            read_timeout=TIMEOUT_S,
            retry_total=1,
            **chosen,
        )


_SENTENCES: Final = (
    (
        "No such file",
        "a file that Azure credentials come from is not there; check `AZURE_FEDERATED_TOKEN_FILE` "
        "and `AZURE_CLIENT_CERTIFICATE_PATH`",
    ),
    (
        "certificate verify failed",
        "the certificate of Entra's host does not hold; check `AZURE_AUTHORITY_HOST` and "
        "`REQUESTS_CA_BUNDLE`",
    ),
    (
        "establish a new connection|timed out|Failed to resolve|Connection (refused|aborted|reset)",
        "Entra cannot be reached; check network, proxy and `AZURE_AUTHORITY_HOST`",
    ),
    (
        "not been assigned|Identity not found",
        "this machine has no such managed identity; assign it, or check `client_id`",
    ),
    (
        "uthentication failed|Unexpected",
        "Azure gave no token for this identity that can be read; check `AZURE_TENANT_ID`, "
        "`AZURE_CLIENT_ID` and its secret, or the managed identity",
    ),
)
"""What a failure means, by what azure-identity says of it; the first that fits."""


def _sentence(error: Exception) -> str:
    """What went wrong, in words of ours; of Entra's answer the code alone."""
    text = str(error)
    found = _ENTRA_CODE.search(text)
    if found is not None:
        return (
            f"Entra refuses to give a token and says `{found[0]}`; check `AZURE_TENANT_ID`, "
            "`AZURE_CLIENT_ID` and its secret, certificate or federated identity"
        )
    for mark, sentence in _SENTENCES:
        if re.search(mark, text) is not None:
            return sentence
    name = type(error).__name__
    if name in ("ClientAuthenticationError", "CredentialUnavailableError"):
        return _NOTHING
    return f"Azure credentials could not be had (`{name}`); check environment and network"
