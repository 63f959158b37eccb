"""The program isotier as Python sees it: runs a verb, hands back its exit status and its JSON as frozen records.

Not for: printing, deciding, comparing. Tables that the tool prints for people are never parsed here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from typing import Any

import jsonschema

ROOT = Path(__file__).resolve().parent.parent
REPORT_SCHEMA = ROOT / "reports" / "schema" / "report.schema.json"


class Exit(IntFlag):
    """Exit status of every verb: a bitmask."""

    CLEAN = 0
    TOOL_ERROR = 1
    BAD_INPUT = 2
    CHANGED = 4
    DIVERGENCE = 8
    INCONCLUSIVE = 16
    VACUOUS = 32


class IsotierError(Exception):
    """The tool is missing, was killed, or wrote something that is not what it promises."""


@dataclass(frozen=True)
class Completed:
    """One finished process."""

    status: Exit
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Outcomes:
    """One line of `isotier outcomes`: a test and its set of final states."""

    test: str
    file: str
    engine: str
    verdict: str | None
    states: tuple[str, ...]
    positive: int
    negative: int
    candidates: int
    wall_us: float
    bounded: bool
    flags: tuple[str, ...]
    error: str | None

    @staticmethod
    def parse(line: str) -> Outcomes:
        """From one line of JSON; raises IsotierError where a key is missing."""
        try:
            row: Mapping[str, Any] = json.loads(line)
            return Outcomes(
                test=row["test"],
                file=row["file"],
                engine=row["engine"],
                verdict=row.get("verdict"),
                states=tuple(row.get("states") or ()),
                positive=int(row.get("positive") or 0),
                negative=int(row.get("negative") or 0),
                candidates=int(row.get("candidates") or 0),
                wall_us=float(row.get("wall_us") or 0),
                bounded=bool(row.get("bounded")),
                flags=tuple(row.get("flags") or ()),
                error=row.get("error"),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise IsotierError(f"not a line of outcomes ({error!r}): {line[:200]}") from error


@dataclass(frozen=True)
class Cell:
    """One cell of a report. `raw` has every key, also those without a field here."""

    id: str
    scenario: str
    tier: str
    attribute: str
    verdict: str
    tier_verdict: str
    divergence: str | None
    rules: tuple[str, ...]
    unknown: tuple[str, ...]
    raw: Mapping[str, Any]

    @staticmethod
    def parse(row: Mapping[str, Any]) -> Cell:
        """From one element of the report's `cells`."""
        return Cell(
            id=row["id"],
            scenario=row["scenario"],
            tier=row["tier"],
            attribute=row["attribute"],
            verdict=row["verdict"],
            tier_verdict=row["tier_verdict"],
            divergence=row["class"],
            rules=tuple(row["rules"]),
            unknown=tuple(row["unknown"]),
            raw=row,
        )


@dataclass(frozen=True)
class Report:
    """A report that has passed its schema."""

    machine: str
    reference: str
    seed: int
    cells: tuple[Cell, ...]
    raw: Mapping[str, Any]

    @staticmethod
    def parse(text: str, schema: Path = REPORT_SCHEMA) -> Report:
        """From JSON text; raises IsotierError naming the place where it breaks the schema."""
        try:
            raw: Mapping[str, Any] = json.loads(text)
            jsonschema.validate(raw, json.loads(schema.read_text(encoding="utf-8")))
        except jsonschema.ValidationError as error:
            where = "/".join(str(step) for step in error.absolute_path)
            raise IsotierError(f"report breaks its schema at /{where}: {error.message[:300]}") from error
        except ValueError as error:
            raise IsotierError(f"report is not JSON: {error}") from error
        return Report(
            machine=raw["machine"]["name"],
            reference=raw["reference"],
            seed=raw["seed"],
            cells=tuple(Cell.parse(row) for row in raw["cells"]),
            raw=raw,
        )


def find_binary(builds: Sequence[str] = ("build", "build-dev")) -> Path:
    """$ISOTIER if set, else the first of the build folders that holds the program; raises IsotierError."""
    named = os.environ.get("ISOTIER")
    candidates = [Path(named)] if named else [ROOT / build / "bin" / "isotier" for build in builds]
    for path in candidates:
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise IsotierError("no isotier at " + ", ".join(str(path) for path in candidates) + "; `make build` makes it")


@dataclass(frozen=True)
class Isotier:
    """The tool: one binary, and the folder it runs in."""

    binary: Path
    folder: Path = ROOT
    timeout_s: float = 600.0

    def call(self, *arguments: str | Path, stdin: str | None = None) -> Completed:
        """Runs any verb and hands back what it said, whatever its status; raises IsotierError if a signal ended it."""
        environment = {**os.environ, "SC_COPYRIGHT_MESSAGE": "DISABLE", "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(
                [str(self.binary), *map(str, arguments)],
                cwd=self.folder,
                env=environment,
                input="" if stdin is None else stdin,
                capture_output=True,
                encoding="utf-8",
                errors="backslashreplace",
                timeout=self.timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise IsotierError(f"isotier {' '.join(map(str, arguments))}: no end after {self.timeout_s} s") from error
        if done.returncode < 0:
            raise IsotierError(f"isotier {' '.join(map(str, arguments))}: ended by signal {-done.returncode}\n{done.stderr}")
        return Completed(Exit(done.returncode), done.stdout, done.stderr)

    def outcomes(self, *files: str | Path, engine: str = "exhaustive", variant: str = "", options: Sequence[str] = ()) -> tuple[Outcomes, ...]:
        """`isotier outcomes`: a record for each test, in the order given."""
        variants = ["--variant", variant] if variant else []
        done = self.call("outcomes", "--engine", engine, *variants, *options, *files)
        rows = tuple(Outcomes.parse(line) for line in done.stdout.splitlines() if line.strip())
        if not rows:
            raise IsotierError(f"isotier outcomes said nothing, status {done.status}: {done.stderr[:400]}")
        return rows

    def run(self, *scenarios: str | Path, report: Path, options: Sequence[str] = ()) -> tuple[Exit, Report]:
        """`isotier run` with its report written to `report`; raises IsotierError if none was written or it breaks the schema."""
        done = self.call("run", "--report", report, *options, *scenarios)
        if not report.is_file():
            raise IsotierError(f"isotier run wrote no report, status {done.status}: {done.stderr[:400]}")
        return done.status, Report.parse(report.read_text(encoding="utf-8"))
