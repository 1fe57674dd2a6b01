"""Files on their way in: in parts, several times over when the network breaks, on after a kill."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pentaquark.core.calls import Call
from pentaquark.core.errors import NotFoundError
from pentaquark.core.progress import Progress
from pentaquark.core.resuming import Remembered

if TYPE_CHECKING:
    from pentaquark.aio.client import Client

_PIECE_BYTES = 2**20
PathLike = str | os.PathLike[str]


class Uploads:
    """Sends files part by part; notes beside the credentials let the next run go on."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    async def send_all(
        self, files: Sequence[PathLike], *, progress: bool | None = None
    ) -> list[str]:
        """Send files and return the ids of their uploads."""
        return [await self.send(each, progress=progress) for each in files]

    async def send(self, file: PathLike, *, progress: bool | None = None) -> str:
        """Send what the platform does not have of a file yet; return the id of the upload."""
        path = Path(file)
        size = path.stat().st_size
        upload = await self._begun(path, size)
        there = set(upload["parts_received"])
        part_bytes = upload["part_bytes"]
        count = max(1, -(-size // part_bytes))
        with Progress(path.name, total=max(size, 1), is_shown=progress, in_bytes=True) as bar:
            for number in range(count):
                begin = number * part_bytes
                length = min(part_bytes, size - begin)
                if number not in there:
                    await self._send_part(upload["id"], path, number, (begin, length), bar)
                bar.to(begin + length)
        return str(upload["id"])

    def forget(self, files: Sequence[PathLike]) -> None:
        """Forget what was sent of files: a data set took them."""
        for each in files:
            self._memory(Path(each)).forget()

    async def _begun(self, path: Path, size: int) -> dict[str, Any]:
        memory = self._memory(path)
        if known := memory.recall():
            try:
                return dict(await self._client.request("GET", f"/api/v1/uploads/{known}/"))
            except NotFoundError:
                memory.forget()
        body = {"filename": path.name, "size_bytes": size}
        upload = await self._client.request("POST", "/api/v1/uploads/", body=body)
        memory.remember(upload["id"])
        return dict(upload)

    def _memory(self, path: Path) -> Remembered:
        settings = self._client.settings
        return Remembered(path, settings.base_url, settings.api_key)

    async def _send_part(
        self, upload: str, path: Path, number: int, window: tuple[int, int], bar: Progress
    ) -> None:
        begin, length = window

        async def pieces() -> AsyncIterator[bytes]:
            done = 0
            with path.open("rb") as file:
                file.seek(begin)
                while done < length and (piece := file.read(min(_PIECE_BYTES, length - done))):
                    yield piece
                    done += len(piece)
                    bar.to(begin + done)

        headers = {"Content-Length": str(length), "Content-Type": "application/octet-stream"}
        call = Call("PUT", f"/api/v1/uploads/{upload}/parts/{number}/")
        call.content, call.headers = pieces, headers
        await self._client.send(call)
