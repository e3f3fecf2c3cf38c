"""What is publicly known of models, and what platforms ask for them: dated rows with sources.

Data (`models.toml`, `capabilities.toml`, `prices.toml`) and one loader for each. A row without the
page where a reader can check it, or without the date on which it was read, does not load. Decides
nothing; imports only `canonical`. Users' own rows come before these.

>>> prices_for(deployments)
(Price(id='openai/gpt-4@openai#2026-10-14', ...), ...)
"""

from detente.catalog.capabilities import capabilities_of, capability_rows, overridden
from detente.catalog.models import models
from detente.catalog.prices import price_of, prices, prices_for

__all__ = [
    "capabilities_of",
    "capability_rows",
    "models",
    "overridden",
    "price_of",
    "prices",
    "prices_for",
]
