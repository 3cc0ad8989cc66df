"""SDRAM and system RAM: what is written is read, at either alias, and nothing beyond the end exists."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import memory_map as at
from neurodeploy.firmware_models.spinnaker.board.memory import ChipMemory

BLOCKS = [
    (at.SDRAM, at.SDRAM_UNBUFFERED, at.SDRAM_SIZE),
    (at.SYSTEM_RAM, at.SYSTEM_RAM_UNBUFFERED, at.SYSTEM_RAM_SIZE),
]


@given(st.sampled_from(BLOCKS), st.binary(min_size=1, max_size=300), st.data())
@settings(max_examples=50, deadline=None)
def test_aliases_share_their_bytes(block, content, data):
    base, unbuffered, size = block
    offset = data.draw(st.integers(0, size - len(content)))
    memory = ChipMemory()
    memory.write(base + offset, content)
    assert memory.read(unbuffered + offset, len(content)) == content
    memory.write(unbuffered + offset, content[::-1])
    assert memory.read(base + offset, len(content)) == content[::-1]
    total = int(memory.sdram[:4096].sum()) + int(memory.sdram[-4096:].sum()) + int(memory.system_ram.sum())
    assert total <= sum(content)  # nowhere else


def test_words_are_little_endian():
    memory = ChipMemory()
    memory.set_words(at.SDRAM + 8, 0x12345678, 0xFFFFFFFF)
    assert memory.read(at.SDRAM + 8, 8) == b"\x78\x56\x34\x12\xff\xff\xff\xff"
    assert memory.word(at.SDRAM + 10) == 0xFFFF1234


@pytest.mark.parametrize(
    ("address", "size"),
    [(at.SDRAM + at.SDRAM_SIZE - 3, 4), (at.SDRAM - 1, 1), (0, 4), (at.DTCM, 4), (0xFFFFFFFF, 4),
     (at.SYSTEM_RAM + at.SYSTEM_RAM_SIZE, 1), (at.SDRAM_UNBUFFERED + at.SDRAM_SIZE - 2, 4)],
)  # fmt: skip
def test_nothing_beyond_the_ends(address, size):
    with pytest.raises(IndexError, match=f"{size} bytes at {address:#010x}"):
        ChipMemory().read(address, size)
