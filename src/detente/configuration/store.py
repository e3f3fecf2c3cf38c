"""`[store]`: where ledger, keys and accounts live."""

from typing import Annotated, Literal

from msgspec import Meta

from detente.configuration.tables import Count, Milliseconds, Name, Secret, Strict


class Store(Strict, frozen=True, kw_only=True):
    """`[store]`: where ledger, keys and accounts live; left out, in files of `server.state`.

    `url` is a PostgreSQL (`postgresql://user@host/database`), shared by all machines: ledger, keys
    and money. `limits_url` is a Valkey or Redis (`redis://host:6379/0`, `rediss://` with TLS) for
    limits; left out, they live where money does. Passwords stand in `password` and
    `limits_password`, never in an address. `machine` names this one among those that share a store;
    left out, it is the host's name.

    Workers hold leases of `lease_ms` by the store's clock, and stop `skew_ms` before they end.
    While the store does not answer within `timeout_ms`, `on_outage` decides: `fail_closed` refuses
    at once what a budget or limit applies to, `continue_on_lease` goes on with what is leased until
    it is used up or ends. What a lost machine may still have spent is given up as lost after
    `lost_after_ms` of silence, while others are heard of.
    """

    url: str | None = None
    password: Secret | None = None
    limits_url: str | None = None
    limits_password: Secret | None = None
    machine: Name | None = None
    on_outage: Literal["fail_closed", "continue_on_lease"] = "fail_closed"
    lease_ms: Annotated[int, Meta(ge=2_000, le=3_600_000)] = 30_000
    skew_ms: Annotated[int, Meta(ge=100)] = 1_000
    timeout_ms: Milliseconds = 1_000
    connections_max: Count = 8
    lost_after_ms: Milliseconds = 3_600_000
