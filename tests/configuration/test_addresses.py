"""Addresses to listen on."""

import pytest

from detente.configuration.addresses import is_loopback, split_listen


@pytest.mark.parametrize(
    ("listen", "parts"),
    [("127.0.0.1:8080", ("127.0.0.1", 8080)), ("[::1]:0", ("::1", 0)), ("h:65535", ("h", 65535))],
)
def test_parts(listen: str, parts: tuple[str, int]) -> None:
    assert split_listen(listen) == parts


@pytest.mark.parametrize("listen", ["", "h", ":80", "h:", "h:x", "h:65536", "h:-1"])
def test_no_address(listen: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        split_listen(listen)


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
