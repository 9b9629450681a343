"""Intervals that say how much a small number can be trusted."""

from __future__ import annotations

import math

from scipy.stats import chi2

Z_95 = 1.96


def wilson_95(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a proportion. No trial says nothing: (0, 1).

    Source: Wilson 1927, without continuity correction.

    >>> low, high = wilson_95(7, 7)
    >>> round(low, 2), high
    (0.65, 1.0)
    """
    if trials == 0:
        return 0.0, 1.0
    z2, share = Z_95 * Z_95, successes / trials
    middle = share + z2 / (2 * trials)
    half = Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    below, above = (middle - half) / (1 + z2 / trials), (middle + half) / (1 + z2 / trials)
    return (0.0 if successes == 0 else below), (1.0 if successes == trials else above)


def poisson_rate_95(count: int, hours: float) -> tuple[float, float]:
    """Exact 95 % interval of a rate per hour. No time watched says nothing: (0, inf).

    Source: Garwood 1936.

    >>> [round(x, 2) for x in poisson_rate_95(0, 1.0)]
    [0.0, 3.69]
    """
    if hours <= 0:
        return 0.0, math.inf
    low = float(chi2.ppf(0.025, 2 * count)) / 2 if count else 0.0
    return low / hours, float(chi2.ppf(0.975, 2 * count + 2)) / 2 / hours
