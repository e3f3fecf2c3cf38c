"""What a configuration may say of a chain; by itself nothing."""

from detente.providers.credentials import ChainSettings


def test_nothing_need_be_said() -> None:
    settings = ChainSettings()
    assert {getattr(settings, name) for name in settings.__struct_fields__} == {None}
