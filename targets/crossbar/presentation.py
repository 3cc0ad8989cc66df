"""What a report says of an in-memory target: tiles, area, latency, programming, and the device's constants with their kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neurodeploy.compiler.presentation import Figure, Presentation, RunSummary, Section
from neurodeploy.targets.crossbar import explanations, report_figures, report_tables
from neurodeploy.targets.crossbar.estimates import Estimates, origins_of
from neurodeploy.targets.crossbar.mapping import CrossbarMapping
from neurodeploy.targets.crossbar.origins import origins_text
from neurodeploy.wording import counted, quantity

_SUMS = {
    "analogue": "added as currents on a joined wire",
    "digital": "converted and added digitally",
    "none": "not allowed",
}


class CrossbarPresentation(Presentation):
    """Of one mapping, with the estimates that its program made."""

    model = "the model of one chip: its cells as programmed, with its device's errors, and its lines"
    footer = (
        "The model is one simulated chip: cells with the errors of the device file, line resistance, converters and neuron circuits as "
        "chosen. It is no measurement; what is marked 'assumed' has no public source."
    )
    saturations = "clipped conversions"
    other_runs = ("monte_carlo",)

    def __init__(self, mapping: CrossbarMapping, estimates: Estimates) -> None:
        self.mapping = mapping
        self.estimates = estimates
        self.model_note = (
            f"one simulated chip (device seed {mapping.options.device_seed}) of '{mapping.device.name}' cells with their errors; "
            "another seed is another chip"
        )

    def cards(self) -> Sequence[tuple[str, str]]:
        """Area and tiles."""
        tiles = counted(sum(array.tiles for array in self.mapping.arrays), "tile")
        return [
            (
                f"{1e6 * self.estimates.area.square_metres:.3g} mm²",
                f"area of {tiles} of {self.mapping.options.tile} cells",
            )
        ]

    def energy_text(self, run: RunSummary) -> str:
        """What is counted, and how long a presentation takes."""
        cost = run["costs"][0]
        seconds = quantity(cost["hardware_seconds"] / run["samples"], "s") if run["samples"] else "no time"
        parts = [(item["part"], item["joules"]) for item in cost["items"]]
        return " ".join(filter(None, (
            f"Reads of the cells, lines and periphery, {self.estimates.area.note}; programming is a section of its own. The arrays take {seconds} "
            "for a presentation if one step follows another at once. Ranges: all constants at their lowest and at their highest.",
            explanations.range_text(self.mapping, cost), explanations.converter_text(self.mapping, parts, "energy"),
        )))  # fmt: skip

    def resource_figures(self) -> Sequence[Figure]:
        """The tiles."""
        return _drawable(report_figures.tile_map(self.mapping))

    def sections(self) -> Sequence[Section]:
        """Arrays, area, latency, programming and device."""
        device, programming = self.mapping.device, self.estimates.programming
        histogram = _drawable(report_figures.conductance_histogram(self.mapping))
        sums = "Size: rows x outputs. Dense grid: tiles of the whole matrix; fewest: with a cell for every synapse and no other. Split: tiles that an "
        sums += "output's rows lie on at most. Used: share of the tiles' cells in rows and columns in use; synapses': in cells of synapses. "
        sums += f"Sums of rows that lie on several tiles are {_SUMS[self.mapping.options.partial_sums]}."
        once = f"Writing all cells once takes {quantity(programming.joules, 'J')} and, one cell after another, "
        return [
            Section("Arrays", sums, histogram, [("", report_tables.array_table(self.mapping))]),
            Section("Area", f"What the tiles with their periphery take, {self.estimates.area.note}. "
                    f"{explanations.area_text(self.mapping, self.estimates.area)}".strip(),
                    _drawable(report_figures.area_figure(self.mapping, self.estimates.area)), [("", report_tables.area_table(self.estimates.area))]),
            Section("Latency", f"One time step: {self.estimates.latency.step}. {explanations.time_text(self.mapping, self.estimates.latency)}", (), [("", report_tables.latency_table(self.estimates.latency))]),
            Section("Programming", f"{once}{quantity(programming.seconds, 's')}.", (),
                    [("", report_tables.programming_table(programming))]),
            Section("Device", f"'{device.name}': {device.title} ({device.source}). {device.notes} "
                    f"{origins_text(origins_of(self.mapping))}",
                    (), [("", report_tables.device_table(self.mapping))]),
        ]  # fmt: skip

    def run_sections(self, runs: Mapping[str, RunSummary]) -> Sequence[Section]:
        """Many chips, if they were run."""
        from neurodeploy.targets.crossbar.monte_carlo.report_section import chips_section  # which imports programs

        return [chips_section(runs[name]) for name in self.other_runs if name in runs]

    def provenance(self) -> Sequence[tuple[str, str]]:
        """The device file's source."""
        return [("device", f"{self.mapping.device.name}: {self.mapping.device.source}")]

    def when_compiled(self) -> Sequence[str]:
        """Area, time and programming with what decides them, how to save tiles, and what is assumed."""
        area, latency, programming = self.estimates.area, self.estimates.latency, self.estimates.programming
        low, high = (1e6 * end for end in area.square_metres_range)
        between = f" ({low:.3g} to {high:.3g})" if low != high else ""
        return [
            f"Area {1e6 * area.square_metres:.3g} mm²{between}; writing all cells once {quantity(programming.joules, 'J')} and "
            f"{quantity(programming.seconds, 's')}.",
            explanations.time_text(self.mapping, latency),
            *filter(None, [explanations.area_text(self.mapping, area), explanations.tiles_text(self.mapping)]),
            f"{origins_text(origins_of(self.mapping))} All are marked in the report.",
        ]


def _drawable(figure: Figure | None) -> tuple[Figure, ...]:
    return () if figure is None else (figure,)
