"""Addresses equal those of spinnman and spinn_machine, from whose sources the board's were not taken."""

import pytest

from neurodeploy.firmware_models.spinnaker.board import memory_map as at

pytest.importorskip("spinnman")
pytestmark = pytest.mark.spynnaker

from spinnman import constants  # noqa: E402
from spinnman.messages.spinnaker_boot.system_variable_boot_values import SystemVariableDefinition  # noqa: E402
from spinnman.model.enums import CPUState  # noqa: E402


def test_addresses():
    assert at.buffered(constants.SYSTEM_VARIABLE_BASE_ADDRESS) == at.SYSTEM_VARIABLES
    assert constants.CPU_INFO_OFFSET == at.CORE_BLOCKS
    assert constants.CPU_INFO_BYTES == at.CORE_BLOCK_SIZE
    assert constants.CPU_USER_START_ADDRESS == at.CORE_USER
    assert constants.CPU_IOBUF_ADDRESS_OFFSET == at.CORE_LOG
    assert constants.ROUTER_REGISTER_BASE_ADDRESS == at.ROUTER


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        ("clock_milliseconds", at.SV_CLOCK_MS),
        ("unix_timestamp", at.SV_UNIX_TIME),
        ("system_ram_heap_address", at.SV_SYSTEM_RAM_HEAP),
        ("sdram_heap_address", at.SV_SDRAM_HEAP),
        ("system_sdram_heap_address", at.SV_SYSTEM_HEAP),
        ("router_table_copy_address", at.SV_ROUTER_COPY),
        ("allocated_tag_table_address", at.SV_ALLOCATION_TAGS),
        ("first_free_router_entry", at.SV_FREE_ROUTER_ENTRY),
        ("app_data_table_address", at.SV_APPLICATIONS),
    ],
)
def test_system_variables(name, offset):
    known = {definition.name: definition.offset for definition in SystemVariableDefinition}
    assert known[name] == offset


@pytest.mark.parametrize(
    "name", ["DEAD", "POWERED_DOWN", "RUNTIME_ERROR", "INITIALISING", "WAITING", "RUNNING", "EXITED", "IDLE"]
)
def test_states_of_cores(name):
    theirs = {"DEAD": "DEAD", "POWERED_DOWN": "POWERED_DOWN", "RUNTIME_ERROR": "RUN_TIME_EXCEPTION",
              "INITIALISING": "INITIALISING", "WAITING": "READY", "RUNNING": "RUNNING", "EXITED": "FINISHED",
              "IDLE": "IDLE"}  # fmt: skip
    assert CPUState[theirs[name]].value == getattr(at, name)


def test_aliases_are_the_same_byte():
    assert at.buffered(0x70000004) == 0x60000004
    assert at.buffered(0x77FFFFFF) == 0x67FFFFFF
    assert at.buffered(0x78000000) == 0x78000000
    assert at.buffered(0xF5007FFF) == 0xE5007FFF
    assert at.buffered(0xF5008000) == 0xF5008000
    assert at.buffered(0x60000004) == 0x60000004
