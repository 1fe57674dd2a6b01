# made of pentaquark/aio by sdk/generate.py: change that
"""Answers that become files."""

import os
from collections.abc import Iterator
from pathlib import Path


def save(pieces: Iterator[bytes], to: str | os.PathLike[str], name: str) -> Path:
    """Write pieces to a file (`name` inside a folder), which appears when it is whole."""
    target = Path(to)
    if target.is_dir():
        target = target / name
    unfinished = target.with_name(f".{target.name}.part")
    try:
        with unfinished.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target
