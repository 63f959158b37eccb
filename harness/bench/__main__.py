"""`make bench`: start-up, outcome sets, litmus runs and a whole `isotier run`, timed through the command line as users have it.

The platform's own figures (simulated accesses a second, share of SystemC's kernel) come from the program isotier-bench.
Figures, not verdicts: exit status 0 unless something could not be run or a family's final states are wrong. Machine load shows: run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.bench.scaling import bench_scaling
from harness.isotier import ROOT, Isotier, Outcomes, find_binary

SHARED = ROOT.parent / "shared"
LITMUS_GROUPS = ("aarch64", "pick", "cas")
SMALL_GROUP = 10  # tests; smaller groups have no ratio to reach
LEAST_RATIO = 50
BENCHES = ("start", "platform", "timed", "exhaustive", "scaling", "run", "matrix")


@dataclass(frozen=True)
class Cost:
    """What a command cost: wall and CPU seconds, and what it printed."""

    wall_s: float
    cpu_s: float
    stdout: str


def cost(tool: Isotier, *arguments: str | Path, limit_s: float = 600.0) -> Cost | None:
    """Runs the tool once; None if it did not end within the limit."""
    environment = {**os.environ, "SC_COPYRIGHT_MESSAGE": "DISABLE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [str(tool.binary), *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout)


def row(what: str, figure: str, target: str = "") -> None:
    """One line of the table."""
    print(f"{what:62} {figure:>26}   {target}", flush=True)


def bench_start(tool: Isotier) -> None:
    """`isotier --version`, median of 21 runs."""
    walls = [measured.wall_s for _ in range(21) if (measured := cost(tool, "--version"))]
    row("isotier --version, median", f"{1000 * statistics.median(walls):.1f} ms", "under 20 ms")


def answered(stdout: str) -> tuple[Outcomes, ...]:
    """The lines of `isotier outcomes` that are answers: an error is no fast answer."""
    rows = tuple(Outcomes.parse(line) for line in stdout.splitlines() if line.strip())
    return tuple(one for one in rows if not one.error)


@dataclass(frozen=True)
class Group:
    """What a corpus group cost: tests answered of all, CPU seconds of one process (median of several) and of the oracle's best batch."""

    name: str
    answered: int
    tests: int
    cpu_s: float
    oracle_s: float

    @property
    def ratio(self) -> float:
        """How many times faster than the oracle."""
        return self.oracle_s / max(self.cpu_s, 1e-9)

    def __str__(self) -> str:
        """Name and tests for a row."""
        return f"{self.name}, {self.answered} tests" if self.answered == self.tests else f"{self.name}, {self.answered} of {self.tests} tests, the others refused"


def bench_corpus(tool: Isotier, group: str, engine: str, options: Sequence[str], times: int = 1) -> Group:
    """Runs all tests of a corpus group in one process, `times` times."""
    folder = SHARED / "corpus" / group
    rows = [json.loads(line) for line in (folder / "oracle.jsonl").read_text(encoding="utf-8").splitlines() if line]
    variants = ["--variant", ",".join(rows[0]["variants"])] if rows[0]["variants"] else []
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as listing:
        listing.writelines(f"{folder / one['file']}\n" for one in rows)
        listing.flush()
        runs = [cost(tool, "outcomes", "--engine", engine, "--jobs", "1", *variants, *options, f"@{listing.name}") for _ in range(times)]
    oracle = json.loads((folder / "group.json").read_text(encoding="utf-8"))["oracle_batch_s"]
    count = len(answered(runs[0].stdout)) if runs[0] else 0
    return Group(group, count, len(rows), statistics.median(one.cpu_s if one else float("inf") for one in runs), oracle)


def bench_exhaustive(tool: Isotier) -> None:
    """Every corpus group on the exhaustive engine, against the oracle's best batch time; small groups are little more than a start."""
    groups = []
    for folder in sorted((SHARED / "corpus").iterdir()):
        if not (folder / "group.json").is_file():
            continue
        one = bench_corpus(tool, folder.name, "exhaustive", [], 5)
        groups.append(one)
        short = "" if one.ratio >= LEAST_RATIO or one.tests < SMALL_GROUP else f"  under {LEAST_RATIO}x"
        row(f"outcomes, {one}", f"{1000 * one.cpu_s:.2f} ms CPU", f"oracle {one.oracle_s:.3f} s, ratio {one.ratio:.0f}x{short}")
    tests, total = sum(one.answered for one in groups), sum(one.cpu_s for one in groups)
    everything = Group("all", tests, tests, total, sum(one.oracle_s for one in groups))
    least = min((one for one in groups if one.tests >= SMALL_GROUP), key=lambda one: one.ratio, default=everything)
    row(f"outcomes, all ({tests} tests, {tests / max(total, 1e-9):.0f}/s)", f"{1000 * total:.1f} ms CPU", f"oracle {everything.oracle_s:.1f} s, ratio {everything.ratio:.0f}x, at least 200x")
    row(f"outcomes, least ratio of a group of {SMALL_GROUP} tests or more", f"{least.name} {least.ratio:.0f}x", f"at least {LEAST_RATIO}x")


def bench_timed(tool: Isotier) -> None:
    """Litmus-size runs a second on the timed engine, start-up of the process taken off."""
    seeds = 500
    for group in LITMUS_GROUPS:
        many, one = (bench_corpus(tool, group, "timed", ["--seeds", str(n)]) for n in (seeds, 1))
        rate = many.answered * (seeds - 1) / max(many.cpu_s - one.cpu_s, 1e-9)
        row(f"timed runs, {many} x {seeds} seeds", f"{rate:.0f} runs/s", "at least 2000 a second and core")


def bench_run(tool: Isotier) -> None:
    """The bundled scenarios on the default machine, as `make run` does it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        measured = cost(tool, "run", "--machine", "default", "--report", report, "scenarios")
        cells = len(json.loads(report.read_text(encoding="utf-8"))["cells"]) if report.is_file() else 0
    figure = f"{measured.wall_s:.1f} s" if measured else "no end"
    row(f"isotier run, bundled scenarios ({cells} cells)", figure, "under 60 s on 2 cores")


def bench_matrix(tool: Isotier) -> None:
    """The profile of the gate, and all scenarios x tiers x policies x mappings on the machine that has every kind of tier; both engines."""
    for what, target, options in (
        ("the profile gate", "under 60 s on 2 cores", ("--machine", "default", "--profile", "gate")),
        ("the profile gate under all policies", "", ("--machine", "default", "--profile", "gate", "--policy", "all")),
        ("everything on full", "under 600 s on 2 cores", ("--machine", "full", "--policy", "all", "--mapping", "all")),
    ):
        with tempfile.TemporaryDirectory() as folder:
            measured = cost(tool, "run", *options, "--slim", "--report", Path(folder) / "report.json", limit_s=3600)
        cells = measured.stdout.split("exhaustive ", 1)[1].split(",")[0].split("/")[1] if measured else "?"
        figure = f"{measured.wall_s:.1f} s, {measured.cpu_s:.1f} s CPU" if measured else "no end"
        row(f"isotier run, {what} ({cells} cells)", figure, target)


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHES)
    only = parser.parse_args().only or list(BENCHES)
    tool = Isotier(find_binary())
    failed = False
    if "start" in only:
        bench_start(tool)
    if "platform" in only:
        failed = subprocess.run([str(tool.binary.with_name("isotier-bench"))], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode != 0
    if (SHARED / "corpus").is_dir():
        for name, bench in (("timed", bench_timed), ("exhaustive", bench_exhaustive)):
            if name in only:
                bench(tool)
    else:
        print("the public corpus is not beside this tree (../shared/corpus): engines not measured on it")
    if "scaling" in only:
        failed |= not bench_scaling(tool, tool.binary.parent.parent / "bench")
    if "run" in only:
        bench_run(tool)
    if "matrix" in only:
        bench_matrix(tool)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
