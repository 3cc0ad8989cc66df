"""The order of a network's layers, as text: what a ``state_dict`` does not tell.

``input 1x28x28; conv 5 padding 2; relu; average_pool 2; flatten; dense; relu; dense``: one layer between semicolons (or
line ends), a kernel's extent (``5`` or ``5x3``), then options with their values. Channels and features come from the
tensors; an extent that is given is compared with them. ``from NAME`` says whose tensors a layer takes (``fc1`` for
``fc1.weight``). A TOML file holds the same as ``layers = ["input 1x28x28", "conv 5 padding 2", …]``.

===================  ==========================================================  =======================
layer                options                                                     behind the word
===================  ==========================================================  =======================
input                                                                            ``CxHxW`` or features
conv                 stride, padding, dilation, groups, from                     kernel (may be left out)
dense                from                                                        outputs (may be left out)
batch_norm           epsilon, from
average_pool         stride, padding                                             kernel
max_pool             stride, padding                                             kernel
global_average_pool
relu, flatten
dropout, softmax     left out
===================  ==========================================================  =======================
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error

_OPTIONS: dict[str, tuple[str, ...]] = {
    "conv": ("stride", "padding", "dilation", "groups", "from"),
    "dense": ("from",),
    "batch_norm": ("epsilon", "from"),
    "average_pool": ("stride", "padding"),
    "max_pool": ("stride", "padding"),
    "global_average_pool": (),
    "relu": (),
    "flatten": (),
    "dropout": (),
    "softmax": (),
}
_EXTENT = {"conv": (False, 2), "dense": (False, 1), "average_pool": (True, 2), "max_pool": (True, 2)}
"""Whether a kind needs a number behind its name, and how many extents it may have."""
_DROPPED_ARGUMENT = ("dropout",)
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Entry:
    """One layer: ``extents`` behind its name (empty: not given), ``options`` by name, ``source`` of its tensors."""

    kind: str
    text: str
    extents: tuple[int, ...] = ()
    options: dict[str, tuple[int, ...]] = field(default_factory=dict)
    epsilon: float = 1e-5
    source: str | None = None

    def pair(self, option: str, default: int) -> tuple[int, int]:
        """An option as (height, width)."""
        values = self.options.get(option, (default,))
        return (values[0], values[-1])


@dataclass(frozen=True)
class Architecture:
    """The shape of one input sample and the layers in their order; ``where`` they were written."""

    input_shape: tuple[int, ...]
    entries: tuple[Entry, ...]
    where: str


def load_architecture(text_or_path: str | Path) -> Architecture:
    """Read an architecture from a TOML file (a name ending in .toml) or from the text itself.

    Raises:
        NeurodeployError: ND101–ND103 when the file cannot be read, ND143 when the text is not as described.
    """
    if not str(text_or_path).strip().endswith(".toml"):
        return parse_architecture(str(text_or_path))
    path = Path(text_or_path)
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    except ValueError as error:  # TOML's and UTF-8's errors
        raise NeurodeployError("ND143", f"'{path}' is not valid TOML: {error}.") from None
    layers = table.get("layers")
    if set(table) != {"layers"} or not isinstance(layers, list) or not all(isinstance(line, str) for line in layers):
        raise NeurodeployError(
            "ND143", f"'{path}' holds {sorted(table)}.", 'It needs one entry: layers = ["input 1x28x28", "conv 5", …].'
        )
    return parse_architecture("\n".join(layers), str(path))


def parse_architecture(text: str, where: str = "architecture") -> Architecture:
    """Read an architecture from text.

    Raises:
        NeurodeployError: ND143 when the text is not as described.
    """
    lines = [line.strip() for line in re.split(r"[;\n]", text) if line.strip()]
    if not lines or lines[0].split()[0] != "input":
        raise _wrong(
            where, lines[0] if lines else text[:40], "the first layer must be the input, such as 'input 1x28x28'"
        )
    words = lines[0].split()
    shape = _extents(words[1]) if len(words) == 2 else None
    if shape is None or len(shape) not in (1, 3):
        raise _wrong(where, lines[0], "the input is 'input FEATURES' or 'input CHANNELSxHEIGHTxWIDTH'")
    if len(lines) == 1:
        raise _wrong(where, lines[0], "no layer follows the input")
    return Architecture(shape, tuple(_entry(line, where) for line in lines[1:]), where)


def _entry(line: str, where: str) -> Entry:
    kind, *words = line.split()
    if kind not in _OPTIONS:
        raise _wrong(where, line, f"there is no layer '{kind}'", f"Use one of: {', '.join(_OPTIONS)}.")
    extents: tuple[int, ...] = ()
    if words and kind in _DROPPED_ARGUMENT:
        words = []
    needed, most = _EXTENT.get(kind, (False, 0))
    if words and most and words[0][0].isdigit():
        found = _extents(words.pop(0))
        if found is None or len(found) > most:
            raise _wrong(where, line, "its extent is not understood", "Write 5 or 5x3.")
        extents = found
    if needed and not extents:
        raise _wrong(where, line, "its kernel is missing", f"Write '{kind} 2' or '{kind} 2x3'.")
    return _with_options(Entry(kind, line, extents), words, where)


def _with_options(entry: Entry, words: list[str], where: str) -> Entry:
    options: dict[str, tuple[int, ...]] = {}
    epsilon, source = entry.epsilon, entry.source
    if len(words) % 2:
        raise _wrong(where, entry.text, f"'{words[-1]}' has no value, or is no option")
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name not in _OPTIONS[entry.kind] or name in options:
            allowed = ", ".join(_OPTIONS[entry.kind]) or "none"
            raise _wrong(
                where, entry.text, f"'{name}' is no option of '{entry.kind}', or twice", f"Options: {allowed}."
            )
        if name == "from":
            source = value
        elif name == "epsilon":
            epsilon = _positive_float(value, entry, where)
        else:
            found = _extents(value, 0 if name == "padding" else 1)
            if found is None or len(found) > (1 if name == "groups" else 2):
                raise _wrong(where, entry.text, f"its {name} is '{value}'", "Write whole numbers: 2 or 2x1.")
            options[name] = found
    return Entry(entry.kind, entry.text, entry.extents, options, epsilon, source)


def _positive_float(value: str, entry: Entry, where: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 < number < 1:
        raise _wrong(where, entry.text, f"its epsilon is '{value}'", "Write a number between 0 and 1.")
    return number


def _extents(word: str, least: int = 1) -> tuple[int, ...] | None:
    """``3x5`` as (3, 5); None when it is something else."""
    if not re.fullmatch(r"[0-9]{1,10}(x[0-9]{1,10})*", word):
        return None
    numbers = tuple(int(part) for part in word.split("x"))
    return numbers if least <= min(numbers) and max(numbers) <= _LARGEST else None


def _wrong(where: str, line: str, what: str, hint: str = "") -> NeurodeployError:
    return NeurodeployError("ND143", f"{where}, at '{line[:80]}': {what}.", hint)
