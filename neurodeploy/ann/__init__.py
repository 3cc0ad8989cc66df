"""Import of trained ReLU networks: ONNX or a torch ``state_dict`` in safetensors, to integrate-and-fire neurons.

``ann = load_ann("model.onnx")`` reads layers; ``convert(ann, train, test)`` balances thresholds on data and returns the
spiking network with a report of its accuracy before and after. Needs the extra: ``pip install 'neurodeploy[ann]'``.
"""

from __future__ import annotations

from pathlib import Path

from neurodeploy.ann.arithmetic import forward, predict
from neurodeploy.ann.conversion import convert
from neurodeploy.ann.folding import fold, normalised_input
from neurodeploy.ann.layers import Ann
from neurodeploy.ann.onnx_file import load_onnx
from neurodeploy.ann.options import Conversion
from neurodeploy.ann.report import ConversionReport, LayerReport
from neurodeploy.ann.state_dict import load_state_dict
from neurodeploy.errors import NeurodeployError

__all__ = [
    "Ann",
    "Conversion",
    "ConversionReport",
    "LayerReport",
    "convert",
    "fold",
    "forward",
    "load_ann",
    "load_onnx",
    "load_state_dict",
    "normalised_input",
    "predict",
]


def load_ann(path: str | Path, architecture: str | Path | None = None) -> Ann:
    """Read a network by its file's ending: .onnx, or .safetensors with an architecture (text or .toml file).

    Raises:
        NeurodeployError: ND140 for another ending, ND143 for an architecture beside an ONNX file; else as
            :func:`load_onnx` and :func:`load_state_dict`.
    """
    ending = Path(path).suffix.lower()
    if ending == ".safetensors":
        return load_state_dict(path, architecture)
    if ending != ".onnx":
        raise NeurodeployError(
            "ND140",
            f"'{path}' is neither .onnx nor .safetensors.",
            "Save it as one of the two: torch.onnx.export, or safetensors.torch.save_file(model.state_dict(), …).",
        )
    if architecture is not None:
        raise NeurodeployError(
            "ND143", f"'{path}' says itself how its layers follow each other.", "Leave out --architecture."
        )
    return load_onnx(path)
