"""Rows taken home as a table: Arrow over the wire, pandas, Polars or PyTorch at the end."""

import io
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from pentaquark.core.errors import MissingExtraError
from pentaquark.core.extras import needed

if TYPE_CHECKING:
    from pentaquark.aio.client import Client


class Rows:
    """What has rows on the platform; downloading them needs the permission `dataset.download`."""

    _client: "Client"

    def reference(self) -> dict[str, Any]:
        """Return what names these rows to the platform."""
        raise NotImplementedError

    async def stream_arrow(self, columns: Sequence[str] | None = None) -> AsyncIterator[bytes]:
        """Yield the rows as one Arrow IPC stream, in pieces of bytes."""
        asked = self.reference()
        path = f"/api/v1/datasets/{asked.pop('dataset')}/rows/"
        if columns is not None:
            asked["columns"] = list(columns)
        async for piece in self._client.stream(path, **asked):
            yield piece

    async def _arrow_bytes(self, columns: Sequence[str] | None) -> io.BytesIO:
        whole = io.BytesIO()
        async for piece in self.stream_arrow(columns):
            whole.write(piece)
        whole.seek(0)
        return whole

    async def to_polars(self, columns: Sequence[str] | None = None) -> Any:
        """Return the rows as a Polars data frame; they must fit into memory."""
        polars = needed("polars", "polars")
        return polars.read_ipc_stream(await self._arrow_bytes(columns))

    async def to_pandas(self, columns: Sequence[str] | None = None) -> Any:
        """Return the rows as a pandas data frame; they must fit into memory."""
        needed("pandas", "pandas")
        ipc = needed("pyarrow.ipc", "pandas")
        return ipc.open_stream(await self._arrow_bytes(columns)).read_all().to_pandas()

    async def to_torch(self, columns: Sequence[str] | None = None) -> dict[str, Any]:
        """Return number columns as PyTorch tensors: name -> tensor of one dimension."""
        torch = needed("torch", "torch")
        try:
            frame = await self.to_polars(columns)
        except MissingExtraError:
            frame = await self.to_pandas(columns)
        numbers = [name for name in frame.columns if _is_number(frame[name])]
        return {name: torch.tensor(frame[name].to_numpy()) for name in numbers}


def _is_number(series: Any) -> bool:
    return any(word in str(series.dtype).lower() for word in ("int", "float", "bool"))
