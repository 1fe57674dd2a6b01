"""The files of deploy/ hold to the schemas of what reads them, to our own rules, and to what exists here."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
CLUSTER = DEPLOY / "kubernetes"
ROLES = {"web", "runtime", "worker", "scheduler", "migrate"}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_SERVICE = {
    "type": "object",
    "required": ["image"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string"},
        "command": _TEXTS,
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "read_only": {"type": "boolean"},
        "cap_drop": _TEXTS,
        "security_opt": _TEXTS,
        "tmpfs": _TEXTS,
        "volumes": _TEXTS,
        "ports": _TEXTS,
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        "depends_on": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["condition"],
                "properties": {
                    "condition": {
                        "enum": [
                            "service_started",
                            "service_healthy",
                            "service_completed_successfully",
                        ]
                    }
                },
            },
        },
        "healthcheck": {
            "type": "object",
            "required": ["test"],
            "additionalProperties": False,
            "properties": {
                "test": _TEXTS,
                "interval": {"type": "string", "pattern": r"^\d+s$"},
                "start_period": {"type": "string", "pattern": r"^\d+s$"},
                "retries": {"type": "integer"},
            },
        },
        "stop_grace_period": {"type": "string", "pattern": r"^\d+s$"},
    },
}
"""The part of the Compose specification that compose.yaml uses."""


def documents() -> list[Any]:
    paths = [path for path in sorted(CLUSTER.glob("*.yaml")) if path.name != "kustomization.yaml"]
    return [
        pytest.param(document, id=f"{path.name}-{document['kind']}")
        for path in paths
        for document in yaml.safe_load_all(path.read_text())
    ]


def pods() -> dict[str, Any]:
    return {
        document["metadata"]["name"]: document["spec"]["template"]["spec"]
        for (document,) in (one.values for one in documents())
        if document["kind"] in {"Deployment", "Job"}
    }


@pytest.mark.parametrize("document", documents())
def test_each_manifest_is_valid_kubernetes(document):
    kubernetes_validate.validate(document, "1.33", strict=True)


def test_the_list_of_manifests_is_complete():
    listed = yaml.safe_load((CLUSTER / "kustomization.yaml").read_text())["resources"]
    there = {path.name for path in CLUSTER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed) == there


def test_every_role_runs_without_rights_and_with_bounds_and_takes_secrets_by_reference():
    found = pods()
    assert set(found) == ROLES
    for pod in found.values():
        (box,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        assert box["securityContext"]["readOnlyRootFilesystem"]
        assert box["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in box["resources"]["limits"]
        assert {"secretRef": {"name": "pentaquark"}} in box["envFrom"]
        plain = [one for one in box.get("env", []) if re.search("KEY|PASSWORD|TOKEN", one["name"])]
        assert plain == []


def test_what_answers_is_probed_and_given_time_to_drain():
    for role in ("web", "runtime"):
        (box,) = pods()[role]["containers"]
        assert {"startupProbe", "livenessProbe", "readinessProbe", "lifecycle"} <= set(box)
        ports = {port["name"] for port in box["ports"]}
        assert box["readinessProbe"]["httpGet"]["port"] in ports
        assert pods()[role]["terminationGracePeriodSeconds"] >= 20


def test_commands_and_settings_exist():
    read = (ROOT / "platform_core/config/settings.py").read_text()
    known = {f"PENTAQUARK_{name}" for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', read)}
    known |= {"PENTAQUARK_MASTER_KEY", "PENTAQUARK_IMAGE"}
    texts = "".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file())
    assert set(re.findall(r"PENTAQUARK_[A-Z_]+", texts)) - known == set()
    for pod in pods().values():
        assert pod["containers"][0]["args"][0] in get_commands()


def test_the_scaling_signal_is_one_the_runtime_exports():
    scaler = next(
        one.values[0] for one in documents() if one.values[0]["kind"] == "HorizontalPodAutoscaler"
    )
    (metric,) = scaler["spec"]["metrics"]
    exported = (ROOT / "platform_core/serving/runtime/statistics.py").read_text()
    name = metric["pods"]["metric"]["name"]
    assert name.startswith("pentaquark_runtime_")
    assert f'"{name.removeprefix("pentaquark_runtime_")}"' in exported


def test_policies_and_services_choose_pods_that_exist():
    labels = [
        document["spec"]["template"]["metadata"]["labels"]
        for (document,) in (one.values for one in documents())
        if document["kind"] in {"Deployment", "Job"}
    ]
    for (document,) in (one.values for one in documents()):
        if document["kind"] == "Service":
            wanted = document["spec"]["selector"]
        elif document["kind"] in {"NetworkPolicy", "PodDisruptionBudget"}:
            key = "podSelector" if document["kind"] == "NetworkPolicy" else "selector"
            wanted = document["spec"][key].get("matchLabels", {})
        else:
            continue
        assert any(wanted.items() <= own.items() for own in labels), document["metadata"]


def test_the_compose_file_is_valid_and_holds_no_secret():
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for name, service in found["services"].items():
        jsonschema.validate(service, _SERVICE)
        for other in service.get("depends_on", {}):
            assert other in found["services"]
        for key, value in service.get("environment", {}).items():
            if re.search("KEY$|PASSWORD|TOKEN|DATABASE_URL", key):
                assert value.startswith("${"), f"{name}: {key}"
    assert ROLES - {"runtime"} <= set(found["services"])
    used = {v.partition(":")[0] for s in found["services"].values() for v in s.get("volumes", [])}
    assert used == set(found["volumes"])


def test_the_image_copies_what_exists_and_runs_as_nobody_special():
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _target = line.split()[1:]
            assert all((ROOT / source).exists() for source in sources), line
    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < next(
        n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT")
    )
