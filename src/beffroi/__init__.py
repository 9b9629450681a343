"""Beffroi: watches a town's cameras with its agents, lawfully and with figures."""

__version__ = "0.1.0"
