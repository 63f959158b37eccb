"""A list of commands run one after the other, their output passed on as it comes, and a summary that says what counted.

For `make test` and `make campaign`. Not for: choosing what runs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from harness.isotier import ROOT


@dataclass(frozen=True)
class Step:
    """One command; `closing` finds the line of its output that sums it up, `needs` the steps without which it cannot run.

    A step with a `skip` is not run, and that text says why: it neither passes nor fails.
    """

    name: str
    command: Sequence[str]
    closing: str = ""
    needs: Sequence[str] = ()
    skip: str = ""


def build(preset: str, jobs: int) -> tuple[Step, Step]:
    """Configures and builds a preset of CMakePresets.json; the second step is named `build PRESET`."""
    configure = f"configure {preset}"
    return (
        Step(configure, ["cmake", "--preset", preset, "-Wno-dev"]),
        Step(f"build {preset}", ["cmake", "--build", "--preset", preset, "--parallel", str(jobs), "--", "--quiet"], needs=[configure]),
    )


@dataclass(frozen=True)
class Result:
    """What became of a step: `ok`, `FAILED` or `skipped`."""

    step: Step
    verdict: str
    seconds: float
    closing: str


def run(step: Step) -> Result:
    """Runs one step in the root of the tree."""
    print(f"\n=== {step.name}: {' '.join(step.command)}", flush=True)
    environment = {**os.environ, "SC_COPYRIGHT_MESSAGE": "DISABLE", "GTEST_COLOR": "no"}
    start = time.monotonic()
    closing = ""
    with subprocess.Popen(
        step.command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if step.closing and re.search(step.closing, line):
                closing = line.strip().strip("= ")
    return Result(step, "FAILED" if process.returncode else "ok", time.monotonic() - start, closing)


def run_all(goal: str, steps: Sequence[Step]) -> int:
    """Runs the steps and prints the summary. 0 if none failed and at least one ran, else 1."""
    results: list[Result] = []
    failed: set[str] = set()
    for step in steps:
        missing = [need for need in step.needs if need in failed]
        if missing:
            results.append(Result(step, "FAILED", 0.0, f"not run: {missing[0]} failed"))
        elif step.skip:
            results.append(Result(step, "skipped", 0.0, step.skip))
        else:
            results.append(run(step))
        if results[-1].verdict == "FAILED":
            failed.add(step.name)
    print("\n=== summary")
    for result in results:
        print(f"{result.verdict:7} {result.step.name:20} {result.seconds:7.1f} s  {result.closing}")
    passed = sum(result.verdict == "ok" for result in results)
    skipped = sum(result.verdict == "skipped" for result in results)
    total = sum(result.seconds for result in results)
    print(f"make {goal}: {passed} steps passed, {len(failed)} failed, {skipped} skipped in {total:.0f} s", flush=True)
    return 1 if failed or not passed else 0
