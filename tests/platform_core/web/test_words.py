"""Numbers, sizes, times and states in words."""

from datetime import UTC, datetime, timedelta

import pytest

from platform_core.web import icons, words

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (1_000_209, "1,000,209"),
        (0.7123, "0.7123"),
        (3.14159, "3.142"),
        (41.5, "41.50"),
        (1234.56, "1,234.6"),
        (0.0000012, "1.20e-06"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_number_is_written_with_useful_digits(value: float | None, written: str) -> None:
    assert words.number(value) == written


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_812_331, "9.8 MB"),
        (171_308, "171 kB"),
        (999_999, "1.0 MB"),
        (5e18, "5000 PB"),
    ],
)
def test_filesize_is_written_in_decimal_units(size: float, written: str) -> None:
    assert words.filesize(size) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.34, "340 ms"),
        (9.96, "10.0 s"),
        (12.4, "12 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (273_600, "3 d 4 h"),
        (timedelta(minutes=2), "2 min"),
    ],
)
def test_duration_is_written_in_its_two_largest_units(seconds: float, written: str) -> None:
    assert words.duration(seconds) == written


@pytest.mark.parametrize(
    ("ago", "written"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=59), "59 seconds ago"),
        (timedelta(minutes=1, seconds=30), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=-1), "in 1 day"),
        (timedelta(days=45), "9 Oct 2026"),
    ],
)
def test_time_is_told_relative_to_now(ago: timedelta, written: str) -> None:
    assert words.relative_time(NOW - ago, NOW) == written


def test_unknown_state_keeps_its_own_word() -> None:
    shown = words.state("in_review")
    assert (shown.words, shown.tone) == ("In review", "neutral")


def test_every_state_has_an_icon_that_exists() -> None:
    assert {state.icon for state in words.STATES.values()} <= icons.ICONS.keys()
