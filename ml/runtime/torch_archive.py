"""Looks at a `torch.export` archive (.pt2) before torch does, and takes out what could run code.

`torch.export.save` writes weights as raw bytes, but pickles the example inputs; `torch.export.load` unpickles
those, and weights, constants and objects that say they are pickled, resolves any dotted name under `torch`
(`torch.serialization.os.system` is one), and evaluates symbolic expressions and guards as Python. An archive
that needs any of this is refused; the example inputs, guards and source notes, which no prediction reads, are
left out. Read in torch 2.15: export/pt2_archive/_package.py, _export/serde/serialize.py.
"""

import io
import json
import re
import zipfile
from typing import Any

from ml.common.bundle import BundleError

_MAX_JSON_BYTES = 64 * 2**20
_RAW = re.compile(r"data/(weights/weight_\d+|constants/tensor_\d+)")
_MODEL, _SAMPLES = "models/model.json", "data/sample_inputs/model.pt"
_CONFIGS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
_NOTES = frozenset(
    {"archive_format", "archive_version", "byteorder", ".data/version", ".data/serialization_id",
     ".format_version", ".storage_alignment", "version", _SAMPLES}
)  # fmt: skip
_TARGET = re.compile(
    r"torch\.ops\.(aten|prims|quantized_decomposed)\.[a-z_0-9A-Z]+\.[a-zA-Z0-9_]+"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|pow|neg|eq|ne|lt|le|gt|ge|getitem|and_|or_|not_)"
    r"|math\.(ceil|floor|trunc)|torch\.sym_(max|min|not|float|int|ite)|torch\._sym_sqrt"
)
_FILE_OPS = re.compile(r"\.(from_file|_?save|load|warn|print)\b")
"""Operators of aten that touch files or streams."""
_EXPRESSION = re.compile(r"[A-Za-z0-9_+\-*/(),<>=&|~ ]{1,500}")
_NUMBER_NAME = re.compile(r"s\d+|u\d+|int_oo")
_FUNCTIONS = frozenset(
    {
        "Mod", "Max", "Min", "FloorDiv", "CleanDiv", "CeilDiv", "PythonMod", "ModularIndexing", "Where",
        "Eq", "Ne", "Lt", "Le", "Gt", "Ge", "And", "Or", "Not", "Integer", "True", "False", "IntTrueDiv",
        "FloatTrueDiv", "ToFloat", "TruncToInt", "CeilToInt", "FloorToInt", "PowByNatural",
    }
)  # fmt: skip
_SYMBOL = re.compile(r"Symbol\('([su]\d+)'(?:, (?:positive|nonnegative|integer)=True)*\)")
_WORD = re.compile(r"[A-Za-z_]\w*")


def made_safe(content: bytes) -> dict[str, bytes]:
    """Return the archive's records, checked and stripped: name without the root folder -> bytes.

    Raises:
        BundleError: not such an archive, or something in it could run code; says what.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        records = {info.filename.partition("/")[2]: info for info in archive.infolist()}
        if _MODEL not in records:
            raise BundleError("torch cannot load the model: it holds no models/model.json.")
        kept = {name: _checked(archive, name, info) for name, info in records.items()}
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(
            f"torch cannot load the model: no torch.export archive ({error})."
        ) from error
    kept[_SAMPLES] = b""
    return kept


def _checked(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type != zipfile.ZIP_STORED:
        raise BundleError(
            f"Record {name!r} of the torch program is compressed; torch never does that."
        )
    if _RAW.fullmatch(name):
        return archive.read(info)
    if name in _NOTES:
        return archive.read(info) if name != _SAMPLES else b""
    if name != _MODEL and name not in _CONFIGS:
        raise BundleError(
            f"The torch program holds {name!r}: only programs of plain tensors are served, "
            "no pickled weights, custom objects or compiled code."
        )
    if info.file_size > _MAX_JSON_BYTES:
        raise BundleError(f"Record {name!r} of the torch program is larger than any program.")
    document = json.loads(archive.read(info))
    return json.dumps(_program(document) if name == _MODEL else _payloads(document)).encode()


def _payloads(document: dict[str, Any]) -> dict[str, Any]:
    for name, payload in document["config"].items():
        if payload.get("use_pickle") is not False:
            raise BundleError(
                f"Tensor {name[:80]!r} of the torch program is pickled; save it as raw tensor."
            )
        if not _RAW.fullmatch(f"data/weights/{payload['path_name']}") and not _RAW.fullmatch(
            f"data/constants/{payload['path_name']}"
        ):
            raise BundleError(
                f"Tensor {name[:80]!r} of the torch program lies outside the archive's folders."
            )
    return document


def _program(document: dict[str, Any]) -> dict[str, Any]:
    if "guards_code" in document:
        document["guards_code"] = []
    _walk(document)
    return document


def _walk(value: Any) -> None:
    """Check every node target and expression; empty every node's notes."""
    if isinstance(value, list):
        for each in value:
            _walk(each)
    elif isinstance(value, dict):
        _check_node(value)
        for each in value.values():
            _walk(each)


def _check_node(node: dict[str, Any]) -> None:
    if "metadata" in node and "target" in node:
        node["metadata"] = {}
    target = node.get("target")
    if isinstance(target, str) and "inputs" in node and not _is_tensor_operator(target):
        raise BundleError(f"The torch program calls {target[:120]!r}, which is not served.")
    expression = node.get("expr_str")
    if expression is not None:
        _check_expression(expression)


def _is_tensor_operator(target: str) -> bool:
    return _TARGET.fullmatch(target) is not None and _FILE_OPS.search(target) is None


def _check_expression(text: Any) -> None:
    if isinstance(text, str):
        text = _SYMBOL.sub(r"\1", text)
    words = _WORD.findall(text) if isinstance(text, str) and _EXPRESSION.fullmatch(text) else ["?"]
    if not all(word in _FUNCTIONS or _NUMBER_NAME.fullmatch(word) for word in words):
        raise BundleError(
            f"The torch program has a length that is no plain expression: {str(text)[:80]!r}."
        )
