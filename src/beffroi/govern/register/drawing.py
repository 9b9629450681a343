"""A sheet drawn once, given as SVG (to show and print from a page) and as PDF (to send to a printer)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
"""A4 portrait; A3 is the same sheet, larger by ``A3_TIMES``."""

A3_TIMES = 2**0.5
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A line of text; ``y`` is its baseline from the top, sizes in millimetres."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    colour: str = "#101418"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A filled shape: its corners in millimetres from the top left."""

    points: tuple[Point, ...]
    colour: str = "#101418"


Stroke = Write | Fill


def box(x: float, y: float, width: float, height: float, colour: str) -> Fill:
    """A rectangle."""
    return Fill(points=((x, y), (x + width, y), (x + width, y + height), (x, y + height)), colour=colour)


def lines_of(text: str, *, bold: bool, size: float, width: float) -> list[str]:
    """A text broken into lines that fit a width (all in millimetres)."""
    split: list[str] = simpleSplit(text, _font(bold), size * mm, width * mm)
    return split


def to_svg(strokes: Sequence[Stroke], title: str) -> str:
    """The sheet as SVG, without any script or outside part."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}" '
        f'width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for one in strokes:
        if isinstance(one, Fill):
            corners = "L".join(f"{x:.3f} {y:.3f}" for x, y in one.points)
            parts.append(f'<path d="M{corners}Z" fill="{one.colour}" shape-rendering="crispEdges"/>')
        else:
            weight = "700" if one.bold else "400"
            length = stringWidth(one.text, _font(one.bold), one.size)  # where Helvetica is missing, it still fits
            parts.append(
                f'<text x="{one.x:.2f}" y="{one.y:.2f}" font-size="{one.size:.2f}" font-weight="{weight}" '
                f'textLength="{length:.2f}" lengthAdjust="spacingAndGlyphs" '
                f'font-family="Helvetica, Arial, sans-serif" fill="{one.colour}">{escape(one.text)}</text>'
            )
    return "".join((*parts, "</svg>"))


def to_pdf(strokes: Sequence[Stroke], title: str, *, times: float = 1.0) -> bytes:
    """The sheet as a PDF of one page; ``times`` its size (1 for A4)."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH_MM * mm * times, HEIGHT_MM * mm * times))
    canvas.setTitle(title)
    canvas.setAuthor("Beffroi")
    canvas.scale(times, times)
    for one in strokes:
        canvas.setFillColor(HexColor(one.colour))
        if isinstance(one, Fill):
            path = canvas.beginPath()
            path.moveTo(one.points[0][0] * mm, (HEIGHT_MM - one.points[0][1]) * mm)
            for x, y in one.points[1:]:
                path.lineTo(x * mm, (HEIGHT_MM - y) * mm)
            path.close()
            canvas.drawPath(path, stroke=0, fill=1)
        else:
            canvas.setFont(_font(one.bold), one.size * mm)
            canvas.drawString(one.x * mm, (HEIGHT_MM - one.y) * mm, one.text)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _font(bold: bool) -> str:
    return "Helvetica-Bold" if bold else "Helvetica"
