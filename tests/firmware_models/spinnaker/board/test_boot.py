"""What a booted chip's memory says, as spinnman reads it."""

import itertools
import struct

import pytest

from neurodeploy.firmware_models.spinnaker.board import boot as booting
from neurodeploy.firmware_models.spinnaker.board import geometry
from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

pytest.importorskip("spinnman")
pytestmark = pytest.mark.spynnaker

from spinnman.model import ChipInfo, CPUInfo  # noqa: E402
from spinnman.model.enums import CPUState  # noqa: E402

VCPU = struct.Struct("<32s3I2B2B2I2BH3I16s2I16x4I")  # vcpu_t, as spinnman's CPUInfo takes it apart
CHIPS = [(0, 0), (1, 3), (7, 7)]


def booted(chip):
    memory = ChipMemory()
    booting.boot(memory, chip, "127.0.0.3" if chip == (0, 0) else None)
    return memory


@pytest.mark.parametrize("chip", CHIPS)
def test_system_variables(chip):
    memory = booted(chip)
    info = ChipInfo(memory.read(at.SYSTEM_VARIABLES, 256), 0)
    assert (info.x, info.y) == chip
    assert (info.x_size, info.y_size) == (8, 8)
    assert (info.nearest_ethernet_x, info.nearest_ethernet_y) == (0, 0)
    assert info.is_ethernet_available == (chip == (0, 0))
    assert info.ip_address == ("127.0.0.3" if chip == (0, 0) else None)
    assert info.cpu_clock_mhz == 200
    assert info.iobuf_size == at.LOG_BYTES
    assert info.system_sdram_base_address == at.SYSTEM_SDRAM
    assert info.cpu_information_base_address == at.CORE_BLOCKS
    assert info.sdram_heap_address == at.SDRAM_HEAP
    assert info.system_ram_heap_address == at.SYSTEM_RAM_HEAP


@pytest.mark.parametrize("chip", CHIPS)
def test_states_of_the_cores(chip):
    memory = booted(chip)
    blocks = memory.window(at.CORE_BLOCKS, 18 * at.CORE_BLOCK_SIZE)
    cores = [CPUInfo(*chip, core, fields) for core, fields in enumerate(VCPU.iter_unpack(blocks))]
    assert cores[0].state == CPUState.RUNNING
    assert cores[0].application_name == "scamp-3"
    assert [core.state for core in cores[1:17]] == [CPUState.IDLE] * 16
    assert cores[17].state == (CPUState.IDLE if geometry.cores_of(chip) == 18 else CPUState.DEAD)
    assert [core.physical_cpu_id for core in cores] == list(range(18))


def test_message_buffers_are_a_list():
    memory = booted((0, 0))
    buffer, found = memory.word(at.SYSTEM_VARIABLES + at.SV_FREE_MESSAGE), []
    while buffer:
        found.append(buffer)
        buffer = memory.word(buffer)
    assert len(found) == booting.MESSAGES
    assert all(second - first == at.MESSAGE_SIZE for first, second in itertools.pairwise(found))
    assert found[0] > at.SYSTEM_RAM_HEAP and found[-1] + at.MESSAGE_SIZE <= at.CORE_BLOCKS


def test_booting_twice_gives_the_same_memory():
    first, second = booted((2, 2)), booted((2, 2))
    assert bytes(first.system_ram) == bytes(second.system_ram)
