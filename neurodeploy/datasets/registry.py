"""Which data sets there are, where they are looked for, and how they are fetched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurodeploy.datasets import caltech101, nmnist
from neurodeploy.datasets.dataset import AnyDataset, Dataset
from neurodeploy.datasets.idx import idx_length, read_idx
from neurodeploy.errors import NeurodeployError

SPLITS = ("train", "test")


@dataclass(frozen=True)
class Source:
    """A data set: its description and, unless it is embedded, its files with SHA-256 and where they are published."""

    description: str
    samples: tuple[int, int]
    base_url: str = ""
    files: tuple[tuple[str, str], ...] = ()


DATASETS: dict[str, Source] = {
    "digits": Source(
        "8x8 digits bundled with scikit-learn (embedded; every fifth sample is the test set)", (1438, 359)
    ),
    "mnist": Source(
        "28x28 handwritten digits (LeCun, Cortes, Burges)",
        (60000, 10000),
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            ("train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            ("train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            ("t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            ("t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
    ),
    "fashion_mnist": Source(
        "28x28 articles of clothing (Zalando)",
        (60000, 10000),
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        (
            ("train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            ("train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            ("t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            ("t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
    ),
    "nmnist": Source(
        "34x34x2 N-MNIST: MNIST seen by an event camera (Orchard et al.); put its folders Train and Test, or a packed"
        " nmnist*.npz, there yourself",
        (60000, 10000),
    ),
    "caltech101": Source(
        "28x28 grey images of ten Caltech-101 categories (rathi2019; objects cut out, copies to 1,000 and 200 a class); put"
        " 101_ObjectCategories, its .tar.gz, or caltech101_ten.tar there yourself, and Annotations.tar if you have it",
        (10000, 2000),
    ),
}


_FINDERS = {"nmnist": nmnist.find, "caltech101": caltech101.find}


def load_dataset(name: str, split: str, data_dir: str | Path | None = None) -> AnyDataset:
    """Load a split (``train`` or ``test``) from ``data_dir``, ``$NEURODEPLOY_DATA`` or the user's cache.

    Raises:
        NeurodeployError: ND302 for an unknown name or split, ND303 when its files are nowhere, ND301 when damaged.
    """
    _known(name)
    if split not in SPLITS:
        raise NeurodeployError("ND302", f"There is no split '{split}'.", "Use 'train' or 'test'.")
    if name == "digits":
        return _digits(split)
    folder = locate(name, data_dir)
    if folder is None:
        searched = ", ".join(f"'{place}'" for place in _places(name, data_dir))
        raise NeurodeployError(
            "ND303",
            f"The data set '{name}' was not found in {searched}.",
            f"Run 'neurodeploy datasets fetch {name}', or name its folder with --data-dir.",
        )
    if name == "nmnist":
        found = nmnist.find(folder)
        assert found is not None
        return nmnist.load(found, split)
    if name == "caltech101":
        found = caltech101.find(folder)
        assert found is not None
        return caltech101.load(found, split, _cache() / "prepared")
    prefix = "train" if split == "train" else "t10k"
    image_path, label_path = (folder / f"{prefix}-{part}-ubyte.gz" for part in ("images-idx3", "labels-idx1"))
    images, labels = read_idx(image_path), read_idx(label_path)
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise NeurodeployError(
            "ND301",
            f"'{image_path}' holds {images.shape} and '{label_path}' {labels.shape}: images and labels do not match.",
            "Fetch the data set again.",
        )
    if labels.size and labels.max() >= 10:
        raise NeurodeployError(
            "ND301",
            f"'{label_path}' holds the label {labels.max()}; there are 10 classes.",
            "Fetch the data set again.",
        )
    flat = images.reshape(len(images), -1)
    shape = (images.shape[1], images.shape[2])
    return Dataset(name, split, flat, labels.astype(np.int64), shape, 10, 255, np.arange(len(labels)))


def load_images(name: str, split: str, data_dir: str | Path | None = None) -> Dataset:
    """:func:`load_dataset` for what works on images only; recorded events are refused (ND305)."""
    dataset = load_dataset(name, split, data_dir)
    if not isinstance(dataset, Dataset):
        raise NeurodeployError(
            "ND305",
            f"'{name}' holds recorded events, not images.",
            "Use one of: digits, mnist, fashion_mnist, caltech101.",
        )
    return dataset


def locate(name: str, data_dir: str | Path | None = None) -> Path | None:
    """The folder that holds all files of a data set; None when there is none (or it is embedded)."""
    files = [file for file, _ in _known(name).files]
    for place in _places(name, data_dir):
        if name in _FINDERS and _FINDERS[name](place) is not None:
            return place
        if files and all((place / file).is_file() for file in files):
            return place
    return None


def sizes(name: str, data_dir: str | Path | None = None) -> tuple[int, int]:
    """Training and test samples: of what is there, a subset perhaps; else of the set as it was published.

    Raises:
        NeurodeployError: ND301 when what is there is damaged.
    """
    folder = locate(name, data_dir)
    if folder is None or name == "caltech101":  # all of it, or it is refused
        return _known(name).samples
    if name == "nmnist":
        found = nmnist.find(folder)
        assert found is not None
        return nmnist.size(found, "train"), nmnist.size(found, "test")
    return idx_length(folder / "train-labels-idx1-ubyte.gz"), idx_length(folder / "t10k-labels-idx1-ubyte.gz")


def fetch(name: str, data_dir: str | Path | None = None) -> Path:
    """Download a data set's files, checking their SHA-256, into ``data_dir`` or the user's cache.

    Raises:
        NeurodeployError: ND304 when a download fails or does not match its checksum.
    """
    import pooch

    source = _known(name)
    if name == "digits":
        raise NeurodeployError("ND304", "'digits' is embedded: there is nothing to fetch.", "Just use it.")
    if not source.files:
        raise NeurodeployError(
            "ND304", f"'{name}' cannot be fetched: {source.description}.", f"Put it into '{_cache() / name}' by hand."
        )
    folder = (Path(data_dir) if data_dir else _cache()) / name
    try:
        for file, sha256 in source.files:
            pooch.retrieve(source.base_url + file, f"sha256:{sha256}", fname=file, path=folder, progressbar=False)
    except Exception as error:  # requests and pooch raise a family of unrelated exceptions
        raise NeurodeployError(
            "ND304",
            f"Fetching '{name}' from {source.base_url} failed: {error}.",
            f"Check the network, or put its files into '{folder}' by hand.",
        ) from None
    return folder


def _known(name: str) -> Source:
    if name not in DATASETS:
        raise NeurodeployError("ND302", f"There is no data set '{name}'.", f"Use one of: {', '.join(DATASETS)}.")
    return DATASETS[name]


def _places(name: str, data_dir: str | Path | None) -> list[Path]:
    if data_dir is not None and not Path(data_dir).is_dir():
        raise NeurodeployError("ND101", f"The data folder '{data_dir}' does not exist.", "Check --data-dir.")
    roots = [Path(root) for root in (data_dir, os.environ.get("NEURODEPLOY_DATA")) if root] + [_cache()]
    places = [[root / name, root / f"{name}_small"] for root in roots]
    if data_dir is not None:
        places[0].append(roots[0])  # the folder given may be the data set's own
    return [place for of_root in places for place in of_root]


def _cache() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("neurodeploy")) / "data"


def _digits(split: str) -> Dataset:
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    is_test = np.arange(len(bunch.target)) % 5 == 4
    chosen = np.flatnonzero(is_test if split == "test" else ~is_test)
    images = bunch.data[chosen].astype(np.uint8)
    return Dataset(
        "digits", split, images, bunch.target[chosen].astype(np.int64), (8, 8), 10, 16, np.arange(len(chosen))
    )
