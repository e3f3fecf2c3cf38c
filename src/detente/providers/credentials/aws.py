"""AWS, by botocore: environment, profile (SSO, process, role), web identity, container, instance.

botocore renews within fifteen minutes of the end and, where the service then fails, keeps what it
has until ten minutes before it (botocore 1.44.5, `RefreshableCredentials`, read 2026-11-22). Not
here: signing, and bearer keys of Bedrock, which are configured as an `api_key`.

    source = open_source(ChainSettings(profile="prod"), scope=None)
    source.fetch().credential.access_key_id
"""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from detente.providers._sigv4 import Credentials
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

KIND: Final = "aws"
TAKEN: Final = frozenset(("profile", "role_arn", "region"))
REGION: Final = "us-east-1"
"""Where the token service is asked if nobody names a region; it serves all of the partition."""
CONNECT_TIMEOUT_S: Final = 5
READ_TIMEOUT_S: Final = 10
ATTEMPTS_MAX: Final = 3

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_SENTENCES: Final = {
    "ProfileNotFound": "AWS has no such profile on this machine; see `aws configure list-profiles`",
    "PartialCredentialsError": (
        "an AWS access key is only half there; set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`"
    ),
    "UnauthorizedSSOTokenError": "the AWS sign-in has ended; run `aws sso login`",
    "SSOTokenLoadError": "nobody has signed in to AWS here; run `aws sso login`",
    "TokenRetrievalError": "the AWS sign-in has ended; run `aws sso login`",
    "LoginRefreshRequired": "the AWS sign-in has ended; run `aws login`",
    "LoginTokenLoadError": "nobody has signed in to AWS here; run `aws login`",
    "EndpointConnectionError": (
        "the AWS service that gives credentials cannot be reached; check network, region and proxy"
    ),
    "ConnectTimeoutError": (
        "the AWS service that gives credentials cannot be reached; check network, region and proxy"
    ),
    "ReadTimeoutError": "the AWS service that gives credentials does not answer; try again",
    "FileNotFoundError": (
        "a file that AWS credentials come from is not there; check the paths in the profile and in "
        "`AWS_WEB_IDENTITY_TOKEN_FILE`"
    ),
}
"""What botocore's errors mean, by the names of their classes."""
_SOURCES: Final = {
    "container-role": (
        "the container's service gave no AWS credentials that can be read; check the role of the "
        "task or pod"
    ),
    "custom-process": (
        "the program that gives AWS credentials failed; run `credential_process` of the profile by "
        "hand"
    ),
}
"""What it means that a source gave nothing, by botocore's name of the source."""
_NOTHING: Final = (
    "no AWS credentials were found in environment, profiles, container or instance; set "
    "`AWS_PROFILE`, or give `credentials` a `profile`"
)


def open_source(settings: ChainSettings, *, scope: str | None) -> Source:  # noqa: ARG001 - AWS has no scopes
    """AWS's chain, in botocore's own order; `role_arn` is taken with what it finds."""
    refuse_others(settings, kind=KIND, taken=TAKEN)
    source = _AwsSource(settings)
    silence("botocore", "urllib3")
    return source


class _AwsSource:
    """One session of botocore, replaced by a new one where all is to be fetched anew."""

    def __init__(self, settings: ChainSettings) -> None:
        self._settings = settings
        self._sessions = library("botocore.session", kind=KIND, package="botocore")
        self._chain = library("botocore.credentials", kind=KIND, package="botocore")
        self._config = library("botocore.config", kind=KIND, package="botocore").Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
        )
        errors = library("botocore.exceptions", kind=KIND, package="botocore")
        parsers = library("botocore.parsers", kind=KIND, package="botocore")
        network = library("urllib3.exceptions", kind=KIND, package="botocore")
        self._errors: tuple[type[Exception], ...] = (
            errors.BotoCoreError,
            errors.ClientError,
            parsers.ResponseParserError,
            network.HTTPError,
            *OWN_ERRORS,
        )
        self._found: Any = None

    def fetch(self, *, anew: bool = False) -> Lease:
        """See `Source`."""
        # What has no end was written down by somebody, who may have changed it.
        lasting = getattr(self._found, "_expiry_time", None) is None
        try:
            if anew or lasting:
                self._found = self._find()
            keys = self._found.get_frozen_credentials()
            return _lease(keys, getattr(self._found, "_expiry_time", None))
        except self._errors as error:
            raise CredentialError(_sentence(error)) from None

    def _find(self) -> Any:
        """The credentials of a new session; raises what botocore raises."""
        session: Any = self._sessions.Session(profile=self._settings.profile)
        session.set_default_client_config(self._config)
        region: str = self._settings.region or session.get_config_variable("region") or REGION
        session.set_config_variable("region", region)
        # botocore would ask at the terminal for the code of a second factor.
        roles: Any = session.get_component("credential_provider").get_provider("assume-role")
        roles._prompter = _refuse
        found = session.get_credentials()
        if found is None:
            raise CredentialError(_NOTHING)
        if self._settings.role_arn is None:
            return found
        fetcher: Any = self._chain.AssumeRoleCredentialFetcher(
            client_creator=partial(session.create_client, region_name=region),
            source_credentials=found,
            role_arn=self._settings.role_arn,
            extra_args={"RoleSessionName": "detente"},
        )
        return self._chain.DeferredRefreshableCredentials(
            refresh_using=fetcher.fetch_credentials, method="assume-role"
        )


def _refuse(question: str) -> str:  # noqa: ARG001 - botocore's own question
    """What answers botocore's questions: nobody."""
    raise CredentialError(
        "the AWS profile asks for a person's second factor; take a role without `mfa_serial`"
    )


def _lease(keys: Any, expires_at: datetime | None) -> Lease:
    credential = Credentials(
        access_key_id=keys.access_key,
        secret_access_key=keys.secret_key,
        session_token=keys.token or None,
    )
    return Lease(
        credential=credential,
        expires_at=None if expires_at is None else expires_at.astimezone(UTC),
    )


def _sentence(error: Exception) -> str:
    """What went wrong, in words of ours; of AWS's answer the code alone."""
    name = type(error).__name__
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        code = str(response.get("Error", {}).get("Code", ""))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] -- botocore's answers are plain dicts
        said = f"`{code}`" if _CODE.fullmatch(code) else "no code"
        return (
            f"AWS refuses to give credentials and says {said}; check the role, its trust policy "
            "and whose credentials ask for it"
        )
    if name in _SENTENCES:
        return _SENTENCES[name]
    source = str(getattr(error, "kwargs", {}).get("provider", ""))
    if source in _SOURCES:
        return _SOURCES[source]
    return f"AWS credentials could not be read (`{name}`); check environment and profile"
