"""The float reference simulator."""

from neurodeploy.simulation.events import synaptic_events
from neurodeploy.simulation.plan import Plan, build_plan
from neurodeploy.simulation.simulate import simulate

__all__ = ["Plan", "build_plan", "simulate", "synaptic_events"]
