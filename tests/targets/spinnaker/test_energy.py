"""Energy: elbez2022's table 6 to the digit, sPyNNaker's own constants, and totals that are their parts."""

from __future__ import annotations

from typing import Any

import pytest
from networks import two_layer

from neurodeploy.compiler import Program, compile_network
from neurodeploy.costs import CostReport
from neurodeploy.network import EventCounts
from neurodeploy.targets.spinnaker.energy import energy_reports

ZERO: dict[str, Any] = {"machine_version": 5, "boards": 1,
    "seconds": 0.0, "chips": 0, "cores": 0, "packets": 0, "spikes": 0, "synaptic_events": 0,
    "samples": 1, "correct": None,
}  # fmt: skip


def reports(**changes: Any) -> dict[str, CostReport]:
    return {report.method: report for report in energy_reports(**{**ZERO, **changes})}


@pytest.mark.parametrize(("spikes", "joules"), [(66_474_839, 0.5318), (15_384_711 + 33_531_934, 0.3913)])
def test_elbez2022_table_6(spikes: int, joules: float) -> None:
    report = reports(spikes=spikes)["8 nJ per spike (elbez2022's table 6)"]
    assert round(report.joules, 4) == joules and report.joules == pytest.approx(spikes * 8e-9, rel=1e-12)


def test_the_board_idles_at_26_84_watt() -> None:
    board = reports(seconds=10.0, cores=20, chips=2, packets=10**6)["board"]
    parts = {item.part: item.joules for item in board.items}
    assert parts["idle board"] == pytest.approx(268.4, rel=1e-12)
    assert parts["active cores"] == pytest.approx(10 * 20 * 0.034, rel=1e-12) and parts["packets"] == pytest.approx(
        1e-3
    )
    chips = {i.part: i.joules for i in reports(seconds=10.0, chips=2)["chips in use"].items}
    assert chips["idle chips"] == pytest.approx(7.0, rel=1e-12)


def test_totals_are_the_sum_of_their_parts() -> None:
    for report in energy_reports(machine_version=5, boards=1, seconds=3.5, chips=3, cores=40, packets=12345, spikes=99, synaptic_events=10**7,
                                 samples=50, correct=40):  # fmt: skip
        plain = report.as_dict()
        assert plain["joules"] == pytest.approx(sum(i["count"] * i["constant"]["value"] for i in plain["items"]))
        assert plain["joules_per_inference"] == pytest.approx(plain["joules"] / 50)
        assert plain["joules_per_correct_inference"] == pytest.approx(plain["joules"] / 40)
        assert all(
            i["constant"]["source"] and i["constant"]["kind"] in ("measured", "simulated", "assumed")
            for i in plain["items"]
        )


def test_nothing_right_means_no_figure_per_correct_inference() -> None:
    for report in energy_reports(**{**ZERO, "correct": 0}):
        assert report.as_dict()["joules_per_correct_inference"] is None


def costs_of(events: EventCounts, **options: Any) -> dict[str, CostReport]:
    program: Program = compile_network(two_layer(), "spinnaker", {"mapping": "estimate", **options}).program
    return {report.method: report for report in program.costs(events, None)}


def test_a_program_counts_events_and_hardware_time() -> None:
    """10 samples of (100 + 20 rest) steps of 0.5 ms, slowed down twice so that a step takes 1 ms: 1.2 s."""
    events = EventCounts(10, 100, {"input": 1000, "excitatory": 50}, {"input_to_excitatory": 5000, "lateral": 200})
    found = costs_of(events)
    assert all(report.seconds == pytest.approx(1.2) for report in found.values())
    assert found["8 nJ per synaptic event"].joules == pytest.approx(5200 * 8e-9)
    assert found["8 nJ per spike (elbez2022's table 6)"].joules == pytest.approx(50 * 8e-9)
    packets = next(i for i in found["board"].items if i.part == "packets")
    assert packets.count == 1050


@pytest.mark.parametrize(("options", "watt"), [({}, 26.84), ({"boards": 2}, 2 * 26.84), ({"machine_version": 3}, 3.56)])
def test_idle_power_is_that_of_the_boards_used(options: dict[str, Any], watt: float) -> None:
    """spinn_machine 7.4.1: 26.84 W a 48-chip board (version_5.py), 3.56 W a 4-chip board (version_3.py)."""
    idle = costs_of(EventCounts(10, 100, {"input": 0}, {}), **options)["board"].items[0]
    assert idle.joules == pytest.approx(1.2 * watt, rel=1e-9)
