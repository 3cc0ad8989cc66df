"""Where the object of a Caltech-101 image is: by the data set's annotations, or found in the image itself.

The annotations are Caltech-101's own (``Annotations/<category>/annotation_NNNN.mat``, in ``Annotations.tar``): ``box_coord``
(top, bottom, left, right) and ``obj_contour`` (x and y, [2, corners], from the box's upper left), as its
``show_annotation.m`` reads them.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurodeploy.errors import NeurodeployError
from neurodeploy.files import explain_os_error

SOURCES = ("Annotations", "Annotations.tar")
FOLDERS = {"airplanes": "Airplanes_Side_2", "Motorbikes": "Motorbikes_16"}
"""The annotations' folders where they are not named as the images'."""
FINDING_SIDE = 112
"""Longer side, in pixels, at which an object without annotation is looked for."""
OTSU_SHARE = 0.6
LEAST_DISTANCE = 15
LEAST_PART = 0.1
LEAST_OBJECT = 0.02


def find_annotations(images: Path) -> Path | None:
    """The annotations beside ``images`` (a folder or an archive); None when there are none."""
    return next((images.parent / name for name in SOURCES if (images.parent / name).exists()), None)


def read_annotations(path: Path, categories: Sequence[str], counts: Sequence[int]) -> list[bytes]:
    """The annotation files of every category's images 1 to ``counts``, one after the other.

    Raises:
        NeurodeployError: ND301 when one is missing or the archive is damaged.
    """
    names = [
        f"{FOLDERS.get(category, category)}/annotation_{number:04}.mat"
        for category, count in zip(categories, counts, strict=True)
        for number in range(1, count + 1)
    ]
    try:
        if path.is_dir():
            return [(path / name).read_bytes() for name in names]
        with tarfile.open(path) as archive:
            members = {member.name.removeprefix("./"): member for member in archive if member.isfile()}
            files = [archive.extractfile(members[f"Annotations/{name}"]) for name in names]
            return [file.read() for file in files if file is not None]
    except (KeyError, FileNotFoundError) as error:
        raise NeurodeployError(
            "ND301", f"'{path}' lacks an annotation: {error}.", "Put all of Annotations.tar there, or none of it."
        ) from None
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    except (tarfile.TarError, EOFError) as error:
        raise NeurodeployError("ND301", f"'{path}' is damaged: {error}.", "Put a whole copy there.") from None


def annotated_mask(annotation: bytes, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels within an annotation's contour, bool ``shape`` [rows, columns]; ND301 when it cannot be read."""
    from PIL import Image, ImageDraw
    from scipy.io import loadmat

    try:
        content: Any = loadmat(io.BytesIO(annotation))
        top, _, left, _ = np.asarray(content["box_coord"], float).reshape(4)
        x, y = np.asarray(content["obj_contour"], float)
        corners = [(round(a), round(b)) for a, b in zip(x + left - 1, y + top - 1, strict=True)]  # MATLAB counts from 1
        canvas = Image.new("1", (shape[1], shape[0]))
        ImageDraw.Draw(canvas).polygon(corners, fill=1)
    except Exception as error:  # loadmat raises what its many formats raise
        raise NeurodeployError(
            "ND301", f"An annotation of Caltech-101 is damaged: {error}.", "Put the original annotations there."
        ) from None
    mask: NDArray[np.bool_] = np.array(canvas)
    return mask if mask.any() else np.ones(shape, bool)


def distance_from_background(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far every pixel's colour is from the background's, 0 to 255; ``image`` is ``[rows, columns, 3]``.

    The background is the median of the border, two pixels wide; the distance that of the channel furthest away.
    """
    edges = (image[:2], image[-2:], image[:, :2], image[:, -2:])
    background = np.median(np.concatenate([edge.reshape(-1, 3) for edge in edges]), axis=0)
    distance: NDArray[np.float32] = np.abs(image - background).max(axis=-1)
    return distance


def found_mask(distance: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The pixels that stand out from the background, in large parts and without holes; all where hardly any do.

    The threshold is 0.6 of Otsu's (1979), 15 at least; parts smaller than a tenth of the largest are left out.
    """
    from scipy import ndimage

    threshold = max(LEAST_DISTANCE, OTSU_SHARE * otsu_threshold(distance))
    mask: Any = ndimage.binary_opening(ndimage.gaussian_filter(distance, 0.7) > threshold)
    closed: Any = ndimage.binary_closing(np.pad(mask, 4), iterations=2)
    filled: Any = ndimage.binary_fill_holes(closed)
    mask = filled[4:-4, 4:-4]
    labelled: Any = ndimage.label(mask)
    parts, count = labelled
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        mask = (sizes >= LEAST_PART * sizes.max())[parts]
    found: NDArray[np.bool_] = mask if mask.mean() >= LEAST_OBJECT else np.ones(distance.shape, bool)
    return found


def otsu_threshold(values: NDArray[np.float32]) -> float:
    """The value, 0 to 255, up to which one class lies when the variance between two classes is largest (Otsu 1979)."""
    histogram = np.bincount(values.astype(np.int64).ravel(), minlength=256).astype(float)
    count, total = histogram.cumsum(), (histogram * np.arange(256)).cumsum()
    splits = (count > 0) & (count < count[-1])
    between = np.zeros(256)
    low, below = count[splits], total[splits]
    between[splits] = (total[-1] * low / count[-1] - below) ** 2 / (low * (count[-1] - low))
    return float(between.argmax())
