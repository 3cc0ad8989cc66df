"""Energy on SpiNNaker, two ways: sPyNNaker's own constants, itemised, and elbez2022's figure per event."""

from __future__ import annotations

from neurodeploy.costs import Constant, CostItem, CostReport

_SPINN_MACHINE = "spinn_machine 7.4.1, version/version_spin1.py"
_NODE = "130 nm"
CHIP_IDLE_W = Constant("chip idle power", 0.35, "J per chip and second", _SPINN_MACHINE, "measured", _NODE)
CORE_ACTIVE_W = Constant("active core power", 0.034, "J per core and second", _SPINN_MACHINE, "measured", _NODE)
BOARD_IDLE_W = {
    3: Constant(
        "4-chip board idle power",
        3.56,
        "J per board and second",
        "spinn_machine 7.4.1, version/version_3.py",
        "measured",
        _NODE,
    ),
    5: Constant(
        "48-chip board idle power",
        26.84,
        "J per board and second",
        "spinn_machine 7.4.1, version/version_5.py",
        "measured",
        _NODE,
    ),
}
PACKET_J = Constant("multicast packet", 1e-9, "J per packet", _SPINN_MACHINE, "measured", _NODE)
ELBEZ_EVENT_J = Constant(
    "synaptic event",
    8e-9,
    "J per event",
    "elbez2022, section on SpiNNaker, quoting Stromatias et al. 2013",
    "measured",
    _NODE,
)


def energy_reports(
    *,
    machine_version: int,
    boards: int,
    seconds: float,
    chips: int,
    cores: int,
    packets: int,
    spikes: int,
    synaptic_events: int,
    samples: int,
    correct: int | None,
) -> list[CostReport]:
    """Energy of a run that takes ``seconds`` of hardware time on ``cores`` of ``chips`` of ``boards``.

    ``packets``: spikes that leave a core; ``spikes``: of all populations but the spike sources, as elbez2022's table 6
    counts them; ``synaptic_events``: spikes times the synapses that exist on them.
    """
    board = CostReport(
        "board",
        "power of the whole board while it runs, split into what the network uses and what the board would use anyway",
        (
            CostItem("idle board", "board-seconds", seconds * boards, BOARD_IDLE_W[machine_version]),
            CostItem("active cores", "core-seconds", seconds * cores, CORE_ACTIVE_W),
            CostItem("packets", "spikes sent", packets, PACKET_J),
        ),
        samples,
        correct,
        seconds,
    )
    network = CostReport(
        "chips in use",
        "only the chips that hold the network: idle chips, active cores and packets",
        (
            CostItem("idle chips", "chip-seconds", seconds * chips, CHIP_IDLE_W),
            CostItem("active cores", "core-seconds", seconds * cores, CORE_ACTIVE_W),
            CostItem("packets", "spikes sent", packets, PACKET_J),
        ),
        samples,
        correct,
        seconds,
    )
    elbez_events = CostReport(
        "8 nJ per synaptic event",
        "the figure that elbez2022 quotes, applied to synaptic events; includes no idle power",
        (CostItem("synaptic events", "spikes x synapses that exist", synaptic_events, ELBEZ_EVENT_J),),
        samples,
        correct,
        seconds,
    )
    elbez_spikes = CostReport(
        "8 nJ per spike (elbez2022's table 6)",
        "elbez2022's own count: the same constant applied to the spikes of the neurons; includes no idle power",
        (CostItem("spikes", "spikes of neurons", spikes, ELBEZ_EVENT_J),),
        samples,
        correct,
        seconds,
    )
    return [board, network, elbez_events, elbez_spikes]
