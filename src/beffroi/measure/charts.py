"""Small charts as SVG: a timeline of events and a curve of counts, without scripts."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, ROW, LEFT, BOTTOM = 900, 26, 190, 22


def clock(seconds: float) -> str:
    """Minutes and seconds, or hours when there are any.

    >>> clock(75), clock(3675)
    ('1:15', '1:01:15')
    """
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _axis(duration_s: float, top: float, height: float) -> list[str]:
    parts = []
    for step in range(7):
        x = LEFT + (WIDTH - LEFT - 10) * step / 6
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{height - BOTTOM}" class="grid"/>')
        label = clock(duration_s * step / 6)
        anchor = "end" if step == 6 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="{anchor}">{label}</text>')
    return parts


def timeline(rows: Sequence[tuple[str, Sequence[tuple[float, float]]]], duration_s: float, title: str) -> str:
    """One row a rule, a bar a span (start and end in seconds)."""
    height = 10 + ROW * max(len(rows), 1) + BOTTOM
    scale = (WIDTH - LEFT - 10) / max(duration_s, 1e-9)
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_escape(title)}">']
    parts += _axis(duration_s, 4, height)
    for number, (label, spans) in enumerate(rows):
        y = 8 + number * ROW
        parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{_escape(label[:28])}</text>')
        for start, end in spans:
            x, wide = LEFT + start * scale, max((end - start) * scale, 3.0)
            told = f"{_escape(label)} {clock(start)}-{clock(end)}"
            parts.append(
                f'<rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="16" rx="2"><title>{told}</title></rect>'
            )
    return "".join([*parts, "</svg>"])


def curve(points: Sequence[tuple[float, float]], duration_s: float, title: str) -> str:
    """A step curve of values over seconds, from zero."""
    height, top = 150, 10
    most = max((value for _, value in points), default=0.0) or 1.0
    scale = (WIDTH - LEFT - 10) / max(duration_s, 1e-9)
    tall = height - BOTTOM - top
    path, last = [], None
    for at, value in points:
        x, y = LEFT + at * scale, top + tall * (1 - value / most)
        path.append(f"M{x:.1f} {y:.1f}" if last is None else f"H{x:.1f}V{y:.1f}")
        last = y
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{_escape(title)}">']
    parts += _axis(duration_s, top, height)
    parts.append(f'<text x="{LEFT - 8}" y="{top + 10}" text-anchor="end">{most:g}</text>')
    parts.append(f'<text x="{LEFT - 8}" y="{height - BOTTOM}" text-anchor="end">0</text>')
    parts.append(f'<path d="{"".join(path)}" class="curve"/></svg>')
    return "".join(parts)
