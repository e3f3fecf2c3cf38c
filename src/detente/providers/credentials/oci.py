"""Oracle Cloud, by oci: configuration file, session token, resource principals, instance, OKE.

Which of them is what Oracle's own tools are told by `OCI_CLI_AUTH`; without it, resource principals
where their variables are set, then the configuration file, then the instance itself. Requests are
signed by the key that the library loaded, which stays inside it. Not here: the signature's text.

    source = open_source(ChainSettings(profile="PROD"), scope=None)
    source.fetch().credential.sign(b"(request-target): post /…")
"""

import configparser
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from detente.providers._rsa import RsaCredentials
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

KIND: Final = "oci"
TAKEN: Final = frozenset(("profile", "file"))
DEFAULT_FILE: Final = "~/.oci/config"
DEFAULT_PROFILE: Final = "DEFAULT"
MODES: Final = (
    "api_key", "security_token", "resource_principal", "instance_principal",
    "oke_workload_identity",
)  # fmt: skip
"""The values of `OCI_CLI_AUTH` that need no person
(https://docs.oracle.com/en-us/iaas/Content/API/SDKDocs/clienvironmentvariables.htm, read
2026-11-22)."""
SPARE_S: Final = 60
"""A token that ends sooner is not given out, as oci does (`SecurityTokenContainer`)."""


def open_source(settings: ChainSettings, *, scope: str | None) -> Source:  # noqa: ARG001 - Oracle has no scopes
    """Oracle's chain; `file` and `profile` choose what the configuration file says."""
    refuse_others(settings, kind=KIND, taken=TAKEN)
    source = _OciSource(settings)
    silence("oci", "urllib3")
    return source


class _OciSource:
    """One signer of oci, whose key and token are read off it."""

    def __init__(self, settings: ChainSettings) -> None:
        self._settings = settings
        self._oci = library("oci", kind=KIND, package="oci")
        self._signers = library("oci.auth.signers", kind=KIND, package="oci")
        self._tokens = library("oci.auth.security_token_container", kind=KIND, package="oci")
        padding = library(
            "cryptography.hazmat.primitives.asymmetric.padding", kind=KIND, package="oci"
        )
        hashes = library("cryptography.hazmat.primitives.hashes", kind=KIND, package="oci")
        self._scheme: tuple[Any, Any] = (padding.PKCS1v15(), hashes.SHA256())
        vendored = library("oci._vendor.requests.exceptions", kind=KIND, package="oci")
        jwt = library("jwt.exceptions", kind=KIND, package="oci")
        retriever = library("oci.auth.certificate_retriever", kind=KIND, package="oci")
        errors = library("oci.exceptions", kind=KIND, package="oci")
        breaker = library("circuitbreaker", kind=KIND, package="oci")
        crypto = library("cryptography.exceptions", kind=KIND, package="oci")
        self._errors: tuple[type[Exception], ...] = (
            errors.ClientError,
            errors.ServiceError,
            vendored.RequestException,
            jwt.PyJWTError,
            breaker.CircuitBreakerError,
            crypto.UnsupportedAlgorithm,
            retriever.InvalidCertificateFromInstanceMetadataError,
            configparser.Error,
            *OWN_ERRORS,
        )
        self._signer: Any = None

    def fetch(self, *, anew: bool = False) -> Lease:
        """See `Source`."""
        try:
            if anew or self._signer is None or self._is_due():
                self._signer = self._open()
            return self._lease()
        except self._errors as error:
            raise CredentialError(_sentence(error)) from None

    def _is_due(self) -> bool:
        """Whether to ask again: half of the token's life is over, or it has no end.

        What has no end was written down by somebody, who may have changed it.
        """
        _, renew_at = self._times()
        return renew_at is None or datetime.now(UTC) >= renew_at

    def _lease(self) -> Lease:
        """What the signer has now; raises `CredentialError` where that has ended."""
        expires_at, _ = self._times()
        now = datetime.now(UTC)
        if expires_at is not None and now.timestamp() > expires_at.timestamp() - SPARE_S:
            raise CredentialError(
                "the session token for Oracle Cloud has ended; run `oci session refresh`, or check "
                "this machine's clock"
            )
        credential = RsaCredentials(
            key_id=str(self._signer.api_key), sign=_signs(self._signer.private_key, self._scheme)
        )
        return Lease(credential=credential, expires_at=expires_at)

    def _times(self) -> tuple[datetime | None, datetime | None]:
        """When the signer's token ends and when it is to be renewed; None where it has none."""
        prefix, _, token = str(self._signer.api_key).partition("$")
        if prefix != "ST":
            return None, None
        claims: dict[str, int] = self._tokens.SecurityTokenContainer(None, token).get_jwt()
        ends, begun = int(claims["exp"]), int(claims.get("iat", claims["exp"]))
        return datetime.fromtimestamp(ends, UTC), datetime.fromtimestamp((ends + begun) // 2, UTC)

    def _open(self) -> Any:
        """A signer as the environment has it; raises what the library raises."""
        mode = self._mode()
        once = self._oci.retry.NoneRetryStrategy()
        if mode == "resource_principal":
            return self._signers.get_resource_principals_signer()
        if mode == "oke_workload_identity":
            return self._signers.get_oke_workload_identity_resource_principal_signer()
        if mode == "instance_principal":
            # Whoever renews decides when to try again.
            return self._signers.InstancePrincipalsSecurityTokenSigner(
                retry_strategy=once, federation_client_retry_strategy=once
            )
        return self._from_file()

    def _mode(self) -> str:
        """Which of `MODES` it is."""
        chosen = self._settings.file is not None or self._settings.profile is not None
        mode = None if chosen else os.environ.get("OCI_CLI_AUTH")
        if mode is not None and mode not in MODES:
            known = ", ".join(f"`{name}`" for name in MODES)
            raise CredentialError(f"`OCI_CLI_AUTH` names no way that is known; use one of {known}")
        if mode is not None:
            return mode
        if not chosen and os.environ.get("OCI_RESOURCE_PRINCIPAL_VERSION"):
            return "resource_principal"
        if chosen or _default_file().is_file():
            return "api_key"
        return "instance_principal"

    def _from_file(self) -> Any:
        """A signer of the configuration file: a session token where it has one, else an API key."""
        file = self._settings.file or str(_default_file())
        profile = self._settings.profile or os.environ.get("OCI_CLI_PROFILE") or DEFAULT_PROFILE
        config: dict[str, str] = self._oci.config.from_file(file, profile)
        token_file = config.get("security_token_file")
        if token_file is None:
            self._oci.config.validate_config(config)
            return self._oci.signer.Signer.from_config(config)
        token = Path(token_file).expanduser().read_text(encoding="ascii").strip()
        key = self._oci.signer.load_private_key_from_file(
            config["key_file"], config.get("pass_phrase")
        )
        return self._signers.SecurityTokenSigner(token, key)


def _default_file() -> Path:
    """Where the configuration file is; the variable is that of Oracle's command line."""
    return Path(os.environ.get("OCI_CLI_CONFIG_FILE") or DEFAULT_FILE).expanduser()


def _signs(key: Any, scheme: tuple[Any, Any]) -> Callable[[bytes], bytes]:
    """What signs with a loaded key."""

    def sign(data: bytes) -> bytes:
        return key.sign(data, *scheme)

    return sign


_SENTENCES: Final = {
    "ConfigFileNotFound": "Oracle's configuration file is not there; run `oci setup config`",
    "ProfileNotFound": "Oracle's configuration file has no such profile; check its name",
    "InvalidConfig": (
        "the profile in Oracle's configuration file is not whole; it needs `user`, `tenancy`, "
        "`fingerprint`, `region` and `key_file`"
    ),
    "InvalidKeyFilePath": "the private key of the Oracle profile is not there; check `key_file`",
    "MissingPrivateKeyPassphrase": (
        "the private key of the Oracle profile wants a pass phrase; give `pass_phrase` there"
    ),
    "InvalidPrivateKey": "the private key of the Oracle profile cannot be read; check `key_file`",
    "MissingSectionHeaderError": (
        "Oracle's configuration file cannot be read; each profile begins with its name in brackets"
    ),
    "FileNotFoundError": (
        "a file that Oracle's credentials come from is not there; check `key_file` and "
        "`security_token_file`"
    ),
}
"""What oci's errors mean, by the names of their classes."""


def _sentence(error: Exception) -> str:
    """What went wrong, in words of ours; of Oracle's answer the status alone."""
    name = type(error).__name__
    if name in _SENTENCES:
        return _SENTENCES[name]
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return (
            f"Oracle refuses to give this instance a token and answers {status}; check its dynamic "
            "group and policies"
        )
    if name in ("ConnectionError", "ConnectTimeout", "ReadTimeout", "Timeout"):
        return (
            "Oracle's metadata or token service cannot be reached; off Oracle's machines run "
            "`oci setup config`, or give `credentials` a `file`"
        )
    return f"Oracle's credentials could not be read (`{name}`); check file and environment"
