"""Objects cut out of Caltech-101's images: by annotations as the archive ships them, and found without."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from neurodeploy.datasets import caltech101
from neurodeploy.datasets.object_outlines import (
    annotated_mask,
    distance_from_background,
    find_annotations,
    found_mask,
    otsu_threshold,
    read_annotations,
)
from neurodeploy.errors import NeurodeployError


def annotation(box: list[int], x: list[float], y: list[float]) -> bytes:
    """An annotation file as Caltech-101's: doubles, the contour from the box's upper left."""
    stream = io.BytesIO()
    savemat(stream, {"box_coord": np.array([box], float), "obj_contour": np.array([x, y], float)})
    return stream.getvalue()


def jpeg(image: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def test_a_contour_becomes_its_polygon() -> None:
    # A rectangle of 30 x 20 pixels whose upper left is at row 11, column 6, counted from 1 as MATLAB does.
    mask = annotated_mask(annotation([11, 30, 6, 35], [0, 29, 29, 0], [0, 0, 19, 19]), (60, 80))
    expected = np.zeros((60, 80), bool)
    expected[10:30, 5:35] = True
    np.testing.assert_array_equal(mask, expected)
    triangle = annotated_mask(annotation([1, 101, 1, 101], [0, 100, 0], [0, 0, 100]), (101, 101))
    assert triangle[0, 0] and not triangle[100, 100] and abs(triangle.sum() - 101 * 102 / 2) <= 1


def test_an_annotated_object_keeps_its_grey_and_its_proportions() -> None:
    image = np.full((100, 150, 3), 250, np.uint8)
    image[20:40, 30:90] = 100  # three times as wide as high
    small = caltech101.annotated_object(jpeg(image), annotation([21, 40, 31, 90], [0, 59, 59, 0], [0, 0, 19, 19]))
    object_rows = small.reshape(28, 28)[11:17, 2:-2]
    assert np.abs(object_rows.astype(int) - 100).max() < 8
    assert not small.reshape(28, 28)[:8].any() and not small.reshape(28, 28)[-8:].any()


@pytest.mark.parametrize(("background", "colour"), [(255, 30), (0, 200), (128, 20)])
def test_an_object_is_found_whatever_the_background(background: int, colour: int) -> None:
    image = np.full((120, 90, 3), background, np.uint8)
    rows, columns = np.mgrid[:120, :90]
    disc = (rows - 50) ** 2 + (columns - 45) ** 2 < 30**2
    image[disc] = colour
    mask = found_mask(distance_from_background(image.astype(np.float32)))
    assert (mask != disc).mean() < 0.02
    small = caltech101.found_object(jpeg(image)).reshape(28, 28)
    assert small[10:18, 10:18].min() > 240 and small[[0, 0, -1, -1], [0, -1, 0, -1]].max() == 0


def test_an_image_without_object_is_kept_whole() -> None:
    assert found_mask(np.zeros((40, 50), np.float32)).all()


def test_otsu_between_two_values_and_by_its_definition() -> None:
    assert otsu_threshold(np.repeat(np.array([10, 200], np.float32), 50)) == 10
    values = np.random.default_rng(1).integers(0, 256, 400).astype(np.float32)
    variances = []
    for cut in range(255):
        low, high = values[values <= cut], values[values > cut]
        variances.append(len(low) * len(high) * (low.mean() - high.mean()) ** 2 if len(low) and len(high) else 0.0)
    assert otsu_threshold(values) == np.argmax(variances)


def test_annotations_in_a_folder_and_in_the_archive(tmp_path: Path) -> None:
    images = tmp_path / "101_ObjectCategories"
    assert find_annotations(images) is None
    contents = {"Airplanes_Side_2/annotation_0001.mat": b"a", "Airplanes_Side_2/annotation_0002.mat": b"b",
                "wrench/annotation_0001.mat": b"c"}  # fmt: skip
    folder = tmp_path / "Annotations"
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    with tarfile.open(tmp_path / "Annotations.tar", "w") as archive:
        archive.add(folder, "Annotations")
    assert find_annotations(images) == folder
    for path in (folder, tmp_path / "Annotations.tar"):
        assert read_annotations(path, ("airplanes", "wrench"), (2, 1)) == [b"a", b"b", b"c"]
        with pytest.raises(NeurodeployError, match=r"ND301.*lacks an annotation.*wrench/annotation_0002"):
            read_annotations(path, ("airplanes", "wrench"), (2, 2))
    with pytest.raises(NeurodeployError, match="ND301.*annotation of Caltech-101 is damaged"):
        annotated_mask(b"not a matrix", (10, 10))
    (tmp_path / "Annotations.tar").write_bytes(b"\0" * 100)
    with pytest.raises(NeurodeployError, match="ND301"):
        read_annotations(tmp_path / "Annotations.tar", ("wrench",), (1,))
