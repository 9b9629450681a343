"""What goes over the wire: examples that hold, descriptions that are complete, problems that tell nothing secret."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from beffroi.govern.catalogue import LABELS
from beffroi.run.plugins import registry, situation_specs
from beffroi.serve.application import openapi
from beffroi.serve.problems import as_problem
from beffroi.serve.wire.cameras import CameraIn, StreamIn
from beffroi.serve.wire.form import Wire
from beffroi.serve.wire.rules import RuleIn, param_out, rule_out, schedule_out
from beffroi.vocabulary import errors
from beffroi.vocabulary.errors import BeffroiError, InvalidInputError, SourceLostError
from beffroi.vocabulary.rules import Schedule, Situation, Weekly

MODULES = ("wire.session", "wire.outside", "wire.cameras", "wire.rules", "wire.alerts", "routes.house", "problems")


OPEN = {f"/api/v1/{name}" for name in ("health", "metrics", "register", "register.html", "register/plan.svg")} | {
    f"/api/v1/session/outside{name}" for name in ("", "/start", "/callback")
}
"""Routes that ask nobody who they are."""


def messages() -> Iterator[type[Wire]]:
    for name in MODULES:
        module = importlib.import_module(f"beffroi.serve.{name}")
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, Wire) and found is not Wire and not found.__name__.startswith("_"):
                yield found


@pytest.mark.parametrize("message", sorted(set(messages()), key=str), ids=str)
def test_every_message_has_an_example_that_it_takes_itself(message: type[Wire]) -> None:
    extra = message.model_config.get("json_schema_extra")
    assert isinstance(extra, dict), f"{message.__name__} has no example"
    for example in extra["examples"]:  # type: ignore[union-attr]
        made = message.model_validate_json(json.dumps(example))
        assert made.__doc__


def test_every_route_is_described_answers_a_message_and_names_its_problems() -> None:
    described = openapi()
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            where = f"{method} {path}"
            assert route["summary"], where
            assert route["description"], where
            assert route["operationId"], where
            good = [status for status in route["responses"] if status.startswith("2") or status == "303"]
            assert good, where
            for status in good:
                content = route["responses"][status].get("content", {})
                assert status in ("204", "303") or content, f"{where} answers {status} with nothing described"
                schema = content.get("application/json", {}).get("schema")
                assert schema is None or schema, f"{where} answers JSON without a schema"
            if path not in OPEN:
                assert "401" in route["responses"], where
    ids = [route["operationId"] for methods in described["paths"].values() for route in methods.values()]
    assert len(ids) == len(set(ids)), "a generated client needs a name for each"


def test_path_and_header_parameters_have_examples() -> None:
    for path, methods in openapi()["paths"].items():
        for method, route in methods.items():
            for parameter in route.get("parameters", []):
                if parameter["in"] in ("path", "header") and parameter["required"]:
                    text = json.dumps(parameter)
                    assert "example" in text, f"{method} {path} {parameter['name']}"


def test_the_description_is_the_same_each_time() -> None:
    assert json.dumps(openapi()) == json.dumps(openapi())
    assert isinstance(openapi()["openapi"], str)


def test_every_foreseen_error_has_a_code_and_a_status() -> None:
    kinds = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, BeffroiError)]
    assert BeffroiError in kinds
    for kind in kinds:
        problem = as_problem(kind("what happened"))
        assert 400 <= problem.out.status < 600
        assert problem.out.code
        assert "what happened" in problem.out.detail


def test_an_invalid_input_keeps_what_where_and_mend() -> None:
    out = as_problem(InvalidInputError("port is 99999", where="beffroi.yaml:3", mend="Give 1 to 65535.")).out
    assert (out.status, out.code) == (422, "invalid")
    assert (out.errors[0].where, out.errors[0].what, out.errors[0].mend) == (
        "beffroi.yaml:3",
        "port is 99999",
        "Give 1 to 65535.",
    )
    assert as_problem(SourceLostError("gone")).out.status == 503


def test_passwords_are_in_no_repr() -> None:
    stream = StreamIn(kind="rtsp", url="rtsp://host/", username="u", password="pw-secret")
    camera = CameraIn(name="x", main=stream)
    assert "pw-secret" not in repr(camera)
    assert camera.camera("x").main.password == "pw-secret"


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(),
        Schedule(spans=(Weekly(days=(0, 4), from_minute=0, to_minute=1440),)),
        Schedule(spans=(Weekly(days=(6,), from_minute=1320, to_minute=359), Weekly()), time_zone="America/Cayenne"),
    ],
)
def test_a_schedule_comes_back_as_it_went(schedule: Schedule) -> None:
    sent = json.loads(schedule_out(schedule).model_dump_json(by_alias=True))
    given = RuleIn.model_validate({"situation": "zone_entered", "purpose_id": "p", "schedule": sent})
    assert given.rule("r", "c").schedule == schedule


def test_a_rule_comes_back_as_it_went() -> None:
    given = {
        "situation": "wrong_way",
        "purpose_id": "p",
        "name": "Sens unique",
        "classes": ["vehicle"],
        "zone": {"points": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]},
        "allowed_direction": [0.5, -0.5],
        "params": {"gap_s": 3.0},
        "severity": "severe",
    }
    rule = RuleIn.model_validate(given).rule("r", "c")
    sent = json.loads(rule_out(rule).model_dump_json(by_alias=True))
    assert {key: sent[key] for key in given} == given
    assert sent["version"] == 0


@pytest.mark.parametrize("direction", [[0, 0], [float("nan"), 1.0], [float("inf"), 0]])
def test_a_direction_without_length_is_refused(direction: list[float]) -> None:
    with pytest.raises(ValidationError, match="has no length"):
        RuleIn.model_validate({"situation": "wrong_way", "purpose_id": "p", "allowed_direction": direction})


def test_parameters_keep_their_type() -> None:
    for spec in situation_specs(registry()).values():
        for param in spec.params:
            assert type(param_out(param).default) is type(param.default), (spec.situation, param.name)


def test_every_situation_of_the_catalogue_has_its_labels() -> None:
    assert set(LABELS) == set(Situation)
