"""The secrets that a configuration names, read once when a process needs them.

Kept in memory only: never shown, never logged, never part of a value that is recorded.

    secrets = resolve_secrets(setup)
    secrets.api_keys.get("openai")
"""

from collections.abc import Mapping

from detente.configuration.located import LocatedError, LocatedErrors, Path
from detente.configuration.tables import Secret
from detente.providers import Credentials
from detente.wiring import Setup, secret_value

MASTER_KEY_CHARACTERS_MIN = 32
"""Of a random text, enough that nobody guesses it; what derives from it is as strong as it is."""


class Secrets:
    """Every provider's credentials by its name, and the gateway's own master key.

    No value type: those show themselves.
    """

    __slots__ = ("access_keys", "api_keys", "master_key")

    def __init__(
        self,
        *,
        api_keys: Mapping[str, str] | None = None,
        access_keys: Mapping[str, Credentials] | None = None,
        master_key: str | None = None,
    ) -> None:
        self.api_keys = api_keys or {}
        self.access_keys = access_keys or {}
        self.master_key = master_key


def resolve_secrets(setup: Setup) -> Secrets:
    """Every secret that the configuration refers to; raises `LocatedErrors` with all that fail."""
    errors: list[LocatedError] = []
    api_keys: dict[str, str] = {}
    access_keys: dict[str, Credentials] = {}
    for name, provider in setup.configuration.providers.items():
        at: Path = ("providers", name)
        api_key = _resolved(setup, provider.api_key, (*at, "api_key"), errors)
        if api_key is not None:
            api_keys[name] = api_key
        secret = _resolved(setup, provider.secret_access_key, (*at, "secret_access_key"), errors)
        token = _resolved(setup, provider.session_token, (*at, "session_token"), errors)
        if provider.access_key_id is not None and secret is not None:
            access_keys[name] = Credentials(
                access_key_id=provider.access_key_id,
                secret_access_key=secret,
                session_token=token,
            )
    master_key = _master_key(setup, errors)
    _guardrail_secret(setup, errors)
    if errors:
        raise LocatedErrors(errors)
    return Secrets(api_keys=api_keys, access_keys=access_keys, master_key=master_key)


def resolve_master_key(setup: Setup) -> str | None:
    """The master key alone, None where none is configured; raises `LocatedErrors`."""
    errors: list[LocatedError] = []
    master_key = _master_key(setup, errors)
    if errors:
        raise LocatedErrors(errors)
    return master_key


def resolve_guardrail_secret(setup: Setup) -> str | None:
    """The secret of `[guardrails]`, None where none is configured; raises `LocatedErrors`."""
    errors: list[LocatedError] = []
    secret = _guardrail_secret(setup, errors)
    if errors:
        raise LocatedErrors(errors)
    return secret


def _master_key(setup: Setup, errors: list[LocatedError]) -> str | None:
    at: Path = ("server", "master_key")
    value = _resolved(setup, setup.configuration.server.master_key, at, errors)
    return _long(setup, value, at, "the master key", errors)


def _guardrail_secret(setup: Setup, errors: list[LocatedError]) -> str | None:
    at: Path = ("guardrails", "secret")
    value = _resolved(setup, setup.configuration.guardrails.secret, at, errors)
    return _long(setup, value, at, "the secret of `[guardrails]`", errors)


def _long(
    setup: Setup, value: str | None, at: Path, name: str, errors: list[LocatedError]
) -> str | None:
    """`value`; that it is too short to derive keys from is added to `errors`."""
    if value is not None and len(value) < MASTER_KEY_CHARACTERS_MIN:
        said = f"{name} has fewer than {MASTER_KEY_CHARACTERS_MIN} characters"
        message = f"{said}; make one with `openssl rand -base64 32`"
        errors.append(LocatedError(str(setup.path), setup.positions.line(at), message))
    return value


def _resolved(
    setup: Setup, secret: Secret | None, at: Path, errors: list[LocatedError]
) -> str | None:
    """The secret, None where there is none; what is wrong with it is added to `errors`."""
    if secret is None:
        return None
    try:
        value = secret_value(secret, setup.path.parent)
    except KeyError:
        message = f"the environment has no `{secret.env}`; set it"
    except (OSError, UnicodeDecodeError):
        message = f"`{secret.file}` cannot be read; check path and permissions"
    else:
        if value and value.isascii() and value.isprintable():
            return value
        message = "the secret is empty or has characters that no header can carry; check it"
    errors.append(LocatedError(str(setup.path), setup.positions.line(at), message))
    return None
