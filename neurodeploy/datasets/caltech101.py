"""Ten categories of Caltech-101 (Fei-Fei, Fergus, Perona 2004) as rathi2019 prepares them (section IV-B).

Object cut out and its background black, greyscale, Gaussian kernel of 3 x 3, 28 x 28 pixels, proportions kept; in each
category a random 80 % train and 20 % test; copies, so that categories weigh the same: 1,000 training images each, and 200
test images each (the paper: "similar", no number).

The object is cut out by Caltech-101's annotations where they lie beside the images. They are no part of the images'
archive: without them the object is what stands out from the image's border (``object_outlines.py``), and its brightness is
how far it does, stretched per image.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurodeploy.datasets.dataset import Dataset
from neurodeploy.datasets.object_outlines import (
    FINDING_SIDE,
    annotated_mask,
    distance_from_background,
    find_annotations,
    found_mask,
    read_annotations,
)
from neurodeploy.errors import NeurodeployError
from neurodeploy.files import atomic_file, explain_os_error

CATEGORIES = (
    "yin_yang", "saxophone", "stop_sign", "wrench", "revolver", "buddha", "airplanes", "pigeon", "Motorbikes", "umbrella",
)  # fmt: skip
SOURCES = ("101_ObjectCategories", "caltech101_ten.tar", "101_ObjectCategories.tar.gz")
"""The unpacked folder, an archive of the ten categories, the whole archive."""
SHA256 = "1b81d264d0f1708be8a66e340309ae950de0f39c005eb0e50f1adbc06b42ee04"
"""Over the 2,088 JPEG files, category by category as above, by number."""
SIDE = 28
TRAIN_SHARE = 0.8
COPIES = {"train": 1_000, "test": 200}
SPLIT_STREAM = 0x101
"""Key of the random numbers that split, and that order the samples."""


def find(folder: Path) -> Path | None:
    """The archive or folder of images in ``folder``; None when neither is there."""
    return next((folder / name for name in SOURCES if (folder / name).exists()), None)


def load(path: Path, split: str, cache: Path) -> Dataset:
    """Prepare a split; the small images are kept in ``cache``. ND301 when the files are not those of Caltech-101."""
    images, categories = prepared(path, cache)
    chosen = sample_order(categories, split)
    return Dataset(
        "caltech101", split, images[chosen], categories[chosen], (SIDE, SIDE), len(CATEGORIES), 255, np.arange(len(chosen))
    )  # fmt: skip


def sample_order(categories: NDArray[np.int64], split: str) -> NDArray[np.int64]:
    """Place in the set of each of a split's samples, copies included, in random but fixed order."""
    random = np.random.Generator(np.random.Philox(key=[SPLIT_STREAM, 0]))
    chosen = []
    for category in range(len(CATEGORIES)):
        own = random.permutation(np.flatnonzero(categories == category))
        cut = round(TRAIN_SHARE * len(own))
        chosen.append(np.resize(own[:cut] if split == "train" else own[cut:], COPIES[split]))
    order: NDArray[np.int64] = random.permutation(np.concatenate(chosen))
    return order


def prepared(path: Path, cache: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All images, uint8 ``(2088, 784)``, and their category."""
    categories, files = original(path)
    beside, counts = find_annotations(path), np.bincount(categories, minlength=len(CATEGORIES)).tolist()
    annotations = [] if beside is None else read_annotations(beside, CATEGORIES, counts)
    digest = hashlib.sha256(b"".join(annotations)).hexdigest()[:16] if annotations else "found"
    stored = cache / f"caltech101-{SHA256[:16]}-objects-{digest}-{SIDE}.npy"
    images = _stored(stored, len(files))
    if images is None:
        images = np.stack(
            [annotated_object(*pair) for pair in zip(files, annotations, strict=True)]
            if annotations
            else [found_object(content) for content in files]
        )
        stored.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(stored) as temporary, temporary.open("wb") as stream:
            np.save(stream, images, allow_pickle=False)
    return images, categories


def original(path: Path) -> tuple[NDArray[np.int64], list[bytes]]:
    """Category and JPEG file of all 2,088 images; ND301 when they are not Caltech-101's."""
    categories, files = [], []
    digest = hashlib.sha256()
    for category, content in _jpegs(path):
        files.append(content)
        categories.append(category)
        digest.update(content)
    if digest.hexdigest() != SHA256:
        raise NeurodeployError(
            "ND301",
            f"'{path}' is not Caltech-101: the SHA-256 of its {len(files):,} images of the ten categories is "
            f"{digest.hexdigest()}, not {SHA256}.",
            "Put the original images there.",
        )
    return np.array(categories, np.int64), files


def annotated_object(jpeg: bytes, annotation: bytes) -> NDArray[np.uint8]:
    """The object within the annotation's contour, grey (ITU-R 601), background 0."""
    from PIL import Image

    grey = np.asarray(Image.open(io.BytesIO(jpeg)).convert("L"))
    mask = annotated_mask(annotation, (grey.shape[0], grey.shape[1]))
    return small(squared(np.where(mask, grey, 0).astype(np.uint8), mask))


def found_object(jpeg: bytes) -> NDArray[np.uint8]:
    """The object that stands out from the border: its distance from the background's colour, 95 % of it below 255."""
    from PIL import Image

    image = Image.open(io.BytesIO(jpeg)).convert("RGB")
    scale = FINDING_SIDE / max(image.size)
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    distance = distance_from_background(np.asarray(image.resize(size, Image.Resampling.BOX), np.float32))
    mask = found_mask(distance)
    stretched = distance * 255 / max(1.0, float(np.percentile(distance[mask], 95)))
    return small(squared(np.where(mask, np.minimum(stretched, 255), 0).astype(np.uint8), mask))


def squared(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The box around ``mask``, in the middle of a black square."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(cut.shape)
    square = np.zeros((side, side), np.uint8)
    top, left = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    square[top : top + cut.shape[0], left : left + cut.shape[1]] = cut
    return square


def whole(jpeg: bytes) -> NDArray[np.uint8]:
    """The whole image, grey, its proportions lost: what the other two are measured against (benchmarks)."""
    from PIL import Image

    return small(np.asarray(Image.open(io.BytesIO(jpeg)).convert("L")))


def small(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """3 x 3 binomial kernel (OpenCV's Gaussian of that size), 28 x 28 bilinear with anti-aliasing; flat."""
    from PIL import Image

    image = Image.fromarray(smooth(grey)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    flat: NDArray[np.uint8] = np.asarray(image).reshape(-1)
    return flat


def smooth(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Convolve with (1 2 1; 2 4 2; 1 2 1) / 16, borders mirrored without repeating the edge as OpenCV does."""
    padded = np.pad(image.astype(np.int32), 1, mode="reflect")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    total = rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]
    smoothed: NDArray[np.uint8] = ((total + 8) // 16).astype(np.uint8)
    return smoothed


def _stored(path: Path, images: int) -> NDArray[np.uint8] | None:
    try:
        found: NDArray[np.uint8] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = found.shape == (images, SIDE * SIDE) and found.dtype == np.uint8
    return found if fits else None


def _jpegs(path: Path) -> Iterator[tuple[int, bytes]]:
    """Category and content of every image, category by category, by number."""
    try:
        if path.is_dir():
            for category, name in enumerate(CATEGORIES):
                for file in sorted((path / name).glob("image_*.jpg")):
                    yield category, file.read_bytes()
            return
        with tarfile.open(path) as archive:
            members = {member.name: member for member in archive if member.isfile()}
            for category, name in enumerate(CATEGORIES):
                own = sorted(
                    entry
                    for entry in members
                    if entry.startswith(f"101_ObjectCategories/{name}/image_") and entry.endswith(".jpg")
                )
                for entry in own:
                    content = archive.extractfile(members[entry])
                    assert content is not None
                    yield category, content.read()
    except OSError as error:
        raise explain_os_error(error, path, "read") from None
    except (tarfile.TarError, EOFError) as error:
        raise NeurodeployError("ND301", f"'{path}' is damaged: {error}.", "Put a whole copy there.") from None
