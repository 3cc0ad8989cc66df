"""Ten Caltech-101 categories: the files as they are, the split, the preparation, damage."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from neurodeploy.datasets import caltech101, load_dataset, load_images, locate
from neurodeploy.datasets.caltech101 import CATEGORIES, annotated_object, sample_order, smooth, whole
from neurodeploy.datasets.object_outlines import FOLDERS
from neurodeploy.errors import NeurodeployError

# Images per category, from the data set's page (also in shared/data/README.md).
COUNTS = [60, 40, 64, 39, 82, 85, 800, 45, 798, 75]
here = pytest.mark.skipif(locate("caltech101") is None, reason="caltech101 is not here")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@here
def test_as_rathi2019_prepares_it() -> None:
    train, test = load_images("caltech101", "train"), load_images("caltech101", "test")
    assert np.bincount(train.labels).tolist() == [1000] * 10 and np.bincount(test.labels).tolist() == [200] * 10
    assert train.images.shape == (10_000, 784) and train.image_shape == (28, 28) and train.images.dtype == np.uint8
    for label, count in enumerate(COUNTS):
        own = {image.tobytes() for image in train.images[train.labels == label]}
        other = {image.tobytes() for image in test.images[test.labels == label]}
        assert len(own) <= round(0.8 * count) and len(other) <= count - round(0.8 * count)
        assert len(own) >= 0.95 * round(0.8 * count)  # a few originals look alike
    again = load_images("caltech101", "train")
    assert again.digest() == train.digest()


@here
def test_an_original_as_pillow_alone_sees_it(tmp_path: Path) -> None:
    from PIL import Image

    folder = locate("caltech101")
    assert folder is not None
    path = caltech101.find(folder)
    assert path is not None
    contents = dict(enumerate(content for _, content in caltech101._jpegs(path)))
    assert len(contents) == sum(COUNTS)
    (tmp_path / "first.jpg").write_bytes(contents[0])
    plain = np.asarray(Image.open(tmp_path / "first.jpg").convert("L").resize((28, 28), Image.Resampling.BOX), float)
    assert np.abs(whole(contents[0]).reshape(28, 28) - plain).mean() < 8  # of 255: the same picture, smoother


@here
def test_annotations_beside_the_images_cut_the_objects_out(tmp_path: Path) -> None:
    folder = locate("caltech101")
    assert folder is not None
    archive = caltech101.find(folder)
    assert archive is not None and archive.is_file()
    own = tmp_path / "caltech101"
    own.mkdir()
    (own / archive.name).symlink_to(archive)
    found = load_images("caltech101", "test", tmp_path)
    stream = io.BytesIO()
    savemat(stream, {"box_coord": [[1, 60, 1, 60]], "obj_contour": [[0, 59, 59, 0], [0, 0, 59, 59]]})
    contour = stream.getvalue()  # the upper left 60 x 60 pixels of every image
    for name, count in zip(CATEGORIES, COUNTS, strict=True):
        of_category = own / "Annotations" / FOLDERS.get(name, name)
        of_category.mkdir(parents=True)
        for number in range(1, count + 1):
            (of_category / f"annotation_{number:04}.mat").write_bytes(contour)
    cut = load_images("caltech101", "test", tmp_path)
    np.testing.assert_array_equal(cut.labels, found.labels)
    files = caltech101.original(archive)[1]
    first = int(sample_order(np.repeat(np.arange(10), COUNTS), "test")[0])
    np.testing.assert_array_equal(cut.images[0], annotated_object(files[first], contour))
    assert (cut.images[0] != found.images[0]).any()
    (own / "Annotations" / "wrench" / "annotation_0039.mat").unlink()
    with pytest.raises(NeurodeployError, match=r"ND301.*wrench/annotation_0039.mat"):
        load_images("caltech101", "test", tmp_path)


def test_the_split_is_disjoint_and_whole() -> None:
    categories = np.repeat(np.arange(10), COUNTS)
    train, test = set(sample_order(categories, "train").tolist()), set(sample_order(categories, "test").tolist())
    assert not train & test and len(train) + len(test) == len(categories)
    assert len(train) == sum(round(0.8 * count) for count in COUNTS)


def test_smoothing_against_scipy() -> None:
    from scipy.ndimage import convolve

    image = np.random.default_rng(0).integers(0, 256, (9, 13)).astype(np.uint8)
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    expected = np.floor(convolve(image.astype(float), kernel, mode="mirror") + 0.5)
    np.testing.assert_array_equal(smooth(image), expected)


def test_other_files_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "caltech101" / "101_ObjectCategories"
    for name in CATEGORIES:
        (folder / name).mkdir(parents=True)
        (folder / name / "image_0001.jpg").write_bytes(b"not a picture")
    with pytest.raises(NeurodeployError, match="ND301.*not Caltech-101"):
        load_dataset("caltech101", "test", tmp_path)
    archive = tmp_path / "other" / "caltech101" / "caltech101_ten.tar"
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w") as written:
        written.add(folder, "101_ObjectCategories")
    with pytest.raises(NeurodeployError, match="ND301.*its 10 images"):
        load_dataset("caltech101", "test", tmp_path / "other")
    archive.write_bytes(archive.read_bytes()[:700])
    with pytest.raises(NeurodeployError, match="ND301"):
        load_dataset("caltech101", "test", tmp_path / "other")
