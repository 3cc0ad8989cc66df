"""Monte Carlo over chips: the same program and samples on many chips, each with its own variation, and what that says of all chips."""

from __future__ import annotations

from neurodeploy.targets.crossbar.monte_carlo.chip_result import ChipResult
from neurodeploy.targets.crossbar.monte_carlo.finished_chips import FinishedChips
from neurodeploy.targets.crossbar.monte_carlo.intervals import Interval, clopper_pearson, mean_interval, wilson
from neurodeploy.targets.crossbar.monte_carlo.job import Job
from neurodeploy.targets.crossbar.monte_carlo.markdown import as_markdown
from neurodeploy.targets.crossbar.monte_carlo.result import MonteCarlo, Spread, Yield
from neurodeploy.targets.crossbar.monte_carlo.run_chips import check_arguments, run_chips

__all__ = [
    "ChipResult", "FinishedChips", "Interval", "Job", "MonteCarlo", "Spread", "Yield", "as_markdown", "check_arguments",
    "clopper_pearson", "mean_interval", "run_chips", "wilson",
]  # fmt: skip
