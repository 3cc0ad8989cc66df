"""Caltech-101, ten categories at 28 x 28: what other classifiers reach on the same pixels and the same split.

Whole images, silhouettes alone, and objects cut out as ``neurodeploy.datasets.caltech101`` prepares them (by the annotations
where they lie beside the images). A network of 100 excitatory neurons answers by 100 templates, as k-means with 100 labelled
centres does: that is the bound to compare it with. The last rows of these draw the copies before the split, so that a test
image may have been trained on. Then rathi2019's network as ``neurodeploy reproduce`` trains it, and other trainings of it.

python benchmarks/caltech101_bounds.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import normalize
from sklearn.svm import SVC, LinearSVC
from tables import print_markdown

import neurodeploy as nd
from neurodeploy.datasets import caltech101, load_images, locate
from neurodeploy.datasets.caltech101 import CATEGORIES, TRAIN_SHARE, sample_order
from neurodeploy.reproduction.rathi2019.networks import base

CLASSES = len(CATEGORIES)


class Templates:
    """k-means, each centre labelled by the category that most of its training images have."""

    def __init__(self, centres: int) -> None:
        self.means = KMeans(centres, n_init=3, random_state=0)

    def fit(self, images: NDArray[np.float64], labels: NDArray[np.int64]) -> Templates:
        """Place and label the centres."""
        of_image = self.means.fit_predict(images)
        votes = np.zeros((self.means.n_clusters, CLASSES))
        np.add.at(votes, (of_image, labels), 1)
        self.labels = votes.argmax(axis=1)
        return self

    def predict(self, images: NDArray[np.float64]) -> NDArray[np.int64]:
        """The label of the nearest centre."""
        return self.labels[self.means.predict(images)]


def classifiers() -> dict[str, Any]:
    """What is tried."""
    return {
        "1 nearest neighbour": KNeighborsClassifier(1),
        "5 nearest neighbours": KNeighborsClassifier(5),
        "linear SVM": LinearSVC(C=1.0, class_weight="balanced", random_state=0),
        "SVM, radial basis": SVC(C=10.0, gamma=3.0, class_weight="balanced"),
        "k-means, 100 labelled centres": Templates(100),
        "k-means, 400 labelled centres": Templates(400),
    }


def variants(folder: Path) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.int64]]:
    """Images of length 1 by preparation, and their categories."""
    path = caltech101.find(folder)
    assert path is not None
    with TemporaryDirectory() as cache:
        objects, categories = caltech101.prepared(path, Path(cache))
    _, files = caltech101.original(path)
    plain = np.stack([caltech101.whole(file) for file in files])
    made = {"whole": plain, "silhouette": np.where(objects > 0, 255, 0), "object": objects}
    return {name: normalize(images.astype(float)) for name, images in made.items()}, categories


def copied_before_splitting(categories: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Training and test images when 1,250 copies a category are made first and then divided 80 to 20."""
    random = np.random.default_rng(0)
    parts: tuple[list[Any], list[Any]] = ([], [])
    for category in range(CLASSES):
        copies = random.permutation(np.resize(np.flatnonzero(categories == category), 1_250))
        for part, chosen in zip(parts, np.split(copies, [round(TRAIN_SHARE * len(copies))]), strict=True):
            part.append(chosen)
    return np.concatenate(parts[0]), np.concatenate(parts[1])


def accuracies(model: Any, images: NDArray[np.float64], labels: NDArray[np.int64], train: Any, test: Any) -> list[str]:
    """Over the test set with its copies (categories weigh the same), and over its different images."""
    right = model.fit(images[train], labels[train]).predict(images[test]) == labels[test]
    _, different = np.unique(test, return_index=True)
    return [f"{100 * right.mean():.1f}", f"{100 * right[different].mean():.1f}"]


def rows(folder: Path) -> Iterator[list[object]]:
    """One row per preparation and classifier; copies in training only where the classifier counts them."""
    made, labels = variants(folder)
    train, test = sample_order(labels, "train"), sample_order(labels, "test")
    for name, images in made.items():
        for kind, model in classifiers().items():
            chosen = train if isinstance(model, Templates) else np.unique(train)
            yield [name, kind, *accuracies(model, images, labels, chosen, test)]
    train, test = copied_before_splitting(labels)
    for kind in ("1 nearest neighbour", "k-means, 100 labelled centres", "k-means, 400 labelled centres"):
        yield [
            "object, copied before splitting",
            kind,
            *accuracies(classifiers()[kind], made["object"], labels, train, test),
        ]


def network_rows() -> Iterator[list[object]]:
    """The spiking network: mean over seeds."""
    test = load_images("caltech101", "test")
    _, different = np.unique(test.images, axis=0, return_index=True)
    once = base("caltech")
    settings = [
        ("network, 100 neurons, one pass (the items' baseline)", once, range(3)),
        (
            "network, 100 neurons, three passes, theta_plus 0.004",
            replace(once, epochs=3).with_network(theta_plus=0.004),
            range(3),
        ),
        ("network, 400 neurons, one pass", base("caltech", 400), range(1)),
    ]
    for label, recipe, seeds in settings:
        found = []
        for seed in seeds:
            result = nd.run(nd.train(replace(recipe, seed=seed)))
            right = result.predicted == result.labels
            found.append((100 * right.mean(), 100 * right[different].mean()))
        means = (f"{value:.1f}" for value in np.mean(found, axis=0))
        yield ["object", f"{label}, seeds {seeds.start} to {seeds.stop - 1}", *means]


def main() -> None:
    """Print the table."""
    folder = locate("caltech101")
    assert folder is not None, "caltech101 is not in $NEURODEPLOY_DATA"
    columns = ["images", "classifier", "test accuracy %", "over different images %"]
    print_markdown(columns, chain(rows(folder), network_rows()))


if __name__ == "__main__":
    main()
