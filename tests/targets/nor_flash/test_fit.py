"""Fits find what measurements were made from; files that are wrong are named by line and value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.errors import NeurodeployError
from neurodeploy.targets.nor_flash.fit import FITTED, Measurements, fit, fit_pulse_response, read_measurements
from neurodeploy.targets.nor_flash.pulse_response import PulseResponse

DEVICE = PulseResponse(2e-8, 5e-7, 60, 40, 2.4, -4.88)


def written(
    path: Path, device: PulseResponse = DEVICE, noise: float = 0.0, factor: float = 1.0, name: str = "conductance"
) -> Path:
    random = np.random.default_rng(4)
    lines = ["# a device", f"pulse,{name},direction"]
    for direction, curve, most in (
        ("ltp", device.ltp_curve, device.ltp_pulses),
        ("LTD", device.ltd_curve, device.ltd_pulses),
    ):
        pulses = np.arange(int(most) + 1)
        values = (curve(pulses) + noise * device.span * random.standard_normal(len(pulses))) * factor
        lines += [f"{p},{max(v, 0.0)!r},{direction}" for p, v in zip(pulses.tolist(), values.tolist(), strict=True)]
    path.write_text("\n".join(lines) + "\n\n")
    return path


@settings(max_examples=20, deadline=None)
@given(st.floats(-8, 8), st.floats(-8, 8), st.floats(0, 0.5))
def test_what_made_the_curves_is_found(up: float, down: float, low: float) -> None:
    device = PulseResponse(low * 1e-6, 1e-6, 50, 70, up, down)
    pulses = np.concatenate([np.arange(51.0), np.arange(71.0)])
    where = np.repeat([0, 1], [51, 71])
    values = np.concatenate([device.ltp_curve(np.arange(51)), device.ltd_curve(np.arange(71))])
    found = fit(Measurements(pulses, values, where))
    assert found.response.ltp_nonlinearity == pytest.approx(up, abs=1e-4)
    assert found.response.ltd_nonlinearity == pytest.approx(down, abs=1e-4)
    assert found.response.g_max == pytest.approx(1e-6, rel=1e-6) and found.relative_rms < 1e-6
    assert (found.response.ltp_pulses, found.response.ltd_pulses) == (50, 70)


def test_a_file_without_noise_and_one_with_currents(tmp_path: Path) -> None:
    plain = fit_pulse_response(written(tmp_path / "g.csv"))
    current = fit_pulse_response(written(tmp_path / "i.csv", factor=0.2, name="current"), read_voltage=0.2)
    for found in (plain, current):
        for name in FITTED:
            assert getattr(found.response, name) == pytest.approx(getattr(DEVICE, name), rel=1e-6)
        assert found.points == 102 and found.r_squared > 1 - 1e-9


def test_uncertainty_is_that_of_repeated_measurements() -> None:
    """Standard errors against the spread over 200 noisy copies; the residual against the noise put in."""
    pulses, where = np.concatenate([np.arange(61.0), np.arange(41.0)]), np.repeat([0, 1], [61, 41])
    clean = np.concatenate([DEVICE.ltp_curve(np.arange(61)), DEVICE.ltd_curve(np.arange(41))])
    random = np.random.default_rng(5)
    fits = [
        fit(Measurements(pulses, clean + 0.01 * DEVICE.span * random.standard_normal(102), where)) for _ in range(200)
    ]
    for name in FITTED:
        spread = np.std([getattr(found.response, name) for found in fits])
        claimed = np.mean([found.standard_errors[name] for found in fits])
        assert claimed == pytest.approx(spread, rel=0.2), name
    assert np.mean([found.relative_rms for found in fits]) == pytest.approx(0.01, rel=0.05)
    assert "ltd_nonlinearity = -4" in str(fits[0]) and "102 points" in str(fits[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"), ("pulse,direction\n", "line 1: the columns are pulse, direction"),
        ("# note\npulse,weight,direction\n", "line 2: the columns are"), ("pulse,current,direction\n1,2,ltp\n", "read_voltage"),
        ("pulse,conductance,direction\n1,2\n", "line 2: it has 2 entries"),
        ("pulse,conductance,direction\n\n1,x,ltp\n", "line 3: conductance is 'x'"),
        ("pulse,conductance,direction\n-1,1,ltp\n", "line 2: pulse is -1"), ("pulse,conductance,direction\n1,nan,ltp\n", "conductance is nan"),
        ("pulse,conductance,direction\n1,1e-6,up\n", "direction is 'up'"), ("pulse,conductance,direction\n1,1e-6,ltp\n", "ltp is measured at 1"),
        ("pulse,conductance,direction\n" + "".join(f"{p},1e-6,{d}\n" for d in ("ltp", "ltd") for p in range(5)), "all its values are the same"),
        ("pulse,conductance,direction\n" + "".join(f"{p / 9},{p},{d}\n" for d in ("ltp", "ltd") for p in range(5)), "largest pulse number"),
    ],
)  # fmt: skip
def test_files_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(NeurodeployError, match="ND436.*bad.csv") as caught:
        fit_pulse_response(tmp_path / "bad.csv")
    assert message in str(caught.value)


def test_ltp_that_falls_is_no_device(tmp_path: Path) -> None:
    rows = [f"{p},{(9 - p) * 1e-6},ltp\n{p},{p * 1e-6},ltd\n" for p in range(10)]
    (tmp_path / "upside.csv").write_text("pulse,conductance,direction\n" + "".join(rows))
    with pytest.raises(NeurodeployError, match="ND436.*upside.csv.*fit"):
        fit_pulse_response(tmp_path / "upside.csv")


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text("pulsecondutairtng,01.e-\n#\"' ", max_size=200).map(str.encode)))
def test_no_other_error_whatever_the_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(content)
    with pytest.raises(NeurodeployError, match="ND436"):
        read_measurements(path, 0.1)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NeurodeployError, match="ND101"):
        fit_pulse_response(tmp_path / "none.csv")
    with pytest.raises(NeurodeployError, match="ND450.*read_voltage"):
        fit_pulse_response(tmp_path / "none.csv", 0.0)
