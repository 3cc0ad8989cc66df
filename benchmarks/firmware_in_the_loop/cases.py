"""Random test networks: parameters, connections and input spikes, as plain JSON-able dictionaries."""

from __future__ import annotations

import numpy as np


def make_case(
    model: str,
    seed: int,
    *,
    time_step_ms: float = 1.0,
    n_sources: int = 30,
    n_neurons: int = 40,
    steps: int = 400,
    max_weight: float = 1.0,
    summed: list[float] | None = None,
    max_delay: int = 16,
    rate: float = 0.1,
    recurrent: bool = True,
    strong_inhibition: float = 1.0,
    tau_scale: float = 1.0,
    fan: float = 0.5,
    extreme: bool = False,
) -> dict:
    rng = np.random.default_rng(seed)
    n = n_neurons

    def uniform(low: float, high: float) -> list[float]:
        return [float(x) for x in rng.uniform(low, high, n)]

    parameters = {
        "v_rest": uniform(-75, -60),
        "v_reset": uniform(-80, -65),
        "v_thresh": uniform(-58, -45),
        "tau_m": uniform(5 * tau_scale, 40 * tau_scale),
        "cm": uniform(0.25, 2.0),
        "i_offset": uniform(-0.3, 0.8),
        "tau_refrac": [float(x) for x in rng.choice([0.0, 0.1, 0.5, 1.0, 1.7, 3.0, 5.3], n)],
        "v": uniform(-78, -50),
    }
    if model != "IF_curr_delta":
        parameters["tau_syn_E"] = uniform(0.5, 12)
        parameters["tau_syn_I"] = uniform(0.5, 20)
    if model == "IF_cond_exp":
        parameters["e_rev_E"] = uniform(-20, 20)
        parameters["e_rev_I"] = uniform(-110, -70)
    if extreme:
        for name, low, high in (
            ("tau_syn_E", 0.05, 3000),
            ("tau_syn_I", 0.05, 3000),
            ("tau_m", 0.3, 3000),
            ("cm", 0.001, 50),
        ):
            if name in parameters:
                parameters[name] = [float(x) for x in np.exp(rng.uniform(np.log(low), np.log(high), n))]
        parameters["v_reset"] = uniform(-90, -40)
        parameters["v"] = uniform(-3000, 0)
        parameters["i_offset"] = uniform(-40, 60)
        parameters["tau_refrac"] = uniform(0, 40)
    for name in parameters:
        parameters[name] = [round(x, 6) for x in parameters[name]]
    projections = []
    for source, receptor in ((0, 0), (0, 1), (1, 0), (1, 1)):
        if source == 1 and not recurrent:
            continue
        size = n_sources if source == 0 else n
        mask = rng.random((size, n)) < fan
        if source == 1:
            np.fill_diagonal(mask, False)
        pre, post = np.nonzero(mask)
        weight = rng.uniform(0, max_weight * (strong_inhibition if receptor else 1.0), pre.size)
        delay = np.round(rng.integers(1, max_delay + 1, pre.size) * time_step_ms, 4)
        projections.append(
            {
                "source": source,
                "receptor": receptor,
                "pre": pre.tolist(),
                "post": post.tolist(),
                "weight": np.round(weight, 5).tolist(),
                "delay": delay.tolist(),
            }
        )
    burst = rng.random((steps, 1)) < 0.03
    spikes = rng.random((steps, n_sources)) < np.where(burst, 0.8, rate)
    at, which = np.nonzero(spikes)
    return {
        "model": model,
        "seed": seed,
        "time_step_ms": time_step_ms,
        "n_sources": n_sources,
        "n_neurons": n,
        "steps": steps,
        "parameters": parameters,
        "max_expected_summed_weight": summed,
        "projections": projections,
        "input_step": at.tolist(),
        "input_neuron": which.tolist(),
    }
