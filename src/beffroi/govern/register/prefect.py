"""The yearly report to the prefect: authorisations, figures to the unit, performance, incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from beffroi.govern.paper import Block, Heading, Paper, Paragraph, Table
from beffroi.govern.register import statements as say
from beffroi.govern.register.facts import Facts, year_span
from beffroi.govern.register.page import performance_head, performance_row
from beffroi.govern.register.public import HOUSE_ACTS, PEOPLE_ACTS
from beffroi.govern.register.words import ACTS, situation_words


@dataclass(frozen=True, slots=True, kw_only=True)
class YearFigures:
    """What was counted: alerts by (situation, state), acts by (name, done or refused)."""

    year: int
    alerts: Mapping[tuple[str, str], int]
    acts: Mapping[tuple[str, bool], int]


def prefect_report(facts: Facts, counted: YearFigures) -> Paper:
    """The report of a year."""
    start, end = year_span(counted.year)
    given = tuple(one for one in facts.orders if one.valid_from < end and one.valid_to > start)
    running = "" if facts.now >= end else " (année en cours)"
    blocks: list[Block] = [
        say.who(facts),
        Heading(text="Autorisations de l’année"),
        *say.orders(facts, given),
        Heading(text="Alertes"),
        *_alerts(counted),
        Heading(text="Accès et actes"),
        _acts(counted),
        Heading(text="Performance mesurée"),
        *_performance(facts),
        Heading(text="Incidents et suites"),
        say.blank("violations de données, plaintes, décisions de justice, contrôles, et suites données"),
        say.blank("utilité constatée : interventions, procédures, enseignements"),
        say.blank("modifications demandées pour l’année suivante"),
        say.blank("date, nom et signature du responsable"),
    ]
    return say.paper(facts, f"Rapport annuel au préfet - {counted.year}{running}", blocks, wide=True)


def _alerts(counted: YearFigures) -> list[Block]:
    rows = []
    for situation in sorted({one for one, _ in counted.alerts}):
        states = {state: count for (one, state), count in counted.alerts.items() if one == situation}
        total, confirmed = sum(states.values()), states.get("confirmed", 0)
        dismissed = states.get("dismissed", 0)
        rest = total - confirmed - dismissed
        cells = (total, confirmed, dismissed, rest)
        rows.append((situation_words(situation).fr, *(str(count) for count in cells)))
    if not rows:
        return [Paragraph(text="Aucune alerte.")]
    head = ("Situation", "Alertes", "Confirmées", "Écartées", "Sans réponse")
    return [Table(head=head, rows=rows, shares=(2, 1, 1, 1, 1))]


def _acts(counted: YearFigures) -> Table:
    rows = [
        (ACTS[word].fr, str(sum(counted.acts.get((name, True), 0) for name in names)))
        for word, names in {**PEOPLE_ACTS, **HOUSE_ACTS}.items()
    ]
    refused = sum(count for (_, allowed), count in counted.acts.items() if not allowed)
    rows.append((ACTS["refusals"].fr, str(refused)))
    return Table(head=("Acte", "Nombre"), rows=rows, shares=(3, 1))


def _performance(facts: Facts) -> list[Block]:
    if not facts.performance:
        return [say.blank("aucune mesure publiée au registre : mesurer, ou dire pourquoi ce n’est pas fait")]
    rows = [performance_row(one, "fr") for one in facts.performance]
    return [Table(head=performance_head("fr"), rows=rows, shares=(1.4, 1.5, 1.6, 0.9, 2.4))]
