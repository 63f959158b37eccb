"""Does the timed engine show, of random programs over mismatched mappings, only what the exhaustive one allows?"""

from __future__ import annotations

import time
from pathlib import Path

from harness import aliases
from harness.isotier import Exit, Isotier

TESTS, SEEDS = 60, 40


def test_timed_stays_inside_exhaustive(isotier: Isotier, tmp_path: Path) -> None:
    """`make campaign` runs more of them, with more seeds."""
    found = aliases.answers(isotier, tmp_path, 0, TESTS, SEEDS, jobs=2)
    assert len(found) == TESTS
    assert not [answer for answer in found if answer.bugs]


def test_slow_is_a_matter_of_cpu_time(isotier: Isotier, tmp_path: Path) -> None:
    """A machine in use makes every test late by the clock."""
    begin = time.monotonic()
    cpu = aliases.cpu_seconds(isotier, tmp_path, 0, SEEDS)
    assert 0 < cpu < time.monotonic() - begin + 1


def test_same_seed_same_test() -> None:
    """A test that went wrong can be made again, and they are not all one."""
    assert aliases.make(7) == aliases.make(7)
    assert len({aliases.make(seed).text for seed in range(100)}) == 100


def test_code_is_fetched_from_the_copies_that_data_accesses_see(isotier: Isotier, tmp_path: Path) -> None:
    """DC CVAU cleans what a Non-shareable or Outer Shareable store left in a cache of its own."""
    done = isotier.call(
        "run", "scenarios/code/self-modifying.litmus", "--attr", "wb:nsh,wb:osh", "--tier", "ddr", "--engine", "exhaustive,timed",
        "--seeds", "300", "--report", tmp_path / "report.json",
    )
    assert done.status == Exit.CLEAN, done.stdout
