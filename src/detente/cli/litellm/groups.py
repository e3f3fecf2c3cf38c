"""The proxy's model groups as models with deployments: one model for each `model_name`.

LiteLLM lets one group hold different models, and several groups the same one. Here a model is one
model, so that agreements can speak of it: a group keeps the model's canonical name if it is the
first with that model, and is named after itself otherwise; either way clients go on asking for
`model_name`, which becomes an alias.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final, cast

import msgspec

from detente.catalog import names
from detente.catalog.price_rows import WrittenPrice
from detente.cli.litellm.document import Notes, Table, table_of, text_of, whole_of
from detente.cli.litellm.places import name_of, place_of, slug
from detente.cli.litellm.providers import Place, Providers
from detente.cli.litellm.settings import DEPLOYMENT, ELSEWHERE, INFO, reason_of

SERVED: Final = frozenset(("chat", "completion", "embedding", "responses"))
"""The modes of LiteLLM's models that are served here."""
METERS: Final = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write_5m",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_audio_token": "audio_input",
    "output_cost_per_audio_token": "audio_output",
}
TIERS: Final = {"": None, "_flex": "flex", "_priority": "priority", "_batches": "batch"}
TAKEN: Final = "is already a model's name or alias here, and goes on meaning that one"
PER_MILLION: Final = Decimal(1_000_000)

_LONG: Final = re.compile(r"_above_(\d+)k_tokens")


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment of a group."""

    provider: str
    id: str
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class Group(msgspec.Struct, kw_only=True):
    """One model, as it will stand."""

    name: str
    aliases: list[str]
    deployments: list[Placed]
    context_tokens: int | None = None
    output_tokens_max: int | None = None


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """What the list of models amounts to."""

    providers: dict[str, Place]
    groups: tuple[Group, ...]
    prices: tuple[WrittenPrice, ...]


class Groups:
    """Reads `model_list`, entry by entry."""

    def __init__(self, notes: Notes, credentials: list[Table]) -> None:
        self._notes = notes
        self._providers = Providers(notes)
        self._names = names()
        self._groups: dict[str, Group] = {}
        self._prices: list[WrittenPrice] = []
        self._credentials: dict[str, Table] = {}
        for index, entry in enumerate(credentials):
            name = text_of(entry, "credential_name") or ""
            self._credentials[name] = table_of(entry, "credential_values", notes)
            for key in entry:
                notes.add(f"credential_list[{index}].{key}", ELSEWHERE)
        self._entries = 0

    def take(self, entry: Table) -> None:
        """One entry of `model_list`."""
        where = f"model_list[{self._entries}]"
        self._entries += 1
        group, params = text_of(entry, "model_name"), table_of(entry, "litellm_params", self._notes)
        info = table_of(entry, "model_info", self._notes)
        model, mode = text_of(params, "model"), text_of(info, "mode")
        if group is None or model is None:
            self._notes.add(where, "names no model, so it is left out")
            return
        if "*" in group or "*" in model:
            self._notes.add(where, "is a pattern of names; name each model that you use")
            return
        if mode is not None and mode not in SERVED:
            self._notes.add(where, f"serves `{mode}`, which is not served here, so it is left out")
            return
        self._place(where, group, model, params, info)
        for key in entry:
            self._notes.add(f"{where}.{key}", reason_of(key, DEPLOYMENT))

    def rename(self, router: Table) -> None:
        """Take the groups' further names from the router's settings."""
        for alias, told in table_of(router, "model_group_alias", self._notes).items():
            target = cast(Table, told).get("model") if isinstance(told, dict) else told
            group = self._groups.get(str(target))
            if group is None:
                said = f"leads to `{target}`, which is no group of this file"
                self._notes.add(f"router_settings.model_group_alias.{alias}", said)
            elif alias in self._taken():
                self._notes.add(f"router_settings.model_group_alias.{alias}", TAKEN)
            else:
                group.aliases.append(alias)

    def finished(self) -> Finished:
        """Everything that was taken."""
        return Finished(
            providers=self._providers.named,
            groups=tuple(self._groups.values()),
            prices=tuple(self._prices),
        )

    def _place(self, where: str, group: str, model: str, params: Table, info: Table) -> None:
        shared = text_of(params, "litellm_credential_name")
        if shared is not None:
            if shared not in self._credentials:
                self._notes.add(f"{where}.litellm_credential_name", "names no credential here")
            params = {**self._credentials.get(shared, {}), **params}
        custom = text_of(params, "custom_llm_provider")
        address = params.get("api_base") or params.get("base_url")
        found = place_of(model, custom, address if isinstance(address, str) else None)
        if found is None:
            self._notes.add(where, f"`{model}` is at no kind of provider here, so it is left out")
            return
        kind, upstream_id = found
        inner = f"{where}.litellm_params"
        upstream_id = text_of(params, "model_id") or upstream_id
        if not upstream_id.isascii() or not upstream_id.isprintable():
            self._notes.add(where, "its id is not printable ASCII, so it is left out")
            return
        provider = self._providers.name_for(kind, model, params, inner)
        base_model = text_of(info, "base_model")
        ours = self._group(group, name_of(self._names, kind, upstream_id, base_model, group), where)
        self._take_prices(ours.name, provider, {**info, **params}, where)
        ours.context_tokens = ours.context_tokens or whole_of(info, "max_input_tokens")
        ours.output_tokens_max = ours.output_tokens_max or whole_of(info, "max_output_tokens")
        placed = Placed(
            provider=provider,
            id=upstream_id,
            requests_per_minute=whole_of(params, "rpm"),
            tokens_per_minute=whole_of(params, "tpm"),
        )
        if any((d.provider, d.id) == (provider, upstream_id) for d in ours.deployments):
            self._notes.add(where, "stands a second time in its group, so it is left out")
        else:
            ours.deployments.append(placed)
        self._leave(params, info, where)

    def _group(self, group: str, canonical: str, where: str) -> Group:
        """The group's model; it keeps the name that its first entry gave it."""
        known = self._groups.get(group)
        if known is not None:
            if canonical not in (known.name, f"{canonical.partition('/')[0]}/{slug(group)}"):
                said = f"is `{canonical}` in a group of `{known.name}`; part them if they differ"
                self._notes.add(where, said)
            return known
        publisher = canonical.partition("/")[0]
        names = [canonical, f"{publisher}/{slug(group)}", f"{publisher}/{slug(group)}-2"]
        used = self._taken()
        name = next((n for n in names if n not in used), f"group/{len(used)}")
        if name != canonical:
            said = f"`{canonical}` is another group's, so this one is called `{name}`"
            self._notes.add(where, said)
        if group in used:
            self._notes.add(f"{where}.model_name", TAKEN)
        aliases = [] if group == name or group in used else [group]
        made = self._groups[group] = Group(name=name, aliases=aliases, deployments=[])
        return made

    def _taken(self) -> set[str]:
        return {name for g in self._groups.values() for name in (g.name, *g.aliases)}

    def _take_prices(self, model: str, provider: str, table: Table, where: str) -> None:
        """The entry's own prices, in dollars a million tokens."""
        rows: dict[tuple[str | None, int], dict[str, Decimal]] = {}
        for key, value in table.items():
            tail = next(t for t in ("_flex", "_priority", "_batches", "") if key.endswith(t))
            long = _LONG.search(key)
            word = METERS.get(_LONG.sub("", key.removesuffix(tail)))
            amount = _amount(value)
            if word is not None and amount is not None:
                over = int(long[1]) * 1000 if long else 0
                rows.setdefault((TIERS[tail], over), {})[word] = amount
        base = rows.get((None, 0), {})
        for (tier, over), meters in rows.items():
            self._prices.append(
                WrittenPrice(
                    model=model,
                    provider=provider,
                    meters={**base, **meters},
                    source=f"LiteLLM's configuration, {where}",
                    input_tokens_over=over,
                    tier=tier if tier or len({t for t, _ in rows}) == 1 else "standard",
                )
            )

    def _leave(self, params: Table, info: Table, where: str) -> None:
        """Name what is left of an entry."""
        for table, part, reasons in (
            (params, "litellm_params", DEPLOYMENT),
            (info, "model_info", INFO),
        ):
            for key, value in table.items():
                plain = _LONG.sub("", key)
                for tail in ("_flex", "_priority", "_batches"):
                    plain = plain.removesuffix(tail)
                if plain not in METERS and value is not None:
                    self._notes.add(f"{where}.{part}.{key}", reason_of(key, reasons))


def _amount(value: object) -> Decimal | None:
    """A price a token as one a million tokens, exactly as it is written."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        amount = Decimal(str(value)) * PER_MILLION
    except InvalidOperation:
        return None
    return amount.normalize() if amount.is_finite() and amount >= 0 else None
