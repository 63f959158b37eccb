"""Does the instruction table agree with QEMU on generated sequences, and would the comparison notice if it did not?"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.qemu_diff import compare
from harness.qemu_diff.generate import sequence
from harness.qemu_diff.sequence import SLOT, Sequence

SLICE = 2000


@pytest.fixture(scope="module")
def driver() -> Path:
    """isotier-interp-check; not built is a failure."""
    try:
        return compare.find_driver(("build-dev", "build"))
    except compare.DiffError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native runner; skipped where QEMU or the cross compiler is missing."""
    reason = compare.missing_tool()
    if reason:
        pytest.skip(reason)
    return compare.compile_runner(tmp_path_factory.mktemp("runner"))


def test_slice_agrees(tmp_path: Path, runner: Path, driver: Path) -> None:
    """2,000 sequences leave the same registers, flags, memory, tags and faults on both sides."""
    mismatches, ends = compare.compare([sequence(seed) for seed in range(SLICE)], tmp_path, runner, driver)
    assert not mismatches, compare.shrink(mismatches[0], tmp_path, runner, driver).text()
    assert ends[0] > SLICE / 2, "most sequences reach their end"
    assert ends[compare.CAUSES.index("tag check")] > SLICE / 50, "tag checks do happen"
    assert ends[compare.CAUSES.index("alignment")] > 0
    assert ends[-1] == 0, "no native run ends in a way the comparison does not know"


@pytest.mark.usefixtures("runner")
def test_words_are_those_of_the_gnu_assembler(tmp_path: Path, driver: Path) -> None:
    """Every generated instruction encodes as the GNU assembler encodes it, and the word decodes to itself."""
    wrong = compare.encodings([sequence(seed) for seed in range(SLICE)], tmp_path, driver)
    assert not wrong, "\n".join(f"{line}: gas {left:08x}, isotier {right:08x}" for line, left, right in wrong[:10])


def test_a_wrong_result_is_noticed_and_shrunken(tmp_path: Path, runner: Path, driver: Path) -> None:
    """Each side given another instruction: the mismatch names the register, and shrinking leaves that instruction alone."""

    class Crooked(Sequence):
        """Tells the interpreter ADD where QEMU runs SUB."""

        def for_interpreter(self) -> str:
            return super().for_interpreter().replace("SUB X3,", "ADD X3,")

        def smaller(self):  # type: ignore[no-untyped-def]
            return (Crooked(made.seed, made.steps) for made in super().smaller())

    wrong = Crooked(7, (("MOV X1,#5",), ("NOP",), ("MOV X2,#3",), ("SUB X3,X1,X2",), ("MOV X1,#0",)))
    mismatches, _ = compare.compare([wrong], tmp_path, runner, driver)
    assert len(mismatches) == 1
    small = compare.shrink(mismatches[0], tmp_path, runner, driver)
    assert small.sequence.steps == (("SUB X3,X1,X2",),)
    assert re.search(r"X3: qemu 0x\w+, isotier 0x\w+", small.text())


def test_generator_is_seeded_and_stays_in_its_slot() -> None:
    """The same seed gives the same text; no sequence outgrows its slot; every branch goes forward."""
    for seed in range(500):
        made = sequence(seed)
        assert made == sequence(seed)
        assert 4 <= len(made.lines) < SLOT
        for index, line in enumerate(made.lines):
            for target in re.findall(r"\.L(\d+)", line):
                assert index < int(target) <= len(made.lines)


def test_driver_names_the_place_of_bad_text(tmp_path: Path, driver: Path) -> None:
    """An instruction that does not assemble stops the driver with file, line and column."""
    source = tmp_path / "bad.txt"
    source.write_text("seq 1\nADD X0,X1,Y2\n", encoding="ascii")
    with pytest.raises(compare.DiffError, match=rf"{re.escape(os.fspath(source))}:2:11: expected register, found 'Y2'"):
        compare._run([driver, source])
