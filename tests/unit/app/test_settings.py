"""Settings: strict, each mistake with its place; the reference lists each key with its default."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from beffroi.app.house import open_sinks, run_settings, serve_settings
from beffroi.app.settings import MqttSettings, Settings, WebhookSettings, load
from beffroi.run.plugins import registry
from beffroi.vocabulary.errors import InvalidInputError

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


def keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, field) of every setting."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from keys(kind, f"{prefix}{name}.")
        elif name == "sinks":
            for sink in (WebhookSettings, MqttSettings):
                yield from keys(sink, f"sinks[{sink.model_fields['kind'].annotation.__args__[0]}].")  # type: ignore[union-attr]
        else:
            yield f"{prefix}{name}", field


def shown(default: Any) -> str:
    """A default as the reference writes it."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ", ".join(str(one) for one in default) or "none"
    return "none" if default in ("", None) else str(default)


def write(folder: Path, text: str) -> Path:
    (folder / "beffroi.yaml").write_text(text)
    return folder


def test_there_are_few_enough_settings_and_each_is_described() -> None:
    every = dict(keys())
    assert 40 < len(every) <= 150
    for name, field in every.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_the_reference_lists_each_key_with_its_default_and_no_other() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*?) \|", REFERENCE.read_text("utf-8"), re.MULTILINE))
    every = dict(keys())
    assert set(rows) == set(every)
    for name, field in every.items():
        wanted = "required" if field.is_required() else f"`{shown(field.default)}`"
        assert rows[name] == wanted, name


def test_without_a_file_all_defaults_hold(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.data == tmp_path
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8470)
    assert settings.evidence.retention_days <= 30


def test_the_command_line_wins_over_variables_and_they_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "server:\n  port: 1001\n  host: 0.0.0.0\n")
    assert load(tmp_path).server.port == 1001
    monkeypatch.setenv("BEFFROI_SERVER__PORT", "1002")
    assert load(tmp_path).server.port == 1002
    assert load(tmp_path).server.host == "0.0.0.0"
    assert load(tmp_path, {"server": {"port": 1003}}).server.port == 1003


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("server:\n  port: 80\n  hots: x\n", 3, "unknown setting 'server.hots'. Known here: cookie_secure, host"),
        ("servers: {}\n", 1, "unknown setting 'servers'. Known here: accounts, alerts,"),
        ("server:\n  port: many\n", 2, "'server.port'"),
        ("evidence:\n  retention_days: 31\n", 2, "less than or equal to 30"),
        ("evidence:\n  before_s: -1\n", 2, "greater than or equal to 0"),
        ("log:\n  level: loud\n", 2, "'debug', 'info', 'warning' or 'error'"),
        ("server:\n  port: 1\n  port: 2\n", 3, "given twice"),
        ("server: [1\n", 2, "is not YAML"),
        ("- a\n", 1, "is not a mapping"),
        ("sinks:\n  - kind: pigeon\n", 2, "webhook"),
        (
            "sinks:\n  - kind: webhook\n    name: a\n    url: https://u:p@x/\n    secret: 0123456789abcdef\n",
            4,
            "credentials",
        ),
        ("sinks:\n  - kind: mqtt\n    name: a\n    host: b\n    qos: 2\n", 5, "unknown setting 'sinks.0.qos'"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        load(write(tmp_path, text))
    assert raised.value.where == f"{tmp_path}/beffroi.yaml:{line}"
    assert words in str(raised.value)


def test_a_secret_is_not_repeated_in_an_error(tmp_path: Path) -> None:
    text = "sinks:\n  - kind: webhook\n    name: a\n    url: https://x/\n    secret: tooshort\n"
    with pytest.raises(InvalidInputError) as raised:
        load(write(tmp_path, text))
    assert "tooshort" not in str(raised.value)
    assert "16 characters" in str(raised.value)


def test_a_misspelt_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEFFROI_SEVER__PORT", "1")
    with pytest.raises(InvalidInputError, match="BEFFROI_SEVER__PORT: unknown variable"):
        load(tmp_path)


def test_a_wrong_variable_is_named_not_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "server:\n  port: 1\n")
    monkeypatch.setenv("BEFFROI_SERVER__PORT", "x")
    with pytest.raises(InvalidInputError) as raised:
        load(tmp_path)
    assert raised.value.where == "BEFFROI_SERVER__PORT"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "beffroi.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInputError, match="not UTF-8"):
        load(tmp_path)


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    text = (
        "metrics: {token: token-of-metrics}\nsinks:\n  - {kind: mqtt, name: m, host: h, password: pw-of-mqtt}\n"
        "  - {kind: webhook, name: w, url: 'https://x/', secret: secret-of-webhook}\n"
    )
    settings = load(write(tmp_path, text))
    everything = repr(settings) + repr(serve_settings(settings)) + repr(run_settings(settings))
    for secret in ("token-of-metrics", "pw-of-mqtt", "secret-of-webhook"):
        assert secret not in everything


async def test_sinks_are_opened_as_the_settings_say(tmp_path: Path) -> None:
    text = (
        "sinks:\n  - {kind: mqtt, name: broker, host: h, password: pw}\n"
        "  - {kind: webhook, name: hook, url: 'https://x/', secret: 0123456789abcdef}\n"
    )
    opened = open_sinks(load(write(tmp_path, text)), registry())
    assert sorted(opened) == ["broker", "hook"]
    for sink in opened.values():
        await sink.close()


def test_run_settings_follow(tmp_path: Path) -> None:
    text = "analysis: {workers: 3, max_width_px: 640}\nevidence: {before_s: 1, after_s: 2, ring_mb: 8}\n"
    given = run_settings(load(write(tmp_path, text)))
    assert (given.worker_count, given.analysis.max_width_px) == (3, 640)
    assert (given.evidence.before_s, given.evidence.after_s, given.evidence.ring_bytes) == (1, 2, 8_000_000)
