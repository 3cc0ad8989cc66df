"""The float reference simulator."""

from neurodeploy.simulation.events import effective_events, synaptic_events
from neurodeploy.simulation.live import LiveSimulation
from neurodeploy.simulation.plan import Plan, build_plan
from neurodeploy.simulation.simulate import simulate

__all__ = ["LiveSimulation", "Plan", "build_plan", "effective_events", "simulate", "synaptic_events"]
