"""Where key and address come from, and how they are kept."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

import pentaquark as pq
from pentaquark.core import errors, settings


def test_arguments_then_module_then_environment_then_login(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.save_credentials({"api_key": "kept", "base_url": "http://kept"})
    assert settings.resolve().api_key == "kept"
    monkeypatch.setenv("PENTAQUARK_API_KEY", "environment")
    assert settings.resolve().api_key == "environment"
    monkeypatch.setattr(pq, "api_key", "module")
    assert settings.resolve().api_key == "module"
    assert settings.resolve(api_key="argument").api_key == "argument"
    assert settings.resolve().base_url == "http://kept"


def test_credentials_are_for_their_user_alone(own_home: Path) -> None:
    settings.save_credentials({"api_key": "secret"})
    assert stat.S_IMODE(own_home.stat().st_mode) == 0o600
    assert stat.S_IMODE(own_home.parent.stat().st_mode) == 0o700
    assert [path.name for path in own_home.parent.iterdir()] == [own_home.name]


def test_damaged_credentials_are_said(own_home: Path) -> None:
    own_home.parent.mkdir()
    own_home.write_text("{")
    with pytest.raises(errors.NotConfiguredError, match="pq login"):
        settings.resolve()


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(errors.NotConfiguredError, match="https://"):
        settings.resolve(base_url=address)


@pytest.mark.parametrize(
    ("base", "runtime"),
    [
        ("http://localhost:8000", "http://localhost:8001"),
        ("https://ai.example", "https://ai.example"),
    ],
)
def test_the_runtime_is_the_next_port(base: str, runtime: str) -> None:
    assert settings.Settings(base_url=base).inference_url == runtime
    assert settings.Settings(base_url=base, runtime_url="http://r").inference_url == "http://r"


def test_the_import_loads_neither_http_nor_tables() -> None:
    heavy = ("httpx", "rich", "typer", "numpy", "keras")
    code = f"import sys, pentaquark; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_loads() -> None:
    later = {"recommendation", "Model", "layers"}  # need a key, or Keras
    for name in set(pq.__all__) - later:
        getattr(pq, name)
    with pytest.raises(AttributeError):
        _ = pq.nothing
