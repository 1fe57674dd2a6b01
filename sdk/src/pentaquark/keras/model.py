"""`pq.Model`: a Keras model that is trained on the platform."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pentaquark.core.errors import PentaquarkError
from pentaquark.core.objects import table_html
from pentaquark.keras import asking, describing
from pentaquark.keras import training as trainings
from pentaquark.keras.history import History

if TYPE_CHECKING:
    from pentaquark.sync.client import Client


class Model:
    """A Keras model, trained on the platform's queue from encrypted data sets.

    The model travels as configuration, never as code, and starts from fresh weights on the platform.

    Attributes:
        keras_model: the description; None for one that was attached to.
        name: of the registered model; the first `fit` chooses one where none is given.
        training: the latest training, as the platform says it.
    """

    def __init__(self, keras_model: Any, *, name: str = "", client: "Client | None" = None) -> None:
        self.keras_model, self.name = keras_model, name
        self.training: dict[str, Any] = {}
        self._compiled: dict[str, Any] | None = None
        self._given = client

    @classmethod
    def attach(cls, name: str, *, client: "Client | None" = None) -> Self:
        """Return the model of an earlier `fit`: one still training is followed by `wait`, one ended predicts.

        Raises:
            NotFoundError: no model of this name was trained by `pq.Model`.
        """
        found = cls(None, name=name, client=client)
        found.training = trainings.latest(found._client, name)
        return found

    @property
    def version(self) -> int | None:
        """Number of the registered version of the latest training."""
        number = self.training.get("version")
        return int(number) if number else None

    @property
    def history(self) -> History:
        """The curves of the latest training."""
        said = self.training
        return History(
            said.get("history") or {}, params=said.get("fit"), metrics=said.get("metrics")
        )

    @property
    def _client(self) -> "Client":
        if self._given is None:
            from pentaquark import easy  # noqa: PLC0415  (follows pq.api_key as it is now)

            return easy.client()
        return self._given

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Sequence[Any] | None = None
    ) -> None:
        """Say what the model learns by, as in Keras: names, or objects of Keras."""
        self._compiled = describing.compiled(optimizer, loss, metrics)

    def fit(  # noqa: PLR0913  (Keras's own signature, and what a table needs beside it)
        self,
        train: Any,
        *,
        epochs: int = 1,
        validation_data: Any = None,
        batch_size: int | None = None,
        shuffle: bool = True,
        patience: int | None = None,
        seed: int = 0,
        inputs: Mapping[str, Sequence[str]] | Sequence[str] | None = None,
        target: str | None = None,
        progress: bool | None = None,
    ) -> History:
        """Train on the platform and wait; Ctrl-C leaves it running there, to be found by `fit` or `attach`.

        Args:
            train: a data set, or a part of its split.
            epochs: rounds over the rows.
            validation_data: rows measured after every epoch.
            batch_size: rows a step; None takes 32, and more for large tables.
            shuffle: another order of the rows every epoch.
            patience: stop after so many epochs without a better loss, and keep the best weights.
            seed: of weights, order and dropout.
            inputs: input -> columns, or the columns of the only input; None: all but the target, in order.
            target: column to learn; None takes the data set's, else the last column, and says so.
            progress: None shows a bar where somebody looks on.

        Raises:
            InvalidInputError: model and columns do not fit; it says how.
            JobFailedError: the training failed; the words are the platform's.
        """
        body = {
            "name": self.name or self._named_after(train),
            "dataset": _reference(train, "fit"),
            "validation": _reference(validation_data, "validation_data")
            if validation_data
            else None,
            "model": describing.configuration(self._described()),
            "compile": self._compile_config(),
            "fit": {
                "epochs": epochs,
                "batch_size": batch_size,
                "shuffle": shuffle,
                "patience": patience,
                "seed": seed,
            },
            "inputs": _mapping(inputs),
            "target": target or getattr(train, "target", "") or "",
        }
        self.training = trainings.ask(self._client, body)
        self.name = str(self.training["name"])
        return self.wait(progress=progress)

    def wait(self, *, progress: bool | None = None) -> History:
        """Wait for the latest training; return its curves."""
        self._trained()
        self.training = trainings.follow(self._client, self.training, progress=progress)
        return self.history

    def predict(self, rows: Any, *, progress: bool | None = None) -> Any:
        """Return the answers, float32 (N, ...).

        Args:
            rows: a data set or a part of its split (a job answers), or arrays, lists or a data frame (the
                endpoint answers).
            progress: None shows a bar where somebody looks on.
        """
        self._finished(progress=progress)
        if not hasattr(rows, "reference"):
            return asking.of_arrays(self._client, self.training, rows)
        done = asking.of_rows(self._client, self.training, rows, measure=False, progress=progress)
        return asking.values(self._client, done)

    def evaluate(self, rows: Any, *, progress: bool | None = None) -> dict[str, float]:
        """Return loss and metrics on rows of the platform."""
        self._finished(progress=progress)
        _reference(rows, "evaluate")
        done = asking.of_rows(self._client, self.training, rows, measure=True, progress=progress)
        return dict(done["metrics"])

    def _named_after(self, train: Any) -> str:
        dataset = getattr(train, "dataset", train)
        words = f"{getattr(dataset, 'name', 'model')}-{getattr(self.keras_model, 'name', 'model')}"
        plain = re.sub(r"[^a-z0-9._-]+", "-", words.lower()).strip("-._") or "model"
        return re.sub(r"_\d+$", "", plain)[:63]  # Keras numbers the models of one process

    def _described(self) -> Any:
        if self.keras_model is None:
            raise PentaquarkError(
                f"“{self.name}” was attached to; its layers are on the platform.",
                remedy="Give pq.Model a Keras model to train it anew.",
            )
        return self.keras_model

    def _compile_config(self) -> dict[str, Any]:
        found = self._compiled or describing.compiled_of(self.keras_model)
        if found is None:
            raise PentaquarkError(
                "The model was not compiled.", remedy='Call model.compile(loss="mse") first.'
            )
        return found

    def _trained(self) -> None:
        if not self.training:
            raise PentaquarkError("The model was not trained yet.", remedy="Call fit first.")

    def _finished(self, *, progress: bool | None) -> None:
        self._trained()
        if self.training.get("version") is None:
            self.wait(progress=progress)

    def __repr__(self) -> str:
        state = self.training.get("state") or "not trained"
        return f"<Model {self.name or 'without a name'!r}: {state}, version {self.version}>"

    def _repr_html_(self) -> str:
        said = self.training
        names = ("state", "version", "dataset", "target", "endpoint")
        figures = {n: f"{v:.4g}" for n, v in (said.get("metrics") or {}).items()}
        rows = [(name, said.get(name)) for name in names if said.get(name) is not None]
        table = table_html(self.name or "Model", [*rows, *figures.items()])
        return table + (self.history.plot().svg if said.get("history") else "")


def _reference(rows: Any, where: str) -> dict[str, Any]:
    if not hasattr(rows, "reference"):
        raise PentaquarkError(
            f"`{where}` takes a data set of the platform, not {type(rows).__name__}.",
            remedy="Upload the rows first: pq.create_dataset(name, files=[...]).",
        )
    return dict(rows.reference())


def _mapping(inputs: Mapping[str, Sequence[str]] | Sequence[str] | None) -> dict[str, list[str]]:
    if inputs is None:
        return {}
    if isinstance(inputs, Mapping):
        return {name: list(columns) for name, columns in inputs.items()}
    return {"inputs": list(inputs)}
