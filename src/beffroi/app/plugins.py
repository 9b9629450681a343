"""The parts on offer: built-in and foreign plug-ins."""

from beffroi.run.plugins import log_broken as log_broken
from beffroi.run.plugins import registry as registry
from beffroi.run.plugins import situation_specs as situation_specs
