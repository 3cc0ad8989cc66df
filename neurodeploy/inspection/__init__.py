"""Inspection: what a network is, what it does on samples, and what looks wrong, before anything is compiled."""

from neurodeploy.inspection.activity import LayerActivity, measure
from neurodeploy.inspection.layers import LayerSummary, summarise
from neurodeploy.inspection.page import check_page, write_page
from neurodeploy.inspection.warnings import Finding, target_warnings, warnings_of

__all__ = [
    "Finding",
    "LayerActivity",
    "LayerSummary",
    "check_page",
    "measure",
    "summarise",
    "target_warnings",
    "warnings_of",
    "write_page",
]  # fmt: skip
