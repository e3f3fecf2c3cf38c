"""A LiteLLM proxy's `config.yaml` as a `detente.toml`: for people who come from there.

Carries over what means the same here, and names everything else with the reason. Copies no secret.
Facts of LiteLLM's settings: https://docs.litellm.ai/docs/proxy/config_settings (read 2026-11-22),
and the proxy's own sources, version 1.106.

>>> print(translated(b"model_list: []", "config.yaml").toml)
# Made from config.yaml by `detente import litellm`.
"""

import msgspec

from detente.cli.litellm.document import Notes, parsed, table_of, tables_of
from detente.cli.litellm.groups import Groups
from detente.cli.litellm.settings import Settings
from detente.cli.litellm.writing import document

__all__ = ["Made", "translated"]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration, and one sentence for each setting that it does not carry."""

    toml: str
    notes: tuple[str, ...]


def translated(data: bytes, file: str) -> Made:
    """The configuration that `data` amounts to; raises `ClientFault` where it cannot be read."""
    notes = Notes()
    whole = parsed(data, file)
    groups = Groups(notes, credentials=tables_of(whole, "credential_list", notes))
    for entry in tables_of(whole, "model_list", notes):
        groups.take(entry)
    settings = Settings(notes)
    for section in ("router_settings", "litellm_settings", "general_settings"):
        table = table_of(whole, section, notes)
        if section == "router_settings":
            groups.rename(table)
        settings.take(section, table)
    settings.leave(whole)
    return Made(
        toml=document(file, groups.finished(), settings.limits), notes=tuple(notes.sentences)
    )
