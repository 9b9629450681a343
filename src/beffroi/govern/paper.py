"""Papers: one content, written as a page to read and print, or as a PDF to sign and file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, SimpleDocTemplate, Spacer, TableStyle
from reportlab.platypus import Paragraph as Flow

from beffroi.vocabulary.time import UtcNs, iso_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; ``level`` 1 (a part) or 2."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Some sentences. ``to_fill`` marks what a person must still write: it is shown as a blank to fill."""

    text: str
    to_fill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a head; every row as long as the head. ``shares``: widths of the columns, any unit (None: equal)."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    shares: tuple[float, ...] | None = None


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document: ``language`` "fr" or "en"; ``footer`` is on each page beside its number."""

    title: str
    made_at: UtcNs
    blocks: Sequence[Block]
    subtitle: str = ""
    language: str = "fr"
    footer: str = ""
    wide: bool = field(default=False)
    """Landscape."""


_STYLES = getSampleStyleSheet()
_BODY = ParagraphStyle("body", parent=_STYLES["BodyText"], fontName="Helvetica", fontSize=9.5, leading=13)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=7.5, leading=9.5, wordWrap="CJK")
_HEAD = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
_BLANK = ParagraphStyle("blank", parent=_BODY, textColor=colors.HexColor("#7a2e00"), fontName="Helvetica-Oblique")
_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#8a8f98")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e9ecf1")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def to_pdf(paper: Paper) -> bytes:
    """The paper as a PDF file (A4)."""
    out = io.BytesIO()
    page = landscape(A4) if paper.wide else A4
    margin = 16 * mm
    made = SimpleDocTemplate(
        out, pagesize=page, leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin + 4 * mm
    )
    made.title, made.author, made.lang = paper.title, "Beffroi", paper.language
    flow: list[Flowable] = [Flow(escape(paper.title), _STYLES["Title"])]
    if paper.subtitle:
        flow.append(Flow(escape(paper.subtitle), _STYLES["Heading3"]))
    for block in paper.blocks:
        flow += _flowables(block, page[0] - 2 * margin)
    decorate = _footer(paper)
    made.build(flow, onFirstPage=decorate, onLaterPages=decorate)
    return out.getvalue()


def _flowables(block: Block, width: float) -> list[Flowable]:
    if isinstance(block, Heading):
        return [Flow(escape(block.text), _STYLES["Heading1" if block.level == 1 else "Heading2"])]
    if isinstance(block, Paragraph):
        return [Flow(escape(block.text), _BLANK if block.to_fill else _BODY), Spacer(1, 3)]
    shares = block.shares or (1.0,) * len(block.head)
    widths = [width * share / sum(shares) for share in shares]
    cells = [[Flow(escape(text), _HEAD) for text in block.head]]
    cells += [[Flow(escape(text), _CELL) for text in row] for row in block.rows]
    table = LongTable(cells, colWidths=widths, repeatRows=1)
    table.setStyle(_GRID)
    return [table, Spacer(1, 8)]


def _footer(paper: Paper) -> Callable[[Canvas, SimpleDocTemplate], None]:
    def draw(canvas: Canvas, made: SimpleDocTemplate) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 7.5)
        text = " · ".join(part for part in (paper.footer, iso_utc(paper.made_at), str(made.page)) if part)
        canvas.drawString(made.leftMargin, 10 * mm, text)
        canvas.restoreState()

    return draw


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:15px/1.55 system-ui,sans-serif;max-width:{width};margin:2rem auto;padding:0 1rem}}
body{{color:#16181d;background:#fff}}
h1{{font-size:1.7rem}}h2{{font-size:1.3rem;margin-top:2rem}}h3{{font-size:1.05rem}}
table{{border-collapse:collapse;width:100%;margin:.7rem 0;font-size:.86rem}}
th,td{{border:1px solid #8a8f98;padding:.25rem .45rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}}
th{{background:#e9ecf1}}.blank{{color:#7a2e00;font-style:italic}}footer{{margin-top:2rem;font-size:.8rem;color:#4a4f58}}
@media print{{body{{margin:0;max-width:none}}thead{{display:table-header-group}}tr{{break-inside:avoid}}}}
</style></head><body><h1>{title}</h1>{subtitle}{body}<footer>{footer}</footer></body></html>
"""


def to_html(paper: Paper) -> str:
    """The paper as one page of HTML, without any script or outside part."""
    footer = " · ".join(escape(part) for part in (paper.footer, iso_utc(paper.made_at)) if part)
    return _PAGE.format(
        language=paper.language,
        title=escape(paper.title),
        width="78rem" if paper.wide else "52rem",
        subtitle=f"<p><strong>{escape(paper.subtitle)}</strong></p>" if paper.subtitle else "",
        body="".join(_html(block) for block in paper.blocks),
        footer=footer,
    )


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        level = block.level + 1
        return f"<h{level}>{escape(block.text)}</h{level}>"
    if isinstance(block, Paragraph):
        return f"<p{' class=blank' if block.to_fill else ''}>{escape(block.text)}</p>"
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in block.head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in block.rows)
    total = sum(block.shares or ())
    widths = "".join(f'<col style="width:{100 * share / total:.1f}%">' for share in block.shares or ())
    return f"<table><colgroup>{widths}</colgroup><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
