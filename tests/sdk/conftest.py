"""A server that answers as told, and a home of its own for credentials."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pentaquark.core import calls


@dataclass
class Told:
    """One answer: a status of 0 closes the connection without one."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


class Scripted(ThreadingHTTPServer):
    """Answers in the order told, and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Told] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Scripted
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        told = self.server.answers.pop(0)
        if told.status == 0:
            self.close_connection = True
            return
        content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        self.send_response_only(told.status)
        for name, value in {"Content-Length": str(len(content)), **told.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  (the names of http.server)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(calls, "pause_s", lambda *_: 0.0)
    with Scripted() as scripted:
        threading.Thread(target=scripted.serve_forever, args=(0.05,), daemon=True).start()
        yield scripted
        scripted.shutdown()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep credentials and notes of uploads out of the developer's home."""
    path = tmp_path / "kept" / "credentials.json"
    monkeypatch.setenv("PENTAQUARK_CREDENTIALS", str(path))
    for name in ("API_KEY", "BASE_URL", "RUNTIME_URL", "PROXY", "CA_BUNDLE"):
        monkeypatch.delenv(f"PENTAQUARK_{name}", raising=False)
    return path
