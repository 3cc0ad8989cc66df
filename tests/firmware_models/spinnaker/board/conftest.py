"""The virtual SpiNN-5 of spinn_machine, sPyNNaker's own description of a board."""

import pytest


@pytest.fixture(scope="session")
def virtual_board(tmp_path_factory):
    """A machine of 48 chips, made in a folder without a user's configuration."""
    pytest.importorskip("spinn_machine")
    from spinn_machine.config_setup import unittest_setup
    from spinn_machine.virtual_machine import virtual_machine
    from spinn_utilities.config_holder import set_config

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        unittest_setup()
        set_config("Machine", "version", "5")
        return virtual_machine(8, 8)
