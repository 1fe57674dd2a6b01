"""The filesystem broker: kombu's own, made safe for several processes that read and write at once.

kombu's transport writes a message into its final file, where a reader may find it half-written, and
keeps bindings in a file with the same weakness. Here a message appears and disappears by rename.
"""

import uuid
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """Messages are files `<time>_<id>.<queue>.msg`; other names are being written or taken."""

    def _put(self, queue: str, payload: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns():020d}_{uuid.uuid4().hex}"
        writing = folder / f"{name}.writing"
        writing.write_bytes(dumps(payload).encode())  # type: ignore[no-untyped-call]
        writing.rename(folder / f"{name}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for waiting in sorted(folder.glob(f"*.{queue}.msg")):
            taken = waiting.with_suffix(".taken")
            try:
                waiting.rename(taken)
            except FileNotFoundError:  # another worker was faster
                continue
            content = taken.read_bytes()
            taken.unlink()
            return loads(content.decode())  # type: ignore[no-untyped-call]
        raise Empty

    def _queue_bind(self, *_args: Any) -> None:
        """Nothing to write: every process declares the one queue it uses."""

    def get_table(self, exchange: str) -> Any:
        """Return the bindings this process declared."""
        return virtual.Channel.get_table(self, exchange)  # type: ignore[no-untyped-call]


class Transport(filesystem.Transport):
    """The transport Celery is given for `filesystem://`."""

    Channel = Channel
