"""The process that opens a ``.nir`` file: reads it into a plain tree, under limits of memory and processor time.

NIR files are HDF5 without a checksum, and HDF5 is known to hang and to crash on damaged files. No check that runs beside
the library can help with that, so the library runs in a process of its own, which may die. It imports numpy and h5py
alone and answers on standard output: eight bytes with the length of a JSON text, the text, the arrays one after the other.

Run as ``python worker.py FILE BUDGET SECONDS SYS.PATH…``; see reading.py.
"""

from __future__ import annotations

import json
import struct
import sys
from typing import Any

_DEPTH = 32
_OBJECTS = 100_000
_TEXTS = 1_000_000
_BASE_MEMORY = 1 << 30
"""Address space of Python, numpy and h5py themselves, with room to spare."""
_FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}


class Refused(Exception):  # noqa: N818
    """The file breaks a rule; the message says which."""


def limit_resources(budget: int, seconds: int) -> None:
    """Bound memory and processor time; where the system cannot, the parent's timeout alone remains."""
    try:
        import resource
    except ImportError:
        return
    memory = _BASE_MEMORY + 6 * budget
    for kind, wanted in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


class Reader:
    """Walks a file once; arrays are collected, the tree refers to them by number."""

    def __init__(self, budget: int) -> None:
        self.arrays: list[Any] = []
        self._left, self._texts = budget, _TEXTS
        self._seen: set[tuple[int, int]] = set()

    def group(self, group: Any, depth: int = 0) -> dict[str, Any]:
        """A group as ``{"group": {name: …}}``."""
        import h5py

        if depth > _DEPTH:
            raise Refused(f"groups are nested more than {_DEPTH} deep")
        members = {}
        for name in group:
            name.encode()
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise Refused(f"'{group.name}/{name}' is a soft or external link")
            member = group[name]
            self._visit(member)
            if isinstance(member, h5py.Group):
                members[name] = self.group(member, depth + 1)
            elif isinstance(member, h5py.Dataset):
                members[name] = self.dataset(member)
            else:
                raise Refused(f"'{member.name}' is neither a group nor a data set")
        return {"group": members}

    def _visit(self, member: Any) -> None:
        import h5py

        info = h5py.h5o.get_info(member.id)
        if (info.fileno, info.addr) in self._seen:
            raise Refused(f"'{member.name}' is linked twice")
        self._seen.add((info.fileno, info.addr))
        if len(self._seen) > _OBJECTS:
            raise Refused(f"it holds more than {_OBJECTS} objects")

    def dataset(self, stored: Any) -> dict[str, Any]:
        """A data set as ``{"text": …}`` (a text, or nested lists) or ``{"array": number}``."""
        import h5py
        import numpy as np

        name, shape, dtype = stored.name, stored.shape, stored.dtype
        if shape is None:
            raise Refused(f"the data set '{name}' is empty")
        count = 1
        for extent in shape:
            count *= int(extent)
        text = h5py.check_string_dtype(dtype) is not None
        if not text and (dtype.kind not in "biuf" or dtype.itemsize > 8):
            raise Refused(f"the data set '{name}' holds {dtype}, neither numbers nor texts")
        self._check_storage(stored, count)
        if text:
            self._texts -= count
            if self._texts < 0:
                raise Refused(f"it holds more than {_TEXTS} texts")
            values = stored.asstr()[()]
            return {"text": values.tolist() if isinstance(values, np.ndarray) else values}
        values = np.asarray(stored[()])
        ordered = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False)
        self.arrays.append(ordered.reshape(shape))
        return {"array": len(self.arrays) - 1}

    def _check_storage(self, stored: Any, count: int) -> None:
        if stored.is_virtual or stored.external:
            raise Refused(f"the data set '{stored.name}' stands in other files")
        plist = stored.id.get_create_plist()
        for index in range(plist.get_nfilters()):
            code = plist.get_filter(index)[0]
            if code not in _FILTERS:
                raise Refused(f"the data set '{stored.name}' uses the HDF5 filter {code}")
        size = count * max(stored.dtype.itemsize, 1)
        chunk = stored.dtype.itemsize
        for extent in stored.chunks or ():
            chunk *= int(extent)
        if size > self._left or chunk > self._left + (1 << 20):
            raise Refused(
                f"the data set '{stored.name}' declares {max(size, chunk)} bytes, more than the file can hold"
            )
        self._left -= size


def main(path: str, budget: int, seconds: int) -> None:
    """Read ``path`` and answer on standard output."""
    import h5py

    limit_resources(budget, seconds)
    reader = Reader(budget)
    try:
        with h5py.File(path, "r", locking=False) as file:
            wanted = [name for name in ("version", "node") if name in file]
            for name in wanted:
                if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                    raise Refused(f"'/{name}' is a soft or external link")
            tree = {}
            for name in wanted:
                reader._visit(file[name])
                is_group = isinstance(file[name], h5py.Group)
                tree[name] = reader.group(file[name]) if is_group else reader.dataset(file[name])
        answer: dict[str, Any] = {"tree": tree, "arrays": [[a.dtype.str, list(a.shape)] for a in reader.arrays]}
    except Refused as refusal:
        answer, reader.arrays = {"problem": str(refusal)}, []
    except MemoryError:
        answer, reader.arrays = {"problem": "reading it needs more memory than its size allows for"}, []
    except Exception as error:  # h5py answers damage with a dozen exception types
        answer, reader.arrays = {"problem": (str(error) or type(error).__name__).splitlines()[0][:300]}, []
    text = json.dumps(answer).encode()
    sys.stdout.buffer.write(struct.pack("<Q", len(text)) + text)
    for array in reader.arrays:
        sys.stdout.buffer.write(array.tobytes())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.path[:] = sys.argv[4:]
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
