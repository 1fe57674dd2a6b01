"""Ready-to-paste requests for an endpoint, filled with its own names and shapes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

_TYPICAL: dict[str, Any] = {"BOOL": True, "BYTES": "text"}
_MAX_ELEMENTS = 256


@dataclass(frozen=True)
class Addresses:
    """Where programs call: `rest` as URL, `grpc` as host:port, `web` as URL of this site."""

    rest: str
    grpc: str
    web: str


def example_request(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request of the JSON form: `{"inputs": {...}, "parameters": {...}}`.

    A model may carry its own in `attributes["example"]`; else it is made from the signature.
    """
    own = manifest.get("attributes", {}).get("example")
    if isinstance(own, dict) and isinstance(own.get("inputs"), dict):
        return {"inputs": own["inputs"], "parameters": own.get("parameters", {})}
    needed = [spec for spec in manifest.get("inputs", []) if not spec.get("optional")]
    return {"inputs": {spec["name"]: _filled(spec) for spec in needed}, "parameters": {}}


def readable(value: Any, margin: str = "") -> str:
    """Return JSON indented, with lists of plain values on one line each."""
    inner = margin + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(key)}: {readable(value[key], inner)}" for key in value]
        return "{\n" + ",\n".join(rows) + f"\n{margin}}}"
    if isinstance(value, list) and any(isinstance(each, (list, dict)) for each in value):
        rows = [inner + readable(each, inner) for each in value]
        return "[\n" + ",\n".join(rows) + f"\n{margin}]"
    return json.dumps(value, ensure_ascii=False)


def samples(name: str, manifest: Mapping[str, Any], addresses: Addresses) -> list[dict[str, str]]:
    """Return code samples as `components/code.html` takes them."""
    request = example_request(manifest)
    specs = {spec["name"]: spec for spec in manifest.get("inputs", [])}
    return [
        {"language": "shell", "title": "curl", "text": _curl(name, request, specs, addresses)},
        {"language": "python", "title": "Python", "text": _python(name, request, addresses)},
        {
            "language": "triton",
            "title": "tritonclient",
            "text": _triton(name, request, specs, addresses),
        },
    ]


def _filled(spec: Mapping[str, Any]) -> Any:
    """Return nested lists of a typical element; one where any length is accepted."""
    lengths = [1 if side < 0 else min(side, _MAX_ELEMENTS) for side in spec["shape"]]
    value: Any = _TYPICAL.get(spec["datatype"], 0.0 if "F" in spec["datatype"] else 0)
    for length in reversed(lengths):
        value = [value] * length
    return value


def _shape(value: Any) -> list[int]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return shape


def _curl(
    name: str, request: dict[str, Any], specs: Mapping[str, Any], addresses: Addresses
) -> str:
    tensors = [
        {
            "name": key,
            "datatype": specs.get(key, {}).get("datatype", "FP32"),
            "shape": _shape(value),
            "data": value,
        }
        for key, value in request["inputs"].items()
    ]
    body: dict[str, Any] = {"inputs": tensors}
    if request["parameters"]:
        body["parameters"] = request["parameters"]
    return (
        f"curl {addresses.rest}/v2/models/{name}/infer \\\n"
        '  -H "Authorization: Bearer $PENTAQUARK_API_KEY" \\\n'
        f"  -d '{_quoted(json.dumps(body))}'"
    )


def _quoted(text: str) -> str:
    return text.replace("'", "'\\''")


def _python(name: str, request: dict[str, Any], addresses: Addresses) -> str:
    return (
        "import os\n\nimport httpx\n\n"
        f"answer = httpx.post(\n"
        f'    "{addresses.web}/api/v1/endpoints/{name}/predict/",\n'
        '    headers={"Authorization": f"Bearer {os.environ[\'PENTAQUARK_API_KEY\']}"},\n'
        f"    json={_literal(request)},\n"
        ')\nanswer.raise_for_status()\nprint(answer.json()["outputs"])'
    )


def _literal(value: Any) -> str:
    """Return a Python literal of JSON data."""
    return repr(value)


def _triton(
    name: str, request: dict[str, Any], specs: Mapping[str, Any], addresses: Addresses
) -> str:
    lines = [
        "# pip install tritonclient[grpc] numpy",
        "import os",
        "",
        "import numpy as np",
        "import tritonclient.grpc as triton",
        "",
        f'client = triton.InferenceServerClient("{addresses.grpc}")',
        "inputs = []",
    ]
    for key, value in request["inputs"].items():
        datatype = specs.get(key, {}).get("datatype", "FP32")
        lines += [
            f"tensor = triton.InferInput({key!r}, {_shape(value)}, {datatype!r})",
            f"tensor.set_data_from_numpy(np.array({_array(value, datatype)}))",
            "inputs.append(tensor)",
        ]
    extra = f", parameters={_literal(request['parameters'])}" if request["parameters"] else ""
    lines += [
        "key = os.environ['PENTAQUARK_API_KEY']",
        f"answer = client.infer({name!r}, inputs{extra},",
        '                      headers={"authorization": f"Bearer {key}"})',
        "for output in answer.get_response().outputs:",
        "    print(output.name, answer.as_numpy(output.name))",
    ]
    return "\n".join(lines)


_NUMPY = {"BOOL": "bool", "BYTES": "object", "FP16": "np.float16", "FP32": "np.float32"}


def _array(value: Any, datatype: str) -> str:
    dtype = _NUMPY.get(datatype) or f"np.{datatype.lower().replace('fp', 'float')}"
    return f"{_literal(value)}, dtype={dtype}"


def state_words(state: str) -> str:
    """Return a sentence on a state, for the page."""
    return {
        "ready": _("A version is in memory and answers."),
        "loading": _("The version is being fetched, verified and decrypted."),
        "warming": _("The version is making its first predictions."),
        "failed": _("The version could not be loaded."),
        "cold": _("The version is loaded at the next request."),
        "offline": _("The model runtime does not answer."),
        "no_version": _("The alias points to no version yet."),
    }.get(state, "")
