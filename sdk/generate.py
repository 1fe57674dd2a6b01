"""Makes `pentaquark/sync` of `pentaquark/aio`: one definition, two clients."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "src" / "pentaquark"
MARK = "# made of pentaquark/aio by sdk/generate.py: change that\n"
RULES = (
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bAsyncClient\b", "Client"),
    (r"__a(enter|exit)__", r"__\1__"),
    (r"\ba(close|read|iter_bytes)\b", r"\1"),
    (r"\basyncio\b", "time"),
    (r"\bpentaquark\.aio\b", "pentaquark.sync"),
    (
        r"The asynchronous client; `pentaquark.sync` is made of these files by `sdk/generate.py`",
        "The client",
    ),
)


def synchronous(text: str) -> str:
    """Return the synchronous text of an asynchronous module."""
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text)
    return MARK + text


def made() -> dict[str, str]:
    """Return every file of `sync`, formatted."""
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((SOURCE / "aio").glob("*.py")):
            (Path(folder) / path.name).write_text(synchronous(path.read_text("utf-8")), "utf-8")
        options = ["--config", str(SOURCE.parents[2] / "pyproject.toml"), "--quiet", folder]
        ruff = [sys.executable, "-m", "ruff"]
        subprocess.run([*ruff, "check", "--select", "I", "--fix", *options], check=True)
        subprocess.run([*ruff, "format", *options], check=True)
        return {path.name: path.read_text("utf-8") for path in Path(folder).glob("*.py")}


def main() -> None:
    """Write the files."""
    for name, text in made().items():
        (SOURCE / "sync" / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
