"""What a run costs: constants with their source, and reports that never give a total without its parts."""

from neurodeploy.costs.area import AreaItem, AreaReport
from neurodeploy.costs.cost import Constant, CostItem, CostReport, Kind
from neurodeploy.costs.latency import LatencyItem, LatencyReport
from neurodeploy.costs.scaling import Technology

__all__ = [
    "AreaItem",
    "AreaReport",
    "Constant",
    "CostItem",
    "CostReport",
    "Kind",
    "LatencyItem",
    "LatencyReport",
    "Technology",
]
