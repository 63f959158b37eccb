"""`make baselines`: the committed answers under reports/baselines, their surfaces, and the scenarios of the gate's profile.

A baseline for the default machine with forced attributes over all scenarios, and one for all bundled policies over the profile `gate`, in
which each policy can be had alone (`isotier baseline --policy`). By the exhaustive engine alone: its verdicts are proofs and no change of timing touches them.
Without --write nothing is changed: exit status 0 if all is current, 1 if not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.isotier import ROOT, Exit, Isotier, IsotierError, find_binary

FOLDER = ROOT / "reports" / "baselines"
PROFILE = ROOT / "scenarios" / "profiles" / "gate.txt"
SEED = 1
TIMES = 2
ANSWERS = Exit.DIVERGENCE | Exit.INCONCLUSIVE
PROFILE_HEAD = f"""\
# `isotier run --profile gate`: scenarios that between them show each kind of cell of reports/baselines/default.json (tier, attribute,
# migrating or not, verdicts, class, rules) at least {TIMES} times, where so many scenarios show it. `make baselines` chooses them.
"""


@dataclass(frozen=True)
class Baseline:
    """What is run for a baseline; its files are NAME.json and NAME.surface.txt."""

    name: str
    arguments: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, Path]:
        """The slim report and its surface."""
        return FOLDER / f"{self.name}.json", FOLDER / f"{self.name}.surface.txt"


def plan() -> tuple[Baseline, ...]:
    """Every baseline that this tree should have."""
    return (
        Baseline("default", ("--machine", "default")),
        Baseline("policies", ("--machine", "default", "--policy", "all", "--profile", "gate")),
    )


def make(isotier: Isotier, baseline: Baseline, folder: Path) -> tuple[Path, Path]:
    """Runs it; (slim report, surface) in `folder`. Raises IsotierError if the run went wrong."""
    slim, surface = (folder / f"{baseline.name}{suffix}" for suffix in (".json", ".surface.txt"))
    done = isotier.call("run", "--engine", "exhaustive", "--seed", str(SEED), "--quiet", "--slim", "--report", slim, *baseline.arguments)
    if done.status & ~ANSWERS:
        raise IsotierError(f"isotier run for {baseline.name}: status {int(done.status)}\n{done.stderr[:2000]}")
    made = isotier.call("surface", slim, "--output", surface)
    if made.status is not Exit.CLEAN:
        raise IsotierError(f"isotier surface for {baseline.name}: status {int(made.status)}\n{made.stderr[:2000]}")
    return slim, surface


def choose(report: Mapping[str, Any], times: int = TIMES) -> tuple[str, ...]:
    """The scenarios of the profile, sorted: greedily, the one that shows most of what has not been shown often enough; names break ties."""
    shows: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for _, scenario, attribute, mapping, migration, kinds in report["rows"]:
        for tier, kind in zip(report["tiers"], kinds, strict=True):
            if kind is not None:
                shows[scenario].add((tier, attribute, mapping, migration is not None, json.dumps(report["kinds"][kind])))
    missing: dict[tuple[object, ...], int] = defaultdict(int)
    for seen in shows.values():
        for one in seen:
            missing[one] = min(times, missing[one] + 1)
    chosen: list[str] = []
    while any(missing.values()):
        best = min(shows, key=lambda name: (-sum(missing[one] > 0 for one in shows[name]), name))
        chosen.append(best)
        for one in shows.pop(best):
            missing[one] = max(0, missing[one] - 1)
    return tuple(sorted(chosen))


def profile_text(report: Mapping[str, Any]) -> str:
    """The file of the profile."""
    return PROFILE_HEAD + "".join(f"{name}\n" for name in choose(report))


def same(made: Path, kept: Path) -> bool:
    """Whether the committed file holds the same bytes."""
    return kept.is_file() and made.read_bytes() == kept.read_bytes()


def update(isotier: Isotier, write: bool) -> bool:
    """Makes everything, writes it or says what differs; whether all was current."""
    current = True

    def settle(text: bytes, kept: Path) -> None:
        nonlocal current
        if kept.is_file() and kept.read_bytes() == text:
            return
        current = False
        print(f"{kept.relative_to(ROOT)}: {'written' if write else 'is not current'}", flush=True)
        if write:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(text)

    with tempfile.TemporaryDirectory() as folder:
        for baseline in plan():
            slim, surface = make(isotier, baseline, Path(folder))
            for made, kept in zip((slim, surface), baseline.files, strict=True):
                settle(made.read_bytes(), kept)
            if baseline.name == "default":
                settle(profile_text(json.loads(slim.read_text(encoding="utf-8"))).encode(), PROFILE)
    return current


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite what is not current")
    options = parser.parse_args(arguments)
    try:
        current = update(Isotier(find_binary()), options.write)
    except IsotierError as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if current or options.write else 1


if __name__ == "__main__":
    sys.exit(main())
