"""Charts as plain figures."""

import json
import subprocess
import sys

from django.test import Client

from platform_core.web import plotly
from platform_core.web.charts import Axis, Chart, Trace


def chart(*traces: Trace, **options: object) -> Chart:
    return Chart(
        key="c", title="It falls", traces=traces, x=Axis("Epoch"), y=Axis("Loss", "nats"), **options
    )


def test_axis_names_its_unit() -> None:
    assert chart(Trace("a", [1], [2.0])).figure["layout"]["yaxis"]["title"]["text"] == "Loss (nats)"


def test_bars_start_at_nought() -> None:
    layout = chart(Trace("a", ["x"], [2.0], "bar")).figure["layout"]
    assert layout["yaxis"]["rangemode"] == "tozero"
    assert "rangemode" not in layout["xaxis"]


def test_lying_bars_swap_their_axes() -> None:
    figure = chart(Trace("a", ["x", "y"], [2.0, 3.0], "bar"), horizontal=True).figure
    assert figure["data"][0]["orientation"] == "h"
    assert figure["data"][0]["x"] == [2.0, 3.0]
    assert figure["layout"]["xaxis"]["rangemode"] == "tozero"


def test_uncertainty_is_a_band_below_its_line() -> None:
    data = chart(Trace("a", [1, 2], [2.0, 3.0], low=[1.0, 2.0], high=[3.0, 4.0])).figure["data"]
    assert [trace["meta"].get("band", False) for trace in data] == [True, False]
    assert data[0]["y"] == [3.0, 4.0, 2.0, 1.0]


def test_error_bars_are_distances() -> None:
    data = chart(Trace("a", [1], [2.0], "points", low=[1.5], high=[3.0])).figure["data"]
    assert data[0]["error_y"]["array"] == [1.0]
    assert data[0]["error_y"]["arrayminus"] == [0.5]


def test_what_json_cannot_carry_becomes_a_gap() -> None:
    found = chart(Trace("a", [1, 2, 3], [float("nan"), float("inf"), 1.0]))
    assert found.figure["data"][0]["y"] == [None, None, 1.0]
    assert found.rows[0] == [1, None]


def test_table_holds_one_row_per_x_and_one_column_per_series() -> None:
    found = chart(Trace("a", [1, 2], [5.0, 6.0]), Trace("b", [2, 3], [7.0, 8.0]))
    assert list(found.header) == ["Epoch", "a", "b"]
    assert [list(row) for row in found.rows] == [[1, 5.0, None], [2, 6.0, 7.0], [3, None, 8.0]]


def test_data_cannot_leave_its_script_element() -> None:
    html = chart(Trace("</script><script>alert(1)</script>", [1], [2.0])).json_script()
    assert html.count("</script>") == 1
    inside = html[html.index(">") + 1 : html.rindex("<")]
    assert json.loads(inside)["data"][0]["name"] == "</script><script>alert(1)</script>"


def test_library_is_served_compressed_and_for_ever(client: Client) -> None:
    answer = client.get(plotly.address(), headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert answer["Content-Encoding"] == "gzip"
    assert "immutable" in answer["Cache-Control"]
    assert len(answer.content) < 2_000_000


def test_serving_the_library_does_not_import_the_package() -> None:
    code = (
        "import sys; from platform_core.web import plotly, charts; plotly.library();"
        "assert 'plotly' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
