"""Compare the core's own provenance counters (region 10) with the model's event and saturation counts."""

import sys
from pathlib import Path

from compare import model_run
from runner import load, run

for name in sys.argv[1:]:
    info, regions = load(Path(f"/tmp/w/firmware/run/{name}.npz"))
    _, _, core = run(info, regions)
    result = model_run(info["case"], info["shifts"])
    words = [core.word(core.region_address[10] + 4 * i) for i in range(28)]
    print(name, words, "model events", int(result.synaptic_events.sum()), "saturations", result.saturations[1].tolist())
