"""Damage for network files: bytes changed at random, and hostile HDF5 made with h5py. Each takes a random generator."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

Generator = np.random.Generator


def damaged(content: bytes, rng: Generator) -> bytes:
    """Bits flipped, bytes cut off, left out, inserted, swapped or overwritten; never the same bytes."""
    while (result := _damaged(content, rng)) == content:
        pass
    return result


def _damaged(content: bytes, rng: Generator) -> bytes:
    data, size = bytearray(content), len(content)
    at = int(rng.integers(size))
    end = min(size, at + int(rng.choice([1, 4, 16, 512, 4096])))
    kind = rng.choice(["flip", "flip", "flip", "cut", "drop", "insert", "swap", "zero", "ones", "noise"])
    if kind == "flip":
        for _ in range(int(rng.integers(1, 9))):
            data[int(rng.integers(size))] ^= 1 << int(rng.integers(8))
    elif kind == "cut":
        del data[at:]
    elif kind == "drop":
        del data[at:end]
    elif kind == "insert":
        data[at:at] = rng.bytes(end - at)
    elif kind == "swap":
        other = int(rng.integers(max(1, size - (end - at))))
        block = data[at:end]
        data[at:end], data[other : other + len(block)] = data[other : other + len(block)], block
    else:
        fill = {"zero": b"\0", "ones": b"\xff"}.get(str(kind))
        data[at:end] = rng.bytes(end - at) if fill is None else fill * (end - at)
    return bytes(data)


def hostile(content: bytes, rng: Generator) -> tuple[str, bytes]:
    """An HDF5 stream edited by one to three of :data:`EDITS`; their names, and the new stream."""
    stream, names = io.BytesIO(content), []
    with h5py.File(stream, "a") as file:
        for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
            name = str(rng.choice(sorted(EDITS)))
            try:
                EDITS[name](file, rng)
            except (KeyError, ValueError, TypeError, OSError, RuntimeError, IndexError, MemoryError):
                continue  # an earlier edit left nothing to do this to
            names.append(name)
    return " + ".join(names), stream.getvalue()


def _paths(file: h5py.File, kind: type) -> list[str]:
    found: list[str] = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, kind) else None)
    return found


def _pick(file: h5py.File, rng: Generator, kind: type = h5py.Dataset) -> str:
    return str(rng.choice(_paths(file, kind)))


def _replace(file: h5py.File, rng: Generator, **how: Any) -> None:
    path = _pick(file, rng)
    values = file[path][()]
    del file[path]
    file.create_dataset(path, **{"data": values, **how})


def wrong_type(file: h5py.File, rng: Generator) -> None:
    types: list[Any] = [
        "i1", "u8", "f2", "c16", "?", "S5", ">f8", ">i4", h5py.string_dtype(), h5py.ref_dtype, h5py.regionref_dtype,
        h5py.vlen_dtype(np.int32), h5py.enum_dtype({"A": 1}), np.dtype([("a", "i4"), ("b", "f8")]), np.dtype("V7"),
        np.dtype(("f4", (3,))), h5py.opaque_dtype(np.dtype("M8[ns]")),
    ]  # fmt: skip
    path = _pick(file, rng)
    shape = file[path].shape
    del file[path]
    file.create_dataset(path, shape, types[int(rng.integers(len(types)))])


def references(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    target = file[_pick(file, rng, h5py.Group)].ref
    del file[path]
    file.create_dataset(path, data=[target, target], dtype=h5py.ref_dtype)
    file[_pick(file, rng, h5py.Group)].attrs["kind"] = target


def wrong_shape(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    values = np.asarray(file[path][()])
    made = [values[None], values.ravel(), values.ravel()[:0], np.float64(1), values.ravel()[1:], values.T][
        rng.integers(6)
    ]
    del file[path]
    file[path] = made


def empty(file: h5py.File, rng: Generator) -> None:
    _replace(file, rng, data=h5py.Empty("f8"))


def huge_without_data(file: h5py.File, rng: Generator) -> None:
    path, size = _pick(file, rng), int(rng.choice([2**28, 2**31, 2**33, 2**40, 2**58]))
    dtype = file[path].dtype
    del file[path]
    chunks = None if rng.random() < 0.3 else (int(rng.choice([64, 4096, 2**20])),)
    file.create_dataset(path, (size,), dtype, chunks=chunks, compression=None if chunks is None else "gzip")


def bomb(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    dtype = file[path].dtype
    del file[path]
    stored = file.create_dataset(path, (1 << 26,), dtype, chunks=(1 << 22,), compression="gzip", compression_opts=9)
    stored[: 1 << 22] = np.zeros(1 << 22, dtype)


def bad_numbers(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    stored = file[path]
    values = np.array(stored[()])
    bad = [np.nan, np.inf, -np.inf, 1e300, -1.0, 2.0**62, -(2.0**62), 255, 0][rng.integers(9)]
    with np.errstate(all="ignore"):
        values.ravel()[int(rng.integers(max(1, values.size)))] = np.asarray(bad).astype(values.dtype)
    stored[...] = values


def soft_link(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng, h5py.Group if rng.random() < 0.5 else h5py.Dataset)
    target = str(rng.choice(["/" + path, "/network", "/nowhere", "/", "."]))
    del file[path]
    file[path] = h5py.SoftLink(target)


def external_link(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    del file[path]
    file[path] = h5py.ExternalLink(str(rng.choice(["/etc/passwd", "/dev/zero", "other.h5", ""])), "/x")


def external_storage(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    shape, dtype = file[path].shape, file[path].dtype
    del file[path]
    file.create_dataset(path, shape, dtype, external=[("/dev/zero", 0, h5py.h5f.UNLIMITED)])


def virtual(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    layout = h5py.VirtualLayout((16,), "f8")
    layout[:] = h5py.VirtualSource(str(rng.choice([".", "/etc/passwd"])), "/x", (16,))
    del file[path]
    file.create_virtual_dataset(path, layout)


def hard_cycle(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng, h5py.Group)
    target = file[str(rng.choice(["/", "/network"]))]
    file[f"{path}/again"] = target
    members = list(file[path])
    name = str(rng.choice(members))
    del file[path][name]
    file[path][name] = target


def named_type(file: h5py.File, rng: Generator) -> None:
    path = _pick(file, rng)
    del file[path]
    file[path] = np.dtype("f8")


def deep(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    for _ in range(int(rng.choice([40, 400]))):
        group = group.create_group("ancestors")


def broad(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    for index in range(2000):
        group.create_group(f"{index}")


def wrong_kind(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    held = [file[path].attrs for path in _paths(file, h5py.Group)]
    kinds = [attributes["kind"] for attributes in held if "kind" in attributes]
    group.attrs["kind"] = [str(rng.choice(np.array(kinds, object))), "Unknown", "", 7, "__class__", "network"][
        rng.integers(6)
    ]


def wrong_count(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    group.attrs["count"] = [10**12, -1, 0, 1.5, "many", 3, np.ones(3)][rng.integers(7)]


def lost(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    names = [(n, True) for n in list(group)] + [(n, False) for n in group.attrs]
    name, member = names[int(rng.integers(len(names)))]
    if member:
        del group[name]
    else:
        del group.attrs[name]


def moved(file: h5py.File, rng: Generator) -> None:
    one, other = _pick(file, rng, h5py.Group), _pick(file, rng, h5py.Group)
    file.move(one, f"{other}/{rng.choice(['0', 'weights', 'neuron', 'connectivity', 'x'])!s}")


def copied(file: h5py.File, rng: Generator) -> None:
    one, other = _pick(file, rng, h5py.Group), _pick(file, rng, h5py.Group)
    held = file.copy(one, "/aside") or file["/aside"]
    del file[other]
    file.copy(held, other)


VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 7.5, 1e308, -0.0, 2**31, 2**63, 10**12, 10**400, "x", "", "\ud800", "value", ">", [], [0], [-1], [1, 2, 3],
    [10**12], [2**31, 2**31], [1.5], ["a"], [[1]], {}, {"a": 1}, {"maximum_rate_hz": "fast"}, {"maximum_rate_hz": 1e9}, [True],
)  # fmt: skip
TEXTS = (
    "NaN", "Infinity", "-Infinity", "1e999", "{", "nul", "", "[" * 5000, "[" * 200 + "]" * 200, '{"a":' * 60 + "1" + "}" * 60,
    "9" * 6000, '"' + "x" * 40000 + '"', "\x00", '"\\u0000"',
)  # fmt: skip


def wrong_value(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    name = str(rng.choice([n for n in group.attrs if n not in ("kind", "count")]))
    if rng.random() < 0.7:
        group.attrs[name] = json.dumps(VALUES[int(rng.integers(len(VALUES)))])
    else:
        group.attrs[name] = TEXTS[int(rng.integers(len(TEXTS)))]


def array_for_value(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    name = str(rng.choice([n for n in group.attrs if n not in ("kind", "count")]))
    del group.attrs[name]
    group[name] = np.arange(4.0) if rng.random() < 0.5 else np.frombuffer(b"[1, 2]", np.uint8)
    if rng.random() < 0.5:
        group[name].attrs["kind"] = "json"


def odd_attribute(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    name = str(rng.choice(list(group.attrs)))
    values: list[Any] = [
        np.ones(5), np.array(b"\xff\xfe"), h5py.Empty("f8"), np.array((1, 2.0), [("a", "i4"), ("b", "f8")]),
        np.void(b"abc"), ["a", "b"], 1 + 2j, np.bool_(True),
    ]  # fmt: skip
    group.attrs[name] = values[int(rng.integers(len(values)))]


def huge_text(file: h5py.File, rng: Generator) -> None:
    group = file[_pick(file, rng, h5py.Group)]
    name = str(rng.choice([*group.attrs, "metadata"]))
    if name in group.attrs:
        del group.attrs[name]
    text = (b"[" * 1_000_000, b'{"a":"' + b"x" * 3_000_000 + b'"}', b"[" + b"0," * 500_000 + b"0]")[rng.integers(3)]
    group[name] = np.frombuffer(text, np.uint8)
    group[name].attrs["kind"] = "json"


def wrong_text(file: h5py.File, rng: Generator) -> None:
    """A text of a NIR file: the type of a node, the ends of an edge."""
    texts = [path for path in _paths(file, h5py.Dataset) if h5py.check_string_dtype(file[path].dtype)]
    path, other = str(rng.choice(texts)), str(rng.choice(texts))
    value = [file[other][()], "LIF", "Input", "", "NIRGraph", b"\xff", [["a", "b"]], "x" * 100_000, 3.0][
        rng.integers(9)
    ]
    del file[path]
    file[path] = value


EDITS: dict[str, Callable[[h5py.File, Generator], None]] = {
    edit.__name__: edit
    for edit in (
        wrong_type, references, wrong_shape, empty, huge_without_data, bomb, bad_numbers, soft_link, external_link,
        external_storage, virtual, hard_cycle, named_type, deep, broad, wrong_kind, wrong_count, lost, moved, copied,
        wrong_value, array_for_value, odd_attribute, huge_text, wrong_text,
    )
}  # fmt: skip
