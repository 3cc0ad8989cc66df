"""Chips, cores and links equal those of spinn_machine's virtual SpiNN-5."""

from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurodeploy.firmware_models.spinnaker.board import geometry


def test_chips_and_cores(virtual_board):
    assert {(chip.x, chip.y): chip.n_processors for chip in virtual_board.chips} == {
        chip: geometry.cores_of(chip) for chip in geometry.CHIPS
    }
    assert len(geometry.CHIPS) == len(set(geometry.CHIPS)) == 48
    assert (
        sum(geometry.cores_of(chip) - 1 for chip in geometry.CHIPS) == virtual_board.total_available_user_cores == 808
    )


def test_links(virtual_board):
    theirs = {
        (chip.x, chip.y, link.source_link_id): (link.destination_x, link.destination_y)
        for chip in virtual_board.chips
        for link in chip.router.links
    }
    ours = {
        (*chip, link): geometry.neighbour(chip, link)
        for chip in geometry.CHIPS
        for link in range(6)
        if geometry.neighbour(chip, link) in geometry.CHIPS
    }
    assert ours == theirs
    assert len(ours) == 240


@given(st.sampled_from(geometry.CHIPS), st.integers(0, 5))
def test_the_opposite_link_leads_back(chip, link):
    assert geometry.neighbour(geometry.neighbour(chip, link), (link + 3) % 6) == chip


def distances(start, chips):
    found, waiting = {start: 0}, deque([start])
    while waiting:
        chip = waiting.popleft()
        for link in range(6):
            other = geometry.neighbour(chip, link)
            if other in chips and other not in found:
                found[other] = found[chip] + 1
                waiting.append(other)
    return found


@given(st.sampled_from(geometry.CHIPS), st.sets(st.sampled_from(geometry.CHIPS), max_size=12))
@settings(max_examples=30, deadline=None)
def test_following_the_routes_takes_a_shortest_way(goal, dead):
    chips = set(geometry.CHIPS) - dead | {goal}
    reachable = distances(goal, chips)
    for start in sorted(chips):
        routes = geometry.routes_from(start, chips)
        assert routes[start] == geometry.ITSELF
        assert (goal in routes) == (start in reachable)
        place, steps = start, 0
        while start in reachable and place != goal:
            place = geometry.neighbour(place, geometry.routes_from(place, chips)[goal])
            steps += 1
            assert steps <= reachable[start]
        assert start not in reachable or steps == reachable[start]


def test_distance_without_dead_chips_is_that_of_a_hexagonal_mesh():
    for x, y in geometry.CHIPS:
        assert distances((0, 0), set(geometry.CHIPS))[x, y] == max(x, y)


@given(st.sampled_from(geometry.CHIPS))
def test_addresses(chip):
    assert geometry.chip_at(geometry.address_of(chip)) == chip
    assert geometry.address_of((7, 3)) == 0x703


@pytest.mark.parametrize("place", [(0, 4), (4, 8), (5, 0), (-1, 0)])
def test_corners_that_are_not_there(place):
    assert place not in geometry.CHIPS
