"""What there is, as a configuration declares it: models, deployments, prices, the default.

Together with the agreements and a question it is all that a decision depends on.
"""

from typing import Literal

import msgspec

from detente.canonical.capability import Capabilities
from detente.canonical.forecast import Forecast
from detente.canonical.model import Deployment, Model
from detente.canonical.price import Price


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The configured world; names in it are unique (checked where it is read).

    `cost_prices` are what providers bill us, `charge_prices` what projects are billed; the
    first row that names a deployment's model and provider and holds at the time counts.
    `capabilities` are what models can do, by canonical name, where something is known.
    `forecasts` are what use is expected; no decision reads them.
    """

    models: tuple[Model, ...]
    deployments: tuple[Deployment, ...]
    default: Literal["permit", "deny"] = "permit"
    cost_prices: tuple[Price, ...] = ()
    charge_prices: tuple[Price, ...] = ()
    capabilities: dict[str, Capabilities] = {}
    forecasts: tuple[Forecast, ...] = ()

    def deployments_of(self, model: str) -> tuple[Deployment, ...]:
        """The deployments of a canonical model name, in the order of the configuration."""
        return tuple(d for d in self.deployments if d.model == model)
