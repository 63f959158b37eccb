"""Runs batches of sequences on both sides and compares the records field by field. Not for: choosing sequences (generate.py)."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Sequence as Sequences
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harness.isotier import ROOT
from harness.qemu_diff.sequence import SLOT, Sequence

HERE = Path(__file__).parent
FIELDS = (*(f"X{n}" for n in range(31)), "SP", "NZCV", "TCO", "PC", "cause", "data digest", "tag digest")
RECORD = struct.Struct(f"<{len(FIELDS)}Q")
CAUSES = ("end", "unmapped", "tag check", "alignment")
COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
CAUSE = FIELDS.index("cause")


class DiffError(Exception):
    """The comparison itself could not run."""


@dataclass(frozen=True)
class Mismatch:
    """A sequence on which the two sides disagree, with both records (fields as FIELDS)."""

    sequence: Sequence
    native: tuple[int, ...]
    model: tuple[int, ...]

    def text(self) -> str:
        """The sequence and the fields that differ."""
        lines = [f"seed {self.sequence.seed}", *(f"  {i}: {line}" for i, line in enumerate(self.sequence.lines))]
        for name, native, model in zip(FIELDS, self.native, self.model, strict=True):
            if native != model:
                lines.append(f"  {name}: qemu {native:#x}, isotier {model:#x}")
        return "\n".join(lines)


def missing_tool() -> str:
    """What keeps the native side from running, or ''."""
    for tool, package in ((COMPILER, "gcc-aarch64-linux-gnu"), (EMULATOR, "qemu-user")):
        if not shutil.which(tool):
            return f"{tool} is not installed (package {package})"
    return ""


def find_driver(folders: Sequences[str] = ("build", "build-dev")) -> Path:
    """isotier-interp-check: beside $ISOTIER, else in one of the build folders."""
    beside = os.environ.get("ISOTIER")
    candidates = [Path(beside).parent] if beside else []
    candidates += [ROOT / folder / "bin" for folder in folders]
    for folder in candidates:
        if (folder / "isotier-interp-check").is_file():
            return folder / "isotier-interp-check"
    raise DiffError("isotier-interp-check is not built: run `make build`")


def _run(command: Sequences[str | Path]) -> bytes:
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    if done.returncode:
        raise DiffError(f"{command[0]}: status {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}")
    return done.stdout


def compile_runner(folder: Path) -> Path:
    """The native runner without a batch, as an object file in `folder`."""
    out = folder / "runner.o"
    _run([COMPILER, "-O2", "-march=armv8.5-a+memtag", "-I", HERE, "-c", HERE / "runner.c", "-o", out])
    return out


def records(blob: bytes, count: int, side: str) -> list[tuple[int, ...]]:
    """The records of one side."""
    if len(blob) != count * RECORD.size:
        raise DiffError(f"{side} wrote {len(blob)} bytes for {count} sequences, expected {count * RECORD.size}")
    return list(RECORD.iter_unpack(blob))


def write_code(out: TextIO, batch: Sequences[Sequence]) -> None:
    """The sequences as a section of assembler text, a slot each."""
    out.write('.arch armv8.8-a+memtag\n.section .qdcode,"ax"\n.balign 128\n')
    out.writelines(sequence.for_gas(number) for number, sequence in enumerate(batch))


def encodings(batch: Sequences[Sequence], folder: Path, driver: Path) -> list[tuple[str, int, int]]:
    """(instruction, word of the GNU assembler, word of sim/isa) for each instruction on whose encoding the two disagree."""
    source, program, words = folder / "words.s", folder / "words.o", folder / "words.bin"
    with source.open("w", encoding="ascii") as out:
        write_code(out, batch)
    _run([COMPILER, "-c", source, "-o", program])
    _run([COMPILER.replace("gcc", "objcopy"), "-O", "binary", "-j", ".qdcode", program, words])
    text = folder / "words.txt"
    text.write_text("".join(sequence.for_interpreter() for sequence in batch), encoding="ascii")
    theirs, ours = words.read_bytes(), _run([driver, "--words", text])
    if len(theirs) != len(ours):
        raise DiffError(f"{len(theirs)} bytes of code from the assembler, {len(ours)} from isotier-interp-check")
    wrong = []
    for number, sequence in enumerate(batch):
        for index, line in enumerate(sequence.lines):
            at = 4 * (SLOT * number + index)
            left, right = (int.from_bytes(blob[at : at + 4], "little") for blob in (theirs, ours))
            if left != right:
                wrong.append((line, left, right))
    return wrong


def native(batch: Sequences[Sequence], folder: Path, runner: Path) -> list[tuple[int, ...]]:
    """What the sequences leave under QEMU."""
    source, program = folder / "batch.s", folder / "batch"
    with source.open("w", encoding="ascii") as out:
        write_code(out, batch)
        out.write(".section .rodata\n.balign 8\n.global qd_seeds\nqd_seeds:\n")
        out.writelines(f".quad {sequence.seed}\n" for sequence in batch)
        out.write(f'.global qd_count\nqd_count: .quad {len(batch)}\n.section .note.GNU-stack,"",%progbits\n')
    _run([COMPILER, "-static", "-no-pie", "-Wl,--section-start=.qdcode=0x20000000", runner, source, "-o", program])
    return records(_run([EMULATOR, "-cpu", "max", program]), len(batch), "qemu")


def model(batch: Sequences[Sequence], folder: Path, driver: Path) -> list[tuple[int, ...]]:
    """What the sequences leave in the interpreter."""
    source = folder / "batch.txt"
    source.write_text("".join(sequence.for_interpreter() for sequence in batch), encoding="ascii")
    return records(_run([driver, source]), len(batch), "isotier-interp-check")


def compare(batch: Sequences[Sequence], folder: Path, runner: Path, driver: Path) -> tuple[list[Mismatch], list[int]]:
    """The sequences that differ, and how the native runs ended (counts by CAUSES, others last)."""
    ends = [0] * (len(CAUSES) + 1)
    mismatches = []
    for sequence, left, right in zip(batch, native(batch, folder, runner), model(batch, folder, driver), strict=True):
        ends[min(left[CAUSE], len(CAUSES))] += 1
        if left != right:
            mismatches.append(Mismatch(sequence, left, right))
    return mismatches, ends


def shrink(mismatch: Mismatch, folder: Path, runner: Path, driver: Path) -> Mismatch:
    """The same disagreement with as few instructions as deleting one at a time can reach."""
    while True:
        smaller = list(mismatch.sequence.smaller())
        found = compare(smaller, folder, runner, driver)[0] if smaller else []
        if not found:
            return mismatch
        mismatch = found[0]
