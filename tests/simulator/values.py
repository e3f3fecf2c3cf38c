"""Values that several tests of the simulator share."""

from datetime import UTC, datetime

from detente.simulator.exchange import Setting

SETTING = Setting(
    models=("m",),
    api_key=None,
    base_path="",
    tokens=12,
    limit=10,
    remaining=9,
    request_id="0" * 32,
    at=datetime(2026, 6, 1, tzinfo=UTC),
)
"""What a platform knows when anybody may call and one model is served."""
