"""Answers of a trained model: to rows on the platform by a job, to arrays by its endpoint.

Shapes: N rows.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pentaquark.core.errors import NotFoundError, PentaquarkError, ServerError
from pentaquark.core.extras import needed
from pentaquark.keras import training as trainings

if TYPE_CHECKING:
    from pentaquark.sync.client import Client

_ROWS = 4096
"""Rows of one request: a body stays within a few megabytes."""
_LOADING_S = 60.0


def of_rows(
    client: "Client",
    training: Mapping[str, Any],
    rows: Any,
    *,
    measure: bool,
    progress: bool | None,
) -> dict[str, Any]:
    """Let a job answer for rows of a data set; return how it ended."""
    path = f"{trainings.PATH}{training['id']}/predictions/"
    asked = client.request("POST", path, body={**rows.reference(), "measure": measure})
    one = f"{path}{asked['id']}/"
    title = f"{'Measuring' if measure else 'Predicting'} {asked['rows']}"
    done = trainings.ended(
        lambda: client.request("GET", one), title, lambda now: now["state"], progress=progress
    )
    return {**done, "path": one}


def values(client: "Client", done: Mapping[str, Any]) -> Any:
    """Return the answers of `of_rows` as a float32 array of its shape."""
    numpy = needed("numpy", "keras")
    raw = b"".join(client.stream(f"{done['path']}values/"))
    return numpy.frombuffer(raw, "<f4").reshape(done["shape"])


def of_arrays(client: "Client", training: Mapping[str, Any], given: Any) -> Any:
    """Ask the model's endpoint; the version is this training's.

    Raises:
        PentaquarkError: the model has no endpoint, or lacks a column or an input.
    """
    if not training.get("endpoint"):
        raise PentaquarkError(
            f"“{training['name']}” has no endpoint.",
            remedy="Predict rows of a data set, or make one with pq.client().endpoints.create(...).",
        )
    numpy = needed("numpy", "keras")
    endpoint = _loaded(client, training)
    inputs = _inputs(numpy, endpoint, training, given)
    rows = len(next(iter(inputs.values())))
    parts = []
    for start in range(0, rows, _ROWS):
        piece = {name: each[start : start + _ROWS] for name, each in inputs.items()}
        answer = endpoint.predict(piece, version=str(training["version"]))
        parts.append(numpy.asarray(next(iter(answer.values()))))
    return numpy.concatenate(parts) if parts else numpy.empty((0, 1), "float32")


def _loaded(client: "Client", training: Mapping[str, Any]) -> Any:
    """Return the endpoint once the runtime knows its signature: a new version loads for a moment."""
    until_s = time.monotonic() + _LOADING_S
    while True:
        try:
            endpoint = client.endpoints.get(training["endpoint"])
        except (NotFoundError, ServerError):
            if time.monotonic() > until_s:
                raise
        else:
            if endpoint.signature and endpoint.signature.get("inputs"):
                return endpoint
            if time.monotonic() > until_s:
                raise PentaquarkError(
                    f"The endpoint “{endpoint.name}” is not ready: {endpoint.problem}"
                )
        time.sleep(0.5)


def _inputs(numpy: Any, endpoint: Any, training: Mapping[str, Any], given: Any) -> dict[str, Any]:
    signature = {each["name"]: each for each in endpoint.signature["inputs"]}
    if hasattr(given, "columns"):  # a data frame: the columns it was trained on
        given = _of_frame(numpy, signature, training, given)
    elif not isinstance(given, Mapping):
        named = list(given) if isinstance(given, list | tuple) and len(signature) > 1 else [given]
        given = dict(zip(signature, named, strict=False))
    missing = signature.keys() - given.keys()
    if missing:
        raise PentaquarkError(
            f"The model takes {', '.join(signature)}; {', '.join(sorted(missing))} is missing."
        )
    return {name: _shaped(numpy, given[name], signature[name]["shape"]) for name in signature}


def _of_frame(
    numpy: Any, signature: Mapping[str, Any], training: Mapping[str, Any], frame: Any
) -> dict[str, Any]:
    mapping = training["inputs"]
    found = {}
    for name in signature:
        alone = len(signature) == 1
        columns = mapping.get(name) or (next(iter(mapping.values()), None) if alone else [name])
        chosen = columns or training["columns"]
        lacking = [each for each in chosen if each not in list(frame.columns)]
        if lacking:
            raise PentaquarkError(
                f"The data frame has no column {lacking[0]!r}.",
                remedy=f"The model was trained on {', '.join(chosen)}.",
            )
        found[name] = numpy.column_stack([numpy.asarray(frame[each]) for each in chosen])
    return found


def _shaped(numpy: Any, value: Any, shape: list[int]) -> Any:
    """Return rows of the input's shape; one row may be given without its outer brackets."""
    array = numpy.asarray(value)
    if array.ndim == len(shape) - 1:
        array = array[None]
    return array.reshape(len(array), *shape[1:]) if -1 not in shape[1:] else array
