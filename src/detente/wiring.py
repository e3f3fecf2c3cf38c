"""Composition root: reads a configuration and joins the parts.

`read_sources` is the only part that touches files; `build` is a function of the bytes it
read, so that a reload reads once and hands the same bytes to every process.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from detente import agreements, catalog, providers
from detente.agreements import AgreementSet
from detente.agreements.checking.e17_cycles import cycles
from detente.agreements.checking.survey import Survey
from detente.agreements.rates import contract_prices
from detente.canonical.capability import Capabilities
from detente.canonical.guardrail import Policy
from detente.canonical.model import Deployment, Dialect
from detente.canonical.question import Event, Labels, Offer, labels_of
from detente.canonical.register import events_of, offers_of
from detente.canonical.world import World
from detente.configuration.guardrails import (
    DetectorEntry,
    categories_of,
    entities_of,
    policies_of,
)
from detente.configuration.located import (
    LocatedError,
    LocatedErrors,
    Positions,
    convert,
    parse_toml,
)
from detente.configuration.remote_detectors import is_remote, place_of
from detente.configuration.schema import Configuration, Server
from detente.configuration.tables import Secret
from detente.configuration.world import (
    KindDefaults,
    check_configuration,
    deployments_of,
    forecasts_of,
    models_of,
)
from detente.guardrails.detector import Detector
from detente.guardrails.detector_error import DetectorError
from detente.guardrails.making import (
    OwnDictionary,
    OwnPattern,
    OwnPresidio,
    Regional,
    Setting,
    built_in,
    lacking,
    made,
    together,
)
from detente.guardrails.policy import wanted
from detente.guardrails.remote import GuardModel, RemoteDetector, RemoteSetting, made_remote
from detente.ledger.failures import LedgerUnusable
from detente.ledger.register import read_register
from detente.ledger.store.interface import LedgerPlace
from detente.ledger.store.register import read_bytes
from detente.stores.postgres.place import PostgresPlace

CONFIGURATION_NAME = "detente.toml"
REGISTER_NAME = "register.jsonl"
LEDGER_NAME = "ledger.sqlite3"
CHATTING: Final[frozenset[Dialect]] = frozenset(
    (
        "openai_chat",
        "openai_responses",
        "openai_completions",
        "anthropic_messages",
        "gemini_generate",
        "bedrock_converse",
        "cohere_chat",
        "ollama_chat",
        "oci_chat",
    )
)
"""Dialects in which text is answered by text; reading them from `dialects` would load them all."""
DICTIONARIES_BYTES_MAX: Final = 64 * 1024 * 1024
"""Of all dictionaries together, some four million words: every process is handed them whole."""


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes of a configuration: the file itself, its agreement files by name, its register, and
    the dictionaries by the names of their detectors."""

    path: str
    main: bytes
    agreements: tuple[tuple[str, bytes], ...]
    register: bytes = b""
    dictionaries: tuple[tuple[str, bytes], ...] = ()


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that was read, checked and joined.

    `events` are those of the configuration and of the register, `offers` the register's.
    `dictionaries` are the bytes of the detectors' files, by name.
    """

    path: Path
    configuration: Configuration
    positions: Positions
    world: World
    agreements: AgreementSet
    events: tuple[Event, ...]
    offers: tuple[Offer, ...] = ()
    dictionaries: tuple[tuple[str, bytes], ...] = ()

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies on content, in the order of the file."""
        return policies_of(self.configuration.guardrails)

    @property
    def state(self) -> Path:
        """The folder of journals and ledger."""
        return self.path.parent / self.configuration.server.state

    @property
    def ledger(self) -> Path:
        """The ledger's file, where no other machine shares it; there once a gateway has run."""
        return self.state / LEDGER_NAME

    @property
    def ledger_place(self) -> LedgerPlace:
        """Where the ledger is read: the file, or the database that machines share.

        Raises `LedgerUnusable` where its password cannot be read.
        """
        store = self.configuration.store
        if store.url is None:
            return self.ledger
        try:
            password = store.password and secret_value(store.password, self.path.parent)
        except (KeyError, OSError):
            raise LedgerUnusable(
                "`store.password` cannot be read; set its variable, or make its file readable"
            ) from None
        return PostgresPlace(
            url=store.url,
            password=password,
            timeout_ms=store.timeout_ms,
            connections_max=store.connections_max,
        )

    @property
    def register(self) -> Path:
        """The file of what people declared and answered; it need not exist."""
        return register_of(self.path, self.configuration)

    def labels_of_project(self, project: str | None) -> Labels:
        """The labels that every key of `project`, or of any project, carries."""
        entry = self.configuration.projects.get(project or "")
        own = entry.labels if entry else {}
        return labels_of({**self.configuration.organisation.labels, **own})


def load(path: Path, *, circles: bool = False) -> Setup:
    """The configuration at `path` (a file, or a folder with `detente.toml`).

    Raises `LocatedErrors` with everything that is wrong; `circles` as in `build`.
    """
    return build(read_sources(path), circles=circles)


def server_of(path: Path) -> Server:
    """The `[server]` of the configuration at `path`: where its gateway answers its admin API.

    Reads nothing else, so that a gateway can be asked while its agreements are broken. Raises
    `LocatedErrors`.
    """
    file = path / CONFIGURATION_NAME if path.is_dir() else path
    configuration, _ = _parse(_read(file), str(file))
    return configuration.server


def read_sources(path: Path) -> Sources:
    """The bytes of the configuration at `path`; raises `LocatedErrors` if unreadable."""
    file = path / CONFIGURATION_NAME if path.is_dir() else path
    main = _read(file)
    configuration, _ = _parse(main, str(file))
    folder = configuration.agreements.path
    names = [] if folder is None else _agreement_files(file.parent / folder, str(file))
    return Sources(
        path=str(file),
        main=main,
        agreements=tuple((str(name), _read(name)) for name in names),
        register=read_bytes(register_of(file, configuration)),
        dictionaries=_dictionaries(file, configuration),
    )


def build(sources: Sources, *, circles: bool = False) -> Setup:
    """The setup that `sources` describe; raises `LocatedErrors`.

    Agreements or clauses that replace each other in a circle would leave none of them in force,
    prohibitions included; they are errors, unless `circles` says that they are to be looked at.
    """
    configuration, positions = _parse(sources.main, sources.path)
    check_configuration(configuration, positions, sources.path, kind_defaults(), built_in())
    path = Path(sources.path)
    acts = read_register(sources.register, str(register_of(path, configuration)))
    contracts = agreements.load(sources.agreements)
    if not circles and (found := _circles(contracts)):
        raise LocatedErrors(found)
    events = (*_events_of(configuration), *events_of(acts))
    return Setup(
        path=path,
        configuration=configuration,
        positions=positions,
        world=_with_contract_prices(_world(configuration), contracts, events),
        agreements=contracts,
        events=events,
        offers=offers_of(acts),
        dictionaries=sources.dictionaries,
    )


def detectors_of(setup: Setup) -> tuple[Detector, ...]:
    """Every detector that policies may want: the built-in ones as set, and the configuration's own.

    Raises `LocatedErrors` with each that cannot be had.
    """
    own, refused = own_detectors_of(setup)
    if refused:
        raise LocatedErrors(
            [
                LocatedError(
                    str(setup.path),
                    setup.positions.line(("guardrails", "detectors", name)),
                    f"detector `{name}`: {error}",
                )
                for name, error in refused.items()
            ]
        )
    return together(own)


def own_detectors_of(setup: Setup) -> tuple[dict[str, Detector], dict[str, DetectorError]]:
    """The detectors that the configuration makes or sets, by name, and why others cannot be had: a
    pattern that is refused, a file without words, a package that is not installed."""
    dictionaries = dict(setup.dictionaries)
    own: dict[str, Detector] = {}
    refused: dict[str, DetectorError] = {}
    for name, entry in setup.configuration.guardrails.detectors.items():
        if is_remote(entry):
            continue
        try:
            own[name] = made(_setting(name, entry, dictionaries, setup.path.parent))
        except DetectorError as error:
            refused[name] = error
    return own, refused


def finds_of(setup: Setup) -> dict[str, tuple[str, ...]]:
    """What each detector may find, by its name; none is made for it."""
    own = setup.configuration.guardrails.detectors.items()
    return {
        **{name: one.categories for name, one in built_in().items()},
        **{name: found for name, one in own if (found := categories_of(one))},
        **{name: one.categories for name, one in remote_detectors_of(setup).items()},
    }


def remote_detectors_of(setup: Setup) -> dict[str, RemoteDetector | GuardModel]:
    """The detectors of the configuration that are asked over the network, by name."""
    return {
        name: made_remote(_remote_setting(name, entry))
        for name, entry in setup.configuration.guardrails.detectors.items()
        if is_remote(entry)
    }


def remote_places_of(setup: Setup) -> dict[str, Deployment]:
    """Where each remote detector sees what it is asked about, by its name: a guard model's
    deployment, or a platform's service with the facts of its provider."""
    kinds = kind_defaults()
    deployments = {one.id: one for one in setup.world.deployments}
    return {
        name: deployments[entry.model or ""]
        if entry.kind == "model"
        else place_of(entry, setup.configuration, kinds)
        for name, entry in setup.configuration.guardrails.detectors.items()
        if is_remote(entry)
    }


def blind_detectors(setup: Setup) -> dict[str, DetectorError]:
    """The detectors that policies ask and that cannot be had, by name, and why."""
    finds = finds_of(setup)
    asked = wanted(setup.policies, finds)
    _, refused = own_detectors_of(setup)
    refused |= _mute(setup)
    blind = {name: refused.get(name) or lacking(name) for name in finds if name in asked}
    return {name: error for name, error in blind.items() if error is not None}


def _mute(setup: Setup) -> dict[str, DetectorError]:
    """Guard models on deployments that do not chat, by the detectors' names."""
    kinds = {kind.name: kind for kind in providers.kinds()}
    found: dict[str, DetectorError] = {}
    for name, place in remote_places_of(setup).items():
        kind = kinds[place.kind]
        spoken = kind.dialects if kind.dialects_of is None else kind.dialects_of(place)
        chats = any(dialect in CHATTING for dialect in place.dialects or spoken)
        if setup.configuration.guardrails.detectors[name].kind == "model" and not chats:
            said = f"`{place.id}` does not chat; name a deployment that does"
            found[name] = DetectorError(said)
    return found


def _remote_setting(name: str, entry: DetectorEntry) -> RemoteSetting:
    """A table as what is to be asked; what it leaves out is as the setting has it."""
    told = {key: getattr(entry, key) for key in RemoteSetting.__struct_fields__ if key != "name"}
    given = {key: value for key, value in told.items() if value is not None}
    return msgspec.convert({"name": name, **given}, RemoteSetting)


def _setting(
    name: str, entry: DetectorEntry, dictionaries: Mapping[str, bytes], folder: Path
) -> Setting:
    """A table as what is to be made; `check_configuration` has seen that it is whole. Models that
    are paths stand below `folder`."""
    match entry.kind:
        case "dictionary":
            return OwnDictionary(
                name=name,
                category=entry.category or "",
                words=dictionaries[name],
                ignore_case=entry.ignore_case or False,
                whole_words=entry.whole_words is not False,
            )
        case "pattern":
            own = OwnPattern(name=name, category=entry.category or "", pattern=entry.pattern or "")
            longest = entry.look_back or own.look_back
            return msgspec.structs.replace(own, look_back=longest)
        case "openai_moderation" | "azure_content_safety" | "bedrock_guardrail" | "model":
            raise AssertionError("a remote detector is asked, not made")
        case "presidio":
            model = entry.model or ""
            where = str((folder / model).absolute()) if "/" in model else model
            return OwnPresidio(name=name, model=where, entities=entities_of(entry))
        case None:
            return Regional(name=name, regions=entry.regions or ())


def _circles(contracts: AgreementSet) -> list[LocatedError]:
    """Every circle that `detente check` reports as E17, where it stands."""
    nothing = World(models=(), deployments=())
    return [
        LocatedError(finding.place.file, finding.place.line, finding.message)
        for finding in cycles(Survey(nothing, contracts))
        if finding.place is not None
    ]


def register_of(path: Path, configuration: Configuration) -> Path:
    """Where the register of the configuration at `path` stands."""
    named = configuration.agreements.register
    state = path.parent / configuration.server.state
    return state / REGISTER_NAME if named is None else path.parent / named


def kind_defaults() -> Mapping[str, KindDefaults]:
    """What each kind of provider supplies by itself."""
    return {
        kind.name: KindDefaults(
            base_url=kind.default_base_url,
            host=kind.default_host,
            guards=kind.guards,
            access_keys=kind.chain == "aws",
            dialects=kind.dialects,
            regional_base_urls=kind.regional_base_urls,
            chain=kind.chain is not None,
            needs=kind.needs,
            token_needs=kind.token_needs,
            regions=kind.regions,
            unplaced=kind.unplaced,
            spills=kind.spill is not None,
        )
        for kind in providers.kinds()
    }


def secret_value(secret: Secret, folder: Path) -> str:
    """The secret that a reference names; raises `KeyError` or `OSError` if there is none.

    A relative file is relative to the configuration's folder; one trailing newline is not
    part of a secret.
    """
    if secret.env is not None:
        return os.environ[secret.env]
    assert secret.file is not None  # check_configuration demands one of both
    return (folder / secret.file).read_text(encoding="utf-8").rstrip("\r\n")


def _events_of(configuration: Configuration) -> tuple[Event, ...]:
    return tuple(
        Event(**{field: getattr(entry, field) for field in Event.__struct_fields__})
        for entry in configuration.events
    )


def _with_contract_prices(
    world: World, contracts: AgreementSet, events: tuple[Event, ...]
) -> World:
    """`world` with what agreements say of prices before what configuration and catalog say."""
    rows = contract_prices(world.cost_prices, world.deployments, contracts, events)
    return msgspec.structs.replace(world, cost_prices=(*rows, *world.cost_prices))


def _world(configuration: Configuration) -> World:
    rows = tuple(catalog.price_of(row) for row in configuration.prices if row.side == "cost")
    deployments = catalog.with_platform_facts(deployments_of(configuration, kind_defaults()))
    return World(
        models=models_of(configuration),
        deployments=deployments,
        default=configuration.agreements.default,
        cost_prices=(*rows, *catalog.prices_for(deployments)),
        charge_prices=tuple(
            catalog.price_of(row) for row in configuration.prices if row.side == "charge"
        ),
        capabilities=_capabilities(configuration),
        forecasts=forecasts_of(configuration),
    )


def _capabilities(configuration: Configuration) -> dict[str, Capabilities]:
    """What is known of the configured models: the catalog's rows under the configuration's own."""
    rows = catalog.capability_rows()
    found: dict[str, Capabilities] = {}
    for name, entry in configuration.models.items():
        known = catalog.capabilities_of(name, rows)
        if entry.capabilities is not None:
            own = Capabilities(**msgspec.structs.asdict(entry.capabilities))
            known = catalog.overridden(known, own)
        if known is not None:
            found[name] = known
    return found


def _parse(main: bytes, file: str) -> tuple[Configuration, Positions]:
    tree, positions = parse_toml(main, file)
    return convert(tree, positions, file, Configuration), positions


def _read(file: Path, bytes_max: int | None = None) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read() if bytes_max is None else opened.read(bytes_max + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise LocatedErrors([LocatedError(str(file), 1, f"{reason}; check the path")]) from None
    if bytes_max is not None and len(data) > bytes_max:
        said = f"all dictionaries together have more than {DICTIONARIES_BYTES_MAX} bytes; shorten"
        raise LocatedErrors([LocatedError(str(file), 1, f"{said} them")])
    return data


def _dictionaries(file: Path, configuration: Configuration) -> tuple[tuple[str, bytes], ...]:
    """The bytes of every dictionary, by its detector's name."""
    found: list[tuple[str, bytes]] = []
    left = DICTIONARIES_BYTES_MAX
    for name, entry in configuration.guardrails.detectors.items():
        if entry.kind != "dictionary" or entry.path is None:
            continue
        words = _read(file.parent / entry.path, left)
        left -= len(words)
        found.append((name, words))
    return tuple(found)


def _agreement_files(folder: Path, file: str) -> list[Path]:
    if not folder.is_dir():
        message = f"`agreements.path`: no folder `{folder}`; create it or leave the key out"
        raise LocatedErrors([LocatedError(file, 1, message)])
    return sorted(name for name in folder.glob("*.toml") if name.name != "questions.toml")
