"""The client against the platform's OpenAPI: a route, member or parameter that went fails here."""

import ast
import re
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from pentaquark import sync
from pentaquark.sync.models import Compression

SDK = Path(sync.__file__).resolve().parents[3]
AIO = SDK / "src" / "pentaquark" / "aio"
TYPED = {
    sync.ModelVersion: "VersionAnswer",
    sync.RegisteredModel: "ModelAnswer",
    sync.Recommender: "RecommenderSummary",
    Compression: "CompressionAnswer",
    sync.Detector: "DetectorSummary",
    sync.Decision: "DecisionAnswer",
    sync.Scoring: "ScoringAnswer",
    sync.Rule: "RuleDetail",
    sync.BackTest: "BackTestAnswer",
    sync.Change: "RiskChange",
    sync.Case: "CaseDetail",
    sync.Study: "StudyAnswer",
}
JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}
JSON_TYPES |= {dict: "object", list: "array"}


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def test_the_sync_client_is_made_of_the_async_one() -> None:
    sys.path.insert(0, str(SDK))
    try:
        import generate  # noqa: PLC0415
    finally:
        sys.path.remove(str(SDK))
    there = {path.name: path.read_text() for path in (AIO.parent / "sync").glob("*.py")}
    assert there == generate.made(), "run `uv run python sdk/generate.py`"


@pytest.mark.parametrize("record", TYPED, ids=lambda each: each.__name__)
def test_members_are_the_platforms(record: Any, openapi: dict[str, Any]) -> None:
    promised = openapi["components"]["schemas"][TYPED[record]]["properties"]
    for name, kind in record.types().items():
        assert name in promised, f"{record.__name__}.{name}"
        said = _resolved(promised[name], openapi)
        assert said.get("type") in {None, *_names(kind)}, f"{record.__name__}.{name}: {said}"
        if said.get("nullable"):
            assert type(None) in typing.get_args(kind), f"{record.__name__}.{name} may be null"


def _names(kind: Any) -> set[str]:
    parts = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return {JSON_TYPES[typing.get_origin(part) or part] for part in parts if part is not type(None)}


def _resolved(schema: dict[str, Any], openapi: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return dict(openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema


class Sent(typing.NamedTuple):
    """One request written in the client."""

    where: str
    method: str
    path: str
    body: set[str]
    params: set[str]


def requests() -> Iterator[Sent]:
    """Find every request in the definitions, with the path's values left open."""
    for file in sorted(AIO.glob("*.py")):
        tree = ast.parse(file.read_text())
        known = _constants(tree)
        for scope in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
            own = known | _path_of(scope, known)
            for function in [n for n in scope.body if isinstance(n, ast.AsyncFunctionDef)]:
                yield from _of_function(f"{file.name}:{scope.name}.{function.name}", function, own)


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _path_of(scope: ast.ClassDef, known: dict[str, str]) -> dict[str, str]:
    for node in scope.body:
        if isinstance(node, ast.FunctionDef) and node.name == "path":
            returned = next(n for n in ast.walk(node) if isinstance(n, ast.Return))
            return {"self.path": _text(returned.value, known)}
    return {}


def _of_function(
    where: str, function: ast.AsyncFunctionDef, known: dict[str, str]
) -> Iterator[Sent]:
    local, dicts = _assigned(function, known)
    for node in [each for each in ast.walk(function) if isinstance(each, ast.Call)]:
        called = ast.unparse(node.func)
        given = {word.arg: word.value for word in node.keywords if word.arg}
        body, params = (_keys(given.get(name), dicts) for name in ("body", "params"))
        if called.endswith(("_client.request", "Call")) and len(node.args) == 2:
            method, path = _text(node.args[0], local), _text(node.args[1], local)
            yield Sent(where, method, path, body, params)
        elif called.endswith(("_client.pages", "_client.stream")):
            yield Sent(where, "GET", _text(node.args[0], local), set(), set(given))


def _assigned(
    function: ast.AsyncFunctionDef, known: dict[str, str]
) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return the texts and the keys of dictionaries that a function gives names to."""
    texts, dicts = dict(known), {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if isinstance(node.value, ast.JoinedStr | ast.Constant):
                texts[name] = _text(node.value, texts)
            dicts[name] = dicts.get(name, set()) | _literal(node.value)
    return texts, dicts


def _literal(node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.BinOp):
        return _literal(node.left) | _literal(node.right)
    if isinstance(node, ast.Dict):
        return {key.value for key in node.keys if isinstance(key, ast.Constant)}
    return set()


def _keys(node: ast.expr | None, dicts: dict[str, set[str]]) -> set[str]:
    if node is None:
        return set()
    names = [dicts.get(each.id, set()) for each in ast.walk(node) if isinstance(each, ast.Name)]
    return _literal(node).union(*names)


def _text(node: ast.expr | None, known: dict[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, known) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return known.get(ast.unparse(node.value), "{}")
    return known.get(ast.unparse(node), "{}") if node is not None else "{}"


SENT = [each for each in requests() if each.path.startswith("/api/")]


def test_the_search_finds_the_requests() -> None:
    assert len(SENT) > 50
    assert {each.method for each in SENT} == {"GET", "POST", "PUT", "DELETE"}


@pytest.mark.parametrize("sent", SENT, ids=lambda each: f"{each.where}-{each.method}")
def test_requests_are_routes_of_the_platform(sent: Sent, openapi: dict[str, Any]) -> None:
    routes = {re.sub(r"\{\w+\}", "{}", path): found for path, found in openapi["paths"].items()}
    assert sent.path in routes, f"{sent.where}: {sent.path}"
    operation = routes[sent.path].get(sent.method.lower())
    assert operation, f"{sent.where}: {sent.method} {sent.path}"
    asked = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    assert sent.params <= asked, f"{sent.where}: {sent.params - asked}"
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        schema = _resolved(content["application/json"]["schema"], openapi)
        taken = set(schema.get("properties", {}))
        assert not taken or sent.body <= taken, f"{sent.where}: {sent.body - taken}"
