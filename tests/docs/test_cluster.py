"""What docs/cluster.md and the files in docker/ say of a configuration is what is read, and they are well-formed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.cluster.config import ClusterConfig, read_config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
PARTS: list[dict[str, Any]] = list(yaml.safe_load_all((ROOT / "docker" / "kuberay.yaml").read_text(encoding="utf-8")))
CONFIG, CLAIM, CLUSTER = PARTS
COMPOSE = yaml.safe_load((ROOT / "docker" / "cluster.compose.yaml").read_text(encoding="utf-8"))
HEAD, WORKERS = CLUSTER["spec"]["headGroupSpec"], CLUSTER["spec"]["workerGroupSpecs"]
PODS = [HEAD["template"]["spec"], *(group["template"]["spec"] for group in WORKERS)]


def test_the_page_names_every_setting_with_its_default(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "cluster.yaml").write_text(text)
    read_config(tmp_path / "cluster.yaml")
    shown = yaml.safe_load(text)
    assert shown.keys() == ClusterConfig.model_fields.keys()
    for name in ("replicas", "threads", "queue", "hedge_ms", "deadline_ms", "health_seconds"):
        assert shown[name] == ClusterConfig.model_fields[name].default, name


def test_the_manifest_is_of_kinds_that_there_are() -> None:
    kinds = [(part["apiVersion"], part["kind"]) for part in PARTS]
    assert kinds == [("v1", "ConfigMap"), ("v1", "PersistentVolumeClaim"), ("ray.io/v1", "RayCluster")]
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", part["metadata"]["name"]) for part in PARTS)
    assert re.fullmatch(r"2\.\d+\.\d+", CLUSTER["spec"]["rayVersion"])
    assert set(HEAD) == {"serviceType", "rayStartParams", "template"}
    for group in WORKERS:
        assert set(group) == {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        assert group["replicas"] >= 2  # one host may be lost
    for params in (HEAD["rayStartParams"], *(group["rayStartParams"] for group in WORKERS)):
        assert all(isinstance(value, str) for value in params.values())  # KubeRay refuses numbers


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_is_bounded_mounts_what_it_has_and_is_not_root(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        assert {mount["name"] for mount in container.get("volumeMounts", ())} <= volumes
        assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert ":" in container["image"] and not container["image"].endswith(":latest")


def test_its_configuration_is_one_and_its_folders_are_mounted(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(CONFIG["data"]["cluster.yaml"])
    config = read_config(tmp_path / "cluster.yaml")
    mounts = {mount["mountPath"] for pod in PODS for one in pod["containers"] for mount in one.get("volumeMounts", ())}
    assert {config.home, config.folder, "/etc/winnow"} <= mounts
    [front] = [one for one in PODS[0]["containers"] if one["name"] == "front"]
    assert front["command"][:3] == ["winnow", "cluster", "serve"]
    assert int(front["command"][-1]) == front["ports"][0]["containerPort"] == front["readinessProbe"]["httpGet"]["port"]
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in PODS[0]["volumes"]
        if len(volume) == 2 and "persistentVolumeClaim" in volume
    ]
    assert claims == [CLAIM["metadata"]["name"]]


def test_the_compose_file_has_hosts_for_the_replicas_and_what_they_need() -> None:
    config = read_config(ROOT / "docker" / "cluster.yaml")
    services = COMPOSE["services"]
    commands = {name: " ".join([*one["entrypoint"], *one["command"]]) for name, one in services.items()}
    assert all(one["image"] == "winnow:cluster" and one["environment"]["RAY_AUTH_TOKEN"] for one in services.values())
    assert {volume.split(":")[0] for one in services.values() for volume in one["volumes"]} - {"./cluster.yaml"} == set(
        COMPOSE["volumes"]
    )
    hosts = [
        name for name, said in commands.items() if f"--address={config.ray}" in said and "--num-cpus=0" not in said
    ]
    assert len(hosts) >= config.replicas  # each replica of a shard has a host of its own
    mounts = {name: {volume.split(":")[1] for volume in one["volumes"]} for name, one in services.items()}
    assert all({config.address, config.folder} <= mounts[name] for name in hosts)
    assert {config.address, config.home, "/etc/winnow/cluster.yaml"} <= mounts["front"]
    assert "--head" in commands["head"] and f"--port={str(config.ray).split(':')[1]}" in commands["head"]
    assert "winnow cluster serve /etc/winnow/cluster.yaml" in commands["front"]
    assert services["front"]["ports"] == ["127.0.0.1:8400:8400"]
