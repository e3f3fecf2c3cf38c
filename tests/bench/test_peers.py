"""The peers' configurations: the same models and upstream as the gateway's."""

import json
from typing import Any

from bench import peers, workload


def test_litellm_gets_every_model_with_two_deployments() -> None:
    found: dict[str, Any] = json.loads(peers.litellm_configuration("http://127.0.0.1:9"))
    names = [entry["model_name"] for entry in found["model_list"]]
    assert sorted(names) == sorted([*workload.MODELS, *workload.MODELS])
    assert {entry["litellm_params"]["api_base"] for entry in found["model_list"]} == {
        "http://127.0.0.1:9/v1"
    }


def test_envoy_listens_and_forwards_where_it_is_told() -> None:
    found = peers.envoy_configuration(1111, 2222)
    assert '"port_value": 1111' in found
    assert '"port_value": 2222' in found
    assert set(json.loads(found)) == {"static_resources"}
