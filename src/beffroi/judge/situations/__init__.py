"""The situations that come with the house; foreign ones register the same way (docs/design/plug-ins.md)."""

from beffroi.judge.situations import (
    camera_impaired,
    group_formed,
    line_crossed,
    vehicle_stopped,
    wrong_way,
    zone_entered,
)
from beffroi.ports.situation import SituationSpec

BUILT_IN: tuple[SituationSpec, ...] = (
    zone_entered.SPEC,
    line_crossed.SPEC,
    wrong_way.SPEC,
    group_formed.SPEC,
    vehicle_stopped.SPEC,
    camera_impaired.SPEC,
)
