"""botocore finds, renews and fails, against simulated services of AWS."""

import json
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha1
from pathlib import Path

import pytest

from detente.providers import Credentials
from detente.providers.credentials import CHAINS, ChainSettings, Source
from detente.simulator import NotJson, Status
from detente.simulator.identity import aws as simulated
from tests.providers.credentials.service import Service, keys_of, sentence_of

ROLE = "arn:aws:iam::123456789012:role/detente"
STS = "/"


def opened(**settings: str) -> Source:
    return CHAINS["aws"](ChainSettings(**settings), scope=None)


@pytest.fixture
def long_lived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASIMULATED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-access-key")


@pytest.fixture
def sts(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", service.base_url)
    return service


@pytest.fixture
def instance(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"{service.base_url}/")
    return service


@pytest.fixture
def container(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr("botocore.utils.ContainerMetadataFetcher.SLEEP_TIME", 0)
    address = f"{service.base_url}{simulated.CONTAINER}"
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", address)
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token")
    return service


def write_profiles(home: Path, text: str) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(text)


@pytest.mark.usefixtures("long_lived")
def test_the_environment_has_keys_without_an_end() -> None:
    lease = opened().fetch()
    assert lease.expires_at is None
    assert lease.credential == Credentials(
        access_key_id="AKIASIMULATED", secret_access_key="secret-access-key"
    )


def test_a_profile_is_read_again_when_it_changed(bare: Path) -> None:
    text = "[profile prod]\naws_access_key_id = AKIA{0}\naws_secret_access_key = s\n"
    write_profiles(bare, text.format(1))
    source = opened(profile="prod")
    first = source.fetch().credential
    write_profiles(bare, text.format(2))
    second = source.fetch().credential
    assert isinstance(first, Credentials)
    assert isinstance(second, Credentials)
    assert (first.access_key_id, second.access_key_id) == ("AKIA1", "AKIA2")


@pytest.mark.usefixtures("long_lived", "sts")
def test_a_role_is_assumed_with_what_was_found(service: Service) -> None:
    source = opened(role_arn=ROLE, region="eu-west-1")
    keys = keys_of(source.fetch())
    assert keys.access_key_id.startswith("ASIA")
    assert keys_of(source.fetch()) == keys
    assert service.asked(STS) == 1


@pytest.mark.usefixtures("sts")
def test_a_profile_may_assume_its_role_itself(bare: Path, service: Service) -> None:
    write_profiles(
        bare,
        "[profile base]\naws_access_key_id = AKIASIMULATED\n"
        "aws_secret_access_key = secret-access-key\n"
        f"[profile prod]\nrole_arn = {ROLE}\nsource_profile = base\n",
    )
    keys_of(opened(profile="prod").fetch())
    assert service.asked(STS) == 1


@pytest.mark.usefixtures("sts")
def test_a_web_identity_of_a_pod(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = bare / "token"
    token.write_text("web-identity-token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    keys_of(opened().fetch())


@pytest.mark.usefixtures("container")
def test_a_container_gives_its_task_keys(service: Service) -> None:
    keys_of(opened().fetch())
    assert service.asked(simulated.CONTAINER) == 1


@pytest.mark.usefixtures("instance")
def test_an_instance_gives_its_role_keys_by_the_second_version(service: Service) -> None:
    keys_of(opened().fetch())
    assert service.asked(simulated.SESSION_PATH) >= 1


def test_a_process_prints_keys(bare: Path) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    printed = {"Version": 1, "AccessKeyId": "AKIA3", "SecretAccessKey": "s", "Expiration": ends}
    program = bare / "print_keys.py"
    program.write_text(f"print({json.dumps(json.dumps(printed))})")
    write_profiles(bare, f"[profile p]\ncredential_process = {sys.executable} {program}\n")
    lease = opened(profile="p").fetch()
    assert lease.expires_at == datetime.fromisoformat(ends)


def write_sign_in(home: Path, *, ends: datetime) -> None:
    """What `aws sso login` leaves behind."""
    start = "https://example.awsapps.com/start"
    write_profiles(
        home,
        f"[profile p]\nsso_start_url = {start}\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = detente\n",
    )
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    kept = {"accessToken": "sign-in-token", "expiresAt": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    name = sha1(start.encode(), usedforsecurity=False).hexdigest()
    (cache / f"{name}.json").write_text(json.dumps(kept))


def test_a_sign_in_is_used_and_its_end_is_told(
    bare: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", service.base_url)
    # botocore looked up the home folder when it was imported.
    monkeypatch.setattr(
        "botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR",
        str(bare / ".aws" / "sso" / "cache"),
    )
    write_sign_in(bare, ends=datetime.now(UTC) + timedelta(hours=1))
    keys_of(opened(profile="p").fetch())
    service.simulator.denied = True
    assert sentence_of(opened(profile="p")) == "the AWS sign-in has ended; run `aws sso login`"


@pytest.mark.parametrize("fixture", ["instance", "container"])
def test_keys_are_renewed_before_they_end(fixture: str, request: pytest.FixtureRequest) -> None:
    service: Service = request.getfixturevalue(fixture)
    service.simulator.lifetime_s = 7200
    source = opened()
    first = keys_of(source.fetch())
    assert keys_of(source.fetch()) == first
    service.simulator.clock_ahead_s = 1
    second = keys_of(source.fetch(anew=True))
    assert second != first


@pytest.mark.usefixtures("container")
def test_keys_that_end_soon_are_renewed_each_time(service: Service) -> None:
    service.simulator.lifetime_s = 300
    source = opened()
    first = keys_of(source.fetch())
    service.simulator.clock_ahead_s = 1
    assert keys_of(source.fetch()) != first


def test_no_credentials_at_all() -> None:
    assert sentence_of(opened()) == (
        "no AWS credentials were found in environment, profiles, container or instance; set "
        "`AWS_PROFILE`, or give `credentials` a `profile`"
    )


def test_an_unknown_profile() -> None:
    assert "see `aws configure list-profiles`" in sentence_of(opened(profile="nowhere"))


def test_nobody_is_asked_for_a_second_factor(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", partial(pytest.fail, "a prompt"))
    write_profiles(
        bare,
        "[profile base]\naws_access_key_id = AKIASIMULATED\n"
        "aws_secret_access_key = secret-access-key\n"
        f"[profile prod]\nrole_arn = {ROLE}\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/somebody\n",
    )
    assert "take a role without `mfa_serial`" in sentence_of(opened(profile="prod"))


def test_half_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASIMULATED")
    assert "an AWS access key is only half there" in sentence_of(opened())


@pytest.mark.usefixtures("sts")
@pytest.mark.parametrize(
    ("secret", "role", "code"),
    [
        ("another-secret", ROLE, "SignatureDoesNotMatch"),
        ("secret-access-key", f"{ROLE}-of-others", "AccessDenied"),
    ],
)
def test_a_refused_role_names_the_code_alone(
    secret: str, role: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASIMULATED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    assert sentence_of(opened(role_arn=role)) == (
        f"AWS refuses to give credentials and says `{code}`; check the role, its trust policy and "
        "whose credentials ask for it"
    )


@pytest.mark.usefixtures("long_lived", "sts")
def test_a_service_that_is_away(service: Service) -> None:
    service.thread.refuse_connections()
    assert "cannot be reached; check network, region and proxy" in sentence_of(
        opened(role_arn=ROLE)
    )


@pytest.mark.usefixtures("container")
def test_a_container_that_refuses(service: Service) -> None:
    service.simulator.denied = True
    assert "check the role of the task or pod" in sentence_of(opened())


@pytest.mark.usefixtures("container")
@pytest.mark.parametrize("body", ["{}", "[]", '{"AccessKeyId": "x"}', "null", "no JSON"])
def test_answers_that_cannot_be_read(service: Service, body: str) -> None:
    service.thread.script(Status(status=200, body=body, times=10))
    assert ";" in sentence_of(opened())


@pytest.mark.usefixtures("long_lived", "sts")
def test_a_token_service_that_talks_nonsense(service: Service) -> None:
    service.thread.script(NotJson(times=10))
    assert ";" in sentence_of(opened(role_arn=ROLE))


def test_a_lost_token_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    assert "a file that AWS credentials come from is not there" in sentence_of(opened())


def test_a_process_that_fails_is_not_quoted(bare: Path) -> None:
    program = bare / "fail.py"
    program.write_text("import sys; sys.exit('hidden')")
    write_profiles(bare, f"[profile p]\ncredential_process = {sys.executable} {program}\n")
    said = sentence_of(opened(profile="p"))
    assert "hidden" not in said
    assert "run `credential_process` of the profile by hand" in said


@pytest.mark.usefixtures("long_lived", "sts")
def test_nothing_of_a_secret_is_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    source = opened(role_arn=ROLE)
    lease = source.fetch()
    keys = keys_of(lease)
    assert keys.session_token is not None
    for text in (caplog.text, repr(lease), repr(keys), repr(source), str(vars(source).keys())):
        assert keys.secret_access_key not in text
        assert keys.session_token not in text
        assert "secret-access-key" not in text
