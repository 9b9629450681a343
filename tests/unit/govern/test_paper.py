"""Papers: what is written is in the page and in the PDF, and nothing written can become markup."""

from __future__ import annotations

from beffroi.govern.paper import Heading, Paper, Paragraph, Table, to_html, to_pdf
from beffroi.testing.town import NOON

PAPER = Paper(
    title="Registre <b>d'essai</b>",
    subtitle="Ville d'Œuvre",
    made_at=NOON,
    blocks=[
        Heading(text="Caméras & périmètre"),
        Paragraph(text="À compléter", to_fill=True),
        Table(head=("Caméra", "Jours"), rows=[("Quai <script>", "30")] * 80, shares=(3, 1)),
    ],
)


def test_markup_is_text() -> None:
    page = to_html(PAPER)
    assert "<script>" not in page
    assert "Quai &lt;script&gt;" in page
    assert '<html lang="fr">' in page
    assert "class=blank" in page


def test_a_pdf_of_several_pages() -> None:
    made = to_pdf(PAPER)
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") >= 2
