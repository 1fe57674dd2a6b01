"""Curves as SVG, drawn without any library."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 460, 240, 58, 30, 96, 34
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


class Picture:
    """One or more charts; shows itself in a notebook and saves itself as a file."""

    def __init__(self, charts: Sequence[str]) -> None:
        height = _HEIGHT * max(1, len(charts))
        placed = "".join(
            f'<g transform="translate(0 {n * _HEIGHT})">{chart}</g>'
            for n, chart in enumerate(charts)
        )
        self.svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
            f'font-family="system-ui, sans-serif" font-size="12" role="img">{placed}</svg>'
        )

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the picture as an SVG file."""
        place = Path(path)
        place.write_text(self.svg, "utf-8")
        return place

    def __repr__(self) -> str:
        return "<Picture: shows itself in a notebook; .save('curves.svg') writes it>"


def chart(title: str, curves: Mapping[str, Sequence[float]]) -> str:
    """Return curves over epochs as the inside of an SVG, each named at its last point."""
    values = [each for curve in curves.values() for each in curve if each == each]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    high = high if high > low else low + (abs(low) or 1.0)
    longest = max((len(each) for each in curves.values()), default=1)
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    parts = [f'<text x="{_LEFT}" y="18" font-weight="600">{escape(title)}</text>']
    for share in (0.0, 0.5, 1.0):
        y = _TOP + tall * (1 - share)
        said = f"{low + share * (high - low):.4g}"
        parts.append(
            f'<line x1="{_LEFT}" x2="{_LEFT + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8884"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#777">{said}</text>'
        )
    for n, (name, curve) in enumerate(curves.items()):
        points = [
            (
                _LEFT + wide * at / max(1, longest - 1),
                _TOP + tall * (1 - (each - low) / (high - low)),
            )
            for at, each in enumerate(curve)
        ]
        parts.append(_line(name, points, _COLOURS[n % len(_COLOURS)]))
    parts.append(
        f'<text x="{_LEFT + wide / 2}" y="{_HEIGHT - 10}" text-anchor="middle" fill="#777">'
        f"epoch 1 to {longest}</text>"
    )
    return "".join(parts)


def _line(name: str, points: Sequence[tuple[float, float]], colour: str) -> str:
    if not points:
        return ""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>'
        f'<text x="{x + 6:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(name)}</text>'
    )
