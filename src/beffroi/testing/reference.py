"""Reference tables made from what the code says, so that a document can be compared with it."""

from __future__ import annotations

from beffroi.ports.situation import ParamSpec, SituationSpec


def parameter_table(spec: SituationSpec) -> str:
    """The parameters of a situation as a Markdown table: default, range and where the default comes from."""
    rows = ["| parameter | meaning | default | allowed | source of the default |", "|---|---|---|---|---|"]
    for param in spec.params:
        label = f"{param.label_en} · *{param.label_fr}*"
        rows.append(f"| `{param.name}` | {label} | {_default(param)} | {_allowed(param)} | {param.source} |")
    return "\n".join(rows)


def _default(param: ParamSpec) -> str:
    if isinstance(param.default, bool):
        return "true" if param.default else "false"
    return param.default if isinstance(param.default, str) else f"{param.default:g} {param.unit}".rstrip()


def _allowed(param: ParamSpec) -> str:
    if isinstance(param.default, bool):
        return "true, false"
    if isinstance(param.default, str):
        return ", ".join(param.choices) or "any text"
    return f"{param.minimum or 0:g} to {param.maximum or 0:g}"
