"""Walk the DTCM heap of the emulated core after start: the real size of every allocation."""

import sys
from pathlib import Path

from core import Core
from runner import load

for name in sys.argv[1:]:
    info, regions = load(Path(f"/tmp/w/firmware/run/{name}.npz"))
    core = Core(Path(info["executable"]), regions)
    core.start()
    heap = core.word(0x4C)
    block, last, sizes = core.word(heap + 4), core.word(heap + 8), []
    free = []
    f = core.word(heap)
    while f:
        free.append(f)
        f = core.word(f + 4)
    while block != last:
        nxt = core.word(block)
        sizes.append(("free " if block in free else "") + str(nxt - block - 8))
        block = nxt
    print(
        name,
        "n",
        info["case"]["n_neurons"],
        "maxdelay",
        info["max_delay_steps"],
        "heap_base",
        hex(heap),
        "code_top",
        hex(core.word(0x48)),
        "stack",
        (core.word(0x44) >> 16),
        "blocks",
        sizes,
        "free_bytes",
        core.word(heap + 12),
    )
