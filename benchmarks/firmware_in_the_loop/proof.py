"""Larger comparisons that are not kept as golden files."""

import golden

golden.ROOT_SAVE = False
BIG = dict(n_sources=80, n_neurons=128, steps=2000)
golden.CASES = {
    "big_curr_exp": ("IF_curr_exp", dict(seed=101, max_weight=0.25, summed=[6.0, 8.0], **BIG)),
    "big_curr_exp_half": ("IF_curr_exp", dict(seed=102, time_step_ms=0.5, max_weight=0.25, summed=[3.0, 4.0], **BIG)),
    "big_delta": ("IF_curr_delta", dict(seed=103, max_weight=2.0, summed=[30.0, 30.0], strong_inhibition=0.7, **BIG)),
    "big_delta_half": (
        "IF_curr_delta",
        dict(seed=104, time_step_ms=0.5, max_weight=2.0, summed=[30.0, 30.0], strong_inhibition=0.7, **BIG),
    ),
    "big_cond": ("IF_cond_exp", dict(seed=105, max_weight=0.004, summed=[0.2, 0.2], **BIG)),
    "big_cond_half": ("IF_cond_exp", dict(seed=106, time_step_ms=0.5, max_weight=0.004, summed=[0.05, 0.2], **BIG)),
    "big_cond_refractory": ("IF_cond_exp", dict(seed=107, max_weight=0.4, summed=[10.0, 3.0], extreme=True, **BIG)),
}
if __name__ == "__main__":
    from pathlib import Path

    golden.main([])
    for name in golden.CASES:
        Path(f"/tmp/w/firmware/golden/{name}.npz").unlink(missing_ok=True)
