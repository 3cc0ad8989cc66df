"""Data sets: looked up in the user's folders, fetched only when asked, checked against published checksums."""

from neurodeploy.datasets.dataset import AnyDataset, Dataset, EventDataset
from neurodeploy.datasets.registry import DATASETS, fetch, load_dataset, load_images, locate, sizes

__all__ = [
    "DATASETS",
    "AnyDataset",
    "Dataset",
    "EventDataset",
    "fetch",
    "load_dataset",
    "load_images",
    "locate",
    "sizes",
]
