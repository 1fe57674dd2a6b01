"""The tree stays one that somebody new can read."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
MAX_LINES, MAX_TEMPLATE_LINES = 400, 80
GENERATED = re.compile(r"(migrations/|_pb2)")
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "misc", "common"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [PROJECT / line for line in listed.stdout.splitlines() if (PROJECT / line).is_file()]


SOURCES = [
    path
    for path in tracked("platform_core/**.py", "apps/**.py", "ml/**.py", "tests/**.py")
    if not GENERATED.search(str(path))
]


def test_no_source_file_is_too_long():
    long = {str(p.relative_to(PROJECT)): n for p in SOURCES if (n := lines(p)) > MAX_LINES}
    assert not long


def test_no_template_is_too_long():
    templates = tracked("templates/**.html")
    long = {
        str(p.relative_to(PROJECT)): n for p in templates if (n := lines(p)) > MAX_TEMPLATE_LINES
    }
    assert not long


def test_no_module_has_a_name_that_says_nothing():
    vague = [p for p in SOURCES if p.stem in FORBIDDEN_NAMES or p.parent.name in FORBIDDEN_NAMES]
    assert [p for p in vague if "ml/common" not in str(p)] == []


def test_the_lock_with_addresses_is_not_tracked():
    listed = subprocess.run(
        ["git", "ls-files", "uv.lock"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert listed.stdout == ""


@pytest.mark.parametrize("part", sorted(p.name for p in (PROJECT / "platform_core").glob("*/")))
def test_a_part_is_entered_by_its_door(part: str):
    """Only `config`, the composition root, and `console` look behind a door."""
    offences = [
        f"{path.relative_to(PROJECT)}: {module}"
        for path in SOURCES
        if path.is_relative_to(PROJECT / "platform_core" / part)
        for module in imported(path)
        if behind_a_door(module, part)
    ]
    assert part in {"config", "console"} or not offences


def imported(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def behind_a_door(module: str, part: str) -> bool:
    pieces = module.split(".")
    return (
        pieces[0] == "platform_core"
        and len(pieces) > 2
        and pieces[1] not in {part, "errors", "sentences", "config"}
        and pieces[2] not in {"api", "charts"}
    )


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())
