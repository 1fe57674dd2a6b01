"""Trainings on the platform: asked for, followed, found again."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pentaquark.core.errors import ConflictError, JobFailedError, NotFoundError
from pentaquark.core.progress import Progress

if TYPE_CHECKING:
    from pentaquark.sync.client import Client

PATH = "/api/v1/trainings/"
_ENDED = frozenset({"succeeded", "failed", "cancelled"})
_PAUSE_S = (0.25, 1.0)


def say(words: str) -> None:
    """Tell the person something they should know."""
    print(words, flush=True)  # noqa: T201


def ask(client: "Client", body: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for a training, or find the equal one that is under way.

    Raises:
        ConflictError: another training of this name is under way.
    """
    try:
        asked = dict(client.request("POST", PATH, body=dict(body)))
    except ConflictError as error:
        running = error.problem.get("training")
        if not running or not error.problem.get("same"):
            raise
        say(f"This training of “{body['name']}” is under way already; following it.")
        return get(client, str(running))
    for note in asked["notes"]:
        say(note)
    return asked


def get(client: "Client", training_id: str) -> dict[str, Any]:
    """Return a training by its id."""
    return dict(client.request("GET", f"{PATH}{training_id}/"))


def latest(client: "Client", name: str) -> dict[str, Any]:
    """Return the newest training of a model.

    Raises:
        NotFoundError: there is none.
    """
    found = next(iter(client.pages(PATH, name=name)), None)
    if found is None:
        raise NotFoundError(404, {"detail": f"No model “{name}” was trained by pq.Model."})
    return found


def follow(
    client: "Client", training: Mapping[str, Any], *, progress: bool | None
) -> dict[str, Any]:
    """Wait until a training has ended; Ctrl-C leaves it running.

    Raises:
        JobFailedError: it failed or was cancelled; the words are the platform's.
    """
    name = training["name"]
    curves = _Curves(client, str(training["job"]))

    def words(now: Mapping[str, Any]) -> str:
        return f"{now['message'] or now['state']} {curves.latest()}"

    try:
        return ended(
            lambda: get(client, training["id"]), f"Training {name}", words, progress=progress
        )
    except KeyboardInterrupt:
        sys.stderr.write(
            f"\nThe training goes on. Follow it again with pq.Model.attach({name!r}); "
            f"stop it with pq.job({training['job']!r}).cancel().\n"
        )
        raise


def ended(
    look: Callable[[], Mapping[str, Any]],
    title: str,
    words: Callable[[Mapping[str, Any]], str],
    *,
    progress: bool | None,
) -> dict[str, Any]:
    """Look until a job has ended, with a progress bar where somebody looks on.

    Raises:
        JobFailedError: it failed or was cancelled.
    """
    pause_s, most_s = _PAUSE_S
    with Progress(title, is_shown=progress) as bar:
        while True:
            now = dict(look())
            if now["state"] in _ENDED:
                break
            bar.to(now["progress"], words(now))
            time.sleep(pause_s)
            pause_s = min(1.3 * pause_s, most_s)
        bar.to(1.0, now["state"])
    if now["state"] != "succeeded":
        error = now.get("error") or {}
        detail = str(error.get("detail") or "") if isinstance(error, dict) else str(error)
        remedy = str(error.get("remedy") or "") if isinstance(error, dict) else ""
        said = f": {detail}" if detail else "."
        raise JobFailedError(f"{title} {now['state']}{said}", remedy=remedy)
    return now


class _Curves:
    """The newest loss, asked for at most every two seconds."""

    def __init__(self, client: "Client", job: str) -> None:
        self._client, self._job = client, job
        self._asked_s, self._words = 0.0, ""

    def latest(self) -> str:
        if time.monotonic() - self._asked_s > 2:
            self._asked_s = time.monotonic()
            curves = self._client.request("GET", f"/api/v1/jobs/{self._job}/metrics/")["curves"]
            pairs = [(n, c["values"][-1]) for n, c in curves.items() if c["values"]]
            self._words = " ".join(f"{name} {value:.4g}" for name, value in pairs[:3])
        return self._words
