"""The supervisor: what it refuses before a start, and that no process outlives it."""

import contextlib
import os
import socket
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection

from platform_core.config.supervisor import preflight, preparation
from platform_core.config.supervisor.processes import ProcessSpec, ProcessStartError, Supervisor
from tests.live_platform import is_alive

NOBODY = 65534


def supervisor(tmp_path: Path, program: str) -> tuple[Supervisor, list[str]]:
    """Return a supervisor whose `manage.py` is `program`, and what it reports."""
    manage = tmp_path / "manage.py"
    manage.write_text(textwrap.dedent(program))
    said: list[str] = []
    made = Supervisor(
        manage=manage, logs=tmp_path / "logs", environment=dict(os.environ), report=said.append
    )
    return made, said


def spec(ready: Path) -> ProcessSpec:
    return ProcessSpec("role", (str(ready),), ready.exists)


SLEEPER = """
    import pathlib, subprocess, sys, time
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    pathlib.Path(sys.argv[1]).write_text(str(child.pid))
    time.sleep(60)
"""


def test_a_taken_port_is_named_with_the_remedy():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(preflight.PreflightError, match=rf"Port {port} .*--port"):
            preflight.check_port("127.0.0.1", port)


@pytest.fixture
def somebody() -> Iterator[None]:
    """Drop root's rights, under which a test may run, for as long as the test lasts."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(was)


def test_a_folder_without_permission_is_named(tmp_path: Path, somebody: None):
    with pytest.raises(preflight.PreflightError, match="No permission"):
        preflight.check_home(tmp_path / "home")


def test_a_home_below_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(preflight.PreflightError, match="cannot be written"):
        preflight.check_home(tmp_path / "file" / "home")


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(preflight, "NEEDED_BYTES", 2**60)
    with pytest.raises(preflight.PreflightError, match="GiB free"):
        preflight.check_home(tmp_path)


def test_only_one_supervisor_runs_per_home(tmp_path: Path):
    with (
        preparation.lock(tmp_path),
        pytest.raises(preflight.PreflightError, match="already runs"),
    ):
        preparation.lock(tmp_path)
    preparation.lock(tmp_path).close()
    assert (tmp_path / "run" / "supervisor.lock").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_reset_spares_a_folder_and_a_database_server_that_are_not_ours(tmp_path: Path):
    refusal = pytest.raises(preflight.PreflightError, match="PENTAQUARK_DATABASE_URL")
    (tmp_path / "letters.txt").write_text("dear")
    with contextlib.nullcontext() if connection.vendor == "sqlite" else refusal:
        preparation.reset(tmp_path)
    assert (tmp_path / "letters.txt").exists()


def test_stop_ends_the_process_and_all_it_started(tmp_path: Path):
    made, _ = supervisor(tmp_path, SLEEPER)
    made.start(spec(tmp_path / "ready"))
    made.wait_ready(timeout_s=20)
    grandchild = psutil.Process(int((tmp_path / "ready").read_text()))
    started = time.monotonic()
    made.stop()
    assert time.monotonic() - started < 10
    while is_alive(grandchild):  # it was killed; the machine may be slow to let it go
        assert time.monotonic() - started < 10
        time.sleep(0.02)


def test_a_process_that_ignores_the_signal_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("platform_core.config.supervisor.processes.STOP_WITHIN_S", 0.5)
    deaf = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + textwrap.dedent(
        SLEEPER
    )
    made, _ = supervisor(tmp_path, deaf)
    made.start(spec(tmp_path / "ready"))
    made.wait_ready(timeout_s=20)
    started = time.monotonic()
    made.stop()
    assert time.monotonic() - started < 5


def test_a_process_that_dies_at_start_is_named_with_its_log(tmp_path: Path):
    made, _ = supervisor(tmp_path, "raise SystemExit('no key')")
    made.start(spec(tmp_path / "ready"))
    with pytest.raises(ProcessStartError, match=r"role stopped while starting; see .*role\.log"):
        made.wait_ready(timeout_s=20)
    assert "no key" in made.log_of("role").read_text()


def test_a_dead_process_is_started_again(tmp_path: Path):
    made, said = supervisor(
        tmp_path,
        """
        import pathlib, sys
        path = pathlib.Path(sys.argv[1])
        path.write_text((path.read_text() if path.exists() else "") + "x")
        """,
    )
    made.start(spec(tmp_path / "runs"))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        made.tend()
        if (tmp_path / "runs").exists() and len((tmp_path / "runs").read_text()) >= 2:
            break
        time.sleep(0.05)
    made.stop()
    assert len((tmp_path / "runs").read_text()) >= 2
    assert "starting it again" in said[0]
