"""`python3 -m harness.qemu_diff --sequences 100000`: compares, prints what differs in its smallest form, exits 1 if anything did."""

from __future__ import annotations

import collections
import concurrent.futures
import os
import sys
import tempfile
import time
from pathlib import Path

import click

from harness.qemu_diff.compare import CAUSES, DiffError, Mismatch, compare, compile_runner, find_driver, missing_tool, shrink
from harness.qemu_diff.generate import sequence

BATCH = 2500
SHOWN = 5


def one_batch(first: int, count: int, driver: Path) -> tuple[list[Mismatch], list[int], collections.Counter[str]]:
    """Compares the sequences of seeds first .. first + count - 1; also counts mnemonics."""
    batch = [sequence(seed) for seed in range(first, first + count)]
    mnemonics = collections.Counter(line.split(" ", 1)[0] for made in batch for line in made.lines)
    with tempfile.TemporaryDirectory() as folder:
        runner = compile_runner(Path(folder))
        mismatches, ends = compare(batch, Path(folder), runner, driver)
    return mismatches, ends, mnemonics


@click.command(help=__doc__)
@click.option("--sequences", type=click.IntRange(min=1), default=2000, show_default=True, help="How many sequences to compare.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the first sequence; the others follow.")
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default=True, help="Batches at a time.")
@click.option("--driver", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="isotier-interp-check; found in build/bin if not given.")
def main(sequences: int, seed: int, jobs: int, driver: Path | None) -> None:
    """The command."""
    reason = missing_tool()
    if reason:
        raise click.ClickException(reason)
    start = time.monotonic()
    try:
        found = driver or find_driver()
        mismatches: list[Mismatch] = []
        ends = [0] * (len(CAUSES) + 1)
        mnemonics: collections.Counter[str] = collections.Counter()
        with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
            futures = [pool.submit(one_batch, seed + at, min(BATCH, sequences - at), found) for at in range(0, sequences, BATCH)]
            for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
                wrong, ended, used = future.result()
                mismatches += wrong
                ends = [a + b for a, b in zip(ends, ended, strict=True)]
                mnemonics += used
                if sys.stderr.isatty():
                    click.echo(f"\r{done}/{len(futures)} batches, {len(mismatches)} differ", err=True, nl=done == len(futures))
        with tempfile.TemporaryDirectory() as folder:
            runner = compile_runner(Path(folder))
            for mismatch in mismatches[:SHOWN]:
                click.echo(shrink(mismatch, Path(folder), runner, found).text() + "\n")
    except DiffError as error:
        raise click.ClickException(str(error)) from error
    ended_text = ", ".join(f"{count} {cause}" for count, cause in zip(ends, (*CAUSES, "other"), strict=True))
    click.echo(f"ended: {ended_text}; {len(mnemonics)} mnemonics, {sum(mnemonics.values())} instructions")
    click.echo(f"qemu_diff: {sequences} sequences, {len(mismatches)} differ, {time.monotonic() - start:.1f} s")
    sys.exit(1 if mismatches else 0)


if __name__ == "__main__":
    main()
