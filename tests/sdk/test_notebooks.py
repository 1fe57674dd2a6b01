"""The notebooks of sdk/examples, cell by cell before the running demo."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "sdk" / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def code_of(path: Path) -> str:
    """Return the code cells in order; what a cell shows at its end is shown here too."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n".join("".join(each["source"]) for each in cells if each["cell_type"] == "code")


def test_there_are_notebooks_and_none_keeps_outputs():
    assert {each.stem for each in NOTEBOOKS} >= {"own_keras_model", "recommendation"}
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        assert not any(each.get("outputs") for each in cells), path.name


@pytest.mark.live
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda each: each.stem)
def test_a_notebook_runs_from_top_to_bottom(path, live_platform, tmp_path):
    given = {
        "PENTAQUARK_API_KEY": live_platform.api_key,
        "PENTAQUARK_BASE_URL": live_platform.base_url,
        "PENTAQUARK_CREDENTIALS": str(tmp_path / "none.json"),
    }
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PENTAQUARK_")}
    done = subprocess.run(
        [sys.executable, "-c", code_of(path)],
        cwd=tmp_path,
        env={**environment, **given},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
