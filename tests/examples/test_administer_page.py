"""The page on administering: its configuration is taken, its roles and codes are the code's."""

import re
from itertools import count
from pathlib import Path

from detente.configuration.administration import admin_speaks_tls, is_administered
from detente.gateway.admin.audit import EARLIER_NAME, FILE_NAME
from detente.gateway.admin.operation import REFUSAL_STATUS
from detente.principals.roles import ROLES
from detente.wiring import load
from tests.examples.bundles import ROOT

TEXT = (ROOT / "docs/how-to/administer.md").read_text(encoding="utf-8")
FRAGMENTS = re.findall(r"(?s)```toml\n(.*?)```", TEXT)


def test_its_configuration_is_taken(tmp_path: Path) -> None:
    assert len(FRAGMENTS) == 2
    numbers = count(1)
    text = re.sub("sha256:…", lambda _: f"sha256:{next(numbers):064x}", "\n".join(FRAGMENTS))
    (tmp_path / "detente.toml").write_text(text, encoding="utf-8")
    configuration = load(tmp_path).configuration
    assert is_administered(configuration)
    assert admin_speaks_tls(configuration.server)


def test_its_roles_are_those_that_there_are() -> None:
    assert re.findall(r"^\| `([a-z]+)` \|", TEXT, re.MULTILINE) == list(ROLES)


def test_its_codes_have_their_statuses() -> None:
    told = set(re.findall(r"(\d{3})\s+`([a-z_]+)`", TEXT))
    assert len(told) >= 4
    assert told <= {(str(status), code) for code, status in REFUSAL_STATUS.items()}


def test_its_files_are_where_it_says() -> None:
    assert f"`{FILE_NAME}`" in TEXT
    assert f"`{EARLIER_NAME}`" in TEXT
