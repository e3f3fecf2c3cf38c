"""The generated configuration is one that the gateway reads."""

from pathlib import Path

from bench import gateway, workload
from detente.wiring import load


def test_the_configuration_has_all_keys_and_models_with_two_deployments(tmp_path: Path) -> None:
    setup = load(gateway.write_configuration(tmp_path, "http://127.0.0.1:9"))
    assert len(setup.configuration.keys) == len(workload.KEYS)
    assert len(setup.world.models) == len(workload.MODELS)
    assert all(len(setup.world.deployments_of(model.name)) == 2 for model in setup.world.models)


def test_entries_are_summed_over_the_groups_of_the_answer() -> None:
    assert gateway.count_entries(b'[{"group": {}, "requests": 3}, {"requests": 4}]\n') == 7
