"""Finds the tables of a folder somebody brings: interactions, and if there are any, items and users."""

import re
from dataclasses import dataclass
from pathlib import Path

from apps.recommendation.errors import DemoFolderError

_ROLES = {
    "interactions": ("interactions", "train", "ratings", "events", "views", "purchases", "clicks"),
    "items": ("items", "products", "movies", "films", "articles", "catalogue", "catalog"),
    "users": ("users", "customers", "viewers", "members", "visitors"),
}
_SUFFIXES = re.compile(r"\.(csv|tsv|jsonl|ndjson|parquet)(\.(gz|zip))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Folder:
    """What was found; items and users may be missing."""

    interactions: Path
    items: Path | None
    users: Path | None


def find(folder: Path) -> Folder:
    """Return the tables of `folder`, told apart by their names.

    Raises:
        DemoFolderError: nothing there looks like interactions.
    """
    tables = {
        _SUFFIXES.sub("", path.name).lower(): path
        for path in sorted(folder.iterdir())
        if path.is_file() and _SUFFIXES.search(path.name)
    }
    found = {
        role: next((tables[word] for word in words if word in tables), None)
        for role, words in _ROLES.items()
    }
    interactions = found["interactions"]
    if interactions is None:
        raise DemoFolderError(
            f"{folder} holds no interactions: none of {', '.join(_ROLES['interactions'])} with "
            "the ending .csv, .tsv, .jsonl or .parquet (.gz and .zip too).",
            remedy="Name the file of who touched what `interactions.csv`.",
        )
    return Folder(interactions, found["items"], found["users"])
