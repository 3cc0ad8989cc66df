"""The process that HDF5 runs in: reads streams into plain trees, under limits of memory and processor time.

It imports numpy and h5py alone. A request on standard input: three 64-bit numbers (length, budget of bytes, seconds) and
the stream. The answer on standard output: messages, each a 64-bit length and a JSON text; a message with ``dtype`` and
``shape`` is followed by that array, the last one holds the ``tree`` or the ``problem``. Started by ``__init__.py`` as
``python worker.py SYS.PATH…``.
"""

from __future__ import annotations

import io
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
    """The stream breaks a rule; the message says which."""


class Reader:
    """Walks a stream once; arrays are sent as they are met, the tree refers to them by number."""

    def __init__(self, budget: int) -> None:
        self._left, self._texts, self._objects, self._sent = budget, _TEXTS, _OBJECTS, 0
        self._seen: set[tuple[int, int]] = set()

    def group(self, group: Any, depth: int = 0) -> dict[str, Any]:
        """A group and all that it holds."""
        import h5py

        if depth > _DEPTH:
            raise Refused(f"groups are nested more than {_DEPTH} deep")
        self._visit(group)
        members = {}
        for name in group:
            name.encode()  # a name that is no text
            where = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise Refused(f"'{where}' is a soft or external link")
            member = group[name]
            if isinstance(member, h5py.Group):
                members[name] = self.group(member, depth + 1)
            elif isinstance(member, h5py.Dataset):
                members[name] = self._dataset(member)
            else:
                raise Refused(f"'{where}' is neither a group nor a data set")
        return {"attributes": self._attributes(group), "members": members}

    def _visit(self, member: Any) -> None:
        from h5py import h5o  # pyright: ignore[reportAttributeAccessIssue]

        info = h5o.get_info(member.id)
        if (info.fileno, info.addr) in self._seen:
            raise Refused(f"'{member.name}' is linked twice")
        self._seen.add((info.fileno, info.addr))
        self._count()

    def _count(self) -> None:
        self._objects -= 1
        if self._objects < 0:
            raise Refused(f"it holds more than {_OBJECTS} groups, data sets and attributes")

    def _attributes(self, owner: Any) -> dict[str, Any]:
        """Single numbers and texts."""
        import h5py

        found: dict[str, Any] = {}
        for name in owner.attrs:
            self._count()
            stored = owner.attrs.get_id(name)
            if stored.shape != () or not (h5py.check_string_dtype(stored.dtype) or stored.dtype.kind in "biuf"):
                raise Refused(f"the attribute '{name}' of '{owner.name}' is neither a number nor a text")
            value = owner.attrs[name]
            value = value.decode() if isinstance(value, bytes) else value
            found[name] = value if isinstance(value, str) else value.item()
        return found

    def _dataset(self, stored: Any) -> dict[str, Any]:
        """A data set as ``{"text": …}`` or ``{"array": number}``."""
        import h5py
        import numpy as np

        self._visit(stored)
        name, shape, dtype = stored.name, stored.shape, stored.dtype
        if shape is None:
            raise Refused(f"the data set '{name}' is empty")
        text = h5py.check_string_dtype(dtype) is not None
        if not text and (dtype.kind not in "biuf" or dtype.itemsize > 8):
            raise Refused(f"the data set '{name}' holds {dtype}, neither numbers nor texts")
        count = 1
        for extent in shape:
            count *= int(extent)
        self._check_storage(stored, count)
        attributes = self._attributes(stored)
        if text:
            self._texts -= count
            if self._texts < 0:
                raise Refused(f"it holds more than {_TEXTS} texts")
            values = stored.asstr()[()]
            return {"attributes": attributes, "text": values.tolist() if isinstance(values, np.ndarray) else values}
        values = np.asarray(stored[()])
        values = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).reshape(shape)
        send({"dtype": values.dtype.str, "shape": list(shape)})
        if values.size:
            sys.stdout.buffer.write(values.reshape(-1).view(np.uint8).data)
        self._sent += 1
        return {"attributes": attributes, "array": self._sent - 1}

    def _check_storage(self, stored: Any, count: int) -> None:
        """What is read must stand in this stream, and not be more than it can hold."""
        if stored.is_virtual or stored.external:
            raise Refused(f"the data set '{stored.name}' stands in other files")
        plist = stored.id.get_create_plist()
        for index in range(plist.get_nfilters()):
            if (code := plist.get_filter(index)[0]) not in _FILTERS:
                raise Refused(f"the data set '{stored.name}' uses the HDF5 filter {code}")
        size = count * max(stored.dtype.itemsize, 1)
        chunk = stored.dtype.itemsize
        for extent in stored.chunks or ():
            chunk *= int(extent)
        if size > self._left or chunk > self._left:
            raise Refused(f"the data set '{stored.name}' declares {max(size, chunk)} bytes, more than it can hold")
        self._left -= size


def send(message: dict[str, Any]) -> None:
    """One message."""
    text = json.dumps(message).encode()
    sys.stdout.buffer.write(struct.pack("<Q", len(text)) + text)


def limit_resources(memory: int, seconds: int) -> None:
    """Bound memory and processor time; where the system cannot, the parent's deadline alone remains."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds + 1
    for kind, wanted in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, until), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def answer(content: bytes, budget: int) -> None:
    """Read one stream and send its tree."""
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            send({"tree": Reader(budget).group(file["/"])})
    except Refused as refusal:
        send({"problem": str(refusal)})
    except MemoryError:
        send({"problem": "reading it needs more memory than its size allows for"})
    except Exception as error:  # h5py answers damage with a dozen exception types
        send({"problem": (str(error) or type(error).__name__).splitlines()[0][:300]})
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer until standard input ends."""
    import h5py  # noqa: F401 (its time counts as the start's)

    sys.stdout.buffer.write(b"+")
    sys.stdout.buffer.flush()
    while header := sys.stdin.buffer.read(24):
        length, budget, seconds = struct.unpack("<QQQ", header)
        content = sys.stdin.buffer.read(length)
        limit_resources(_BASE_MEMORY + 2 * length + 2 * budget, seconds)
        answer(content, budget)


if __name__ == "__main__":
    sys.path[:] = sys.argv[1:]
    main()
