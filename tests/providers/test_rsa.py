"""What signs does not show itself."""

from rich.pretty import pretty_repr

from detente.providers._rsa import RsaCredentials


def test_nothing_is_shown() -> None:
    credentials = RsaCredentials(key_id="ST$secret-token", sign=lambda data: data[::-1])
    assert credentials.sign(b"abc") == b"cba"
    for text in (repr(credentials), str(credentials), f"{credentials}"):
        assert text == "RsaCredentials(…)"
    assert pretty_repr(credentials) == "RsaCredentials()"
