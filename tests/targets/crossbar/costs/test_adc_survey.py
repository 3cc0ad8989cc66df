"""The survey model against its authors' own code, and its limits."""

from __future__ import annotations

import pytest

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.crossbar.costs.adc_survey import adc_area, adc_energy

PEER = [
    (8, 32, 1e8, 1.71371197, 3938.925228),
    (8, 32, 1.28e9, 1.92921165, 6469.268491),
    (4, 65, 1e10, 3.500746409, 22662.02553),
    (5.5, 130, 1e6, 9.502111849, 11512.30209),
    (12, 22, 2e7, 4.955772107, 2788.54464),
    (20, 180, 1e5, 119817.2306, 176784.7273),
]
"""bits, nm, samples/s, pJ, um^2: what get_energy and get_area of accelergy-adc-plug-in (model.py) give with its model.yaml."""


@pytest.mark.parametrize(("bits", "nanometres", "rate", "picojoules", "square_micrometres"), PEER)
def test_as_the_authors_code(
    bits: float, nanometres: float, rate: float, picojoules: float, square_micrometres: float
) -> None:
    assert adc_energy(bits, nanometres, rate).value * 1e12 == pytest.approx(picojoules, rel=1e-8)
    assert adc_area(bits, nanometres, rate).value * 1e12 == pytest.approx(square_micrometres, rel=1e-8)


def test_more_bits_and_higher_rates_cost_more() -> None:
    energies = [adc_energy(bits, 65, 1e8).value for bits in range(4, 13)]
    rates = [adc_energy(8, 65, rate).value for rate in (1e6, 1e9, 2e9, 1e10)]
    assert energies == sorted(energies) and rates == sorted(rates) and rates[0] == rates[1] < rates[2]


@pytest.mark.parametrize(
    ("bits", "nanometres", "rate"), [(3, 65, 1e8), (21, 65, 1e8), (8, 0, 1e8), (8, 65, 0), (8, 65, 2e10)]
)
def test_out_of_the_models_range(bits: float, nanometres: float, rate: float) -> None:
    for function in (adc_energy, adc_area):
        with pytest.raises(NeurodeployError, match="ND450.*ADC survey model"):
            function(bits, nanometres, rate)
