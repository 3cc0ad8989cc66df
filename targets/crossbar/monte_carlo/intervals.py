"""Confidence intervals of means and of shares."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from neurodeploy.network.arrays import FloatArray


class Interval(NamedTuple):
    """Lower and upper limit."""

    low: float
    high: float


def mean_interval(values: FloatArray, confidence: float) -> Interval | None:
    """Of the mean that independent values ``(n,)`` are drawn around, by Student's t with n - 1 degrees of freedom.

    Exact for normal values, and nearly so for the mean of many others (Student, "The probable error of a mean",
    Biometrika 6, 1908). None below two values.
    """
    from scipy.stats import t

    count = len(values)
    if count < 2:
        return None
    mean = float(np.mean(values))
    half = float(t.ppf(0.5 + confidence / 2, count - 1)) * float(np.std(values, ddof=1)) / sqrt(count)
    return Interval(mean - half, mean + half)


def wilson(successes: int, trials: int, confidence: float) -> Interval:
    """Of a probability, from independent trials: the score interval (Wilson, J. Am. Stat. Assoc. 22, 1927).

    It covers the confidence on average over probabilities, not for each. Everything from 0 to 1 without trials.
    """
    from scipy.stats import norm

    if trials == 0:
        return Interval(0.0, 1.0)
    z, share = float(norm.ppf(0.5 + confidence / 2)), successes / trials
    scale = 1 + z**2 / trials
    centre = (share + z**2 / (2 * trials)) / scale
    half = z * sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2)) / scale
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def clopper_pearson(successes: int, trials: int, confidence: float) -> Interval:
    """Of a probability, from independent trials: never covers less than the confidence (Biometrika 26, 1934).

    Wider than :func:`wilson`, and right also for a handful of trials. Everything from 0 to 1 without trials.
    """
    from scipy.stats import beta

    if trials == 0:
        return Interval(0.0, 1.0)
    tail, failures = (1 - confidence) / 2, trials - successes
    low = float(beta.ppf(tail, successes, failures + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, failures)) if failures else 1.0
    return Interval(low, high)
