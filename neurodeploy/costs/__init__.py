"""What a run costs: constants with their source, and reports that never give a total without its parts."""

from neurodeploy.costs.cost import Constant, CostItem, CostReport, Kind

__all__ = ["Constant", "CostItem", "CostReport", "Kind"]
