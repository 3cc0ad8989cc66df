"""Target back ends: one folder each, found through the entry-point group ``neurodeploy.targets``."""
