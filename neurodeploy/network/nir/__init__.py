"""NIR both ways: ``.nir`` files (and ``nir`` graphs) to networks and back; see docs/nir.md."""

from neurodeploy.network.nir.conventions import CONVENTIONS, Convention
from neurodeploy.network.nir.exporting import export_nir, to_nir
from neurodeploy.network.nir.importing import import_nir

__all__ = ["CONVENTIONS", "Convention", "export_nir", "import_nir", "to_nir"]
