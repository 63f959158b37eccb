"""Does the gate fail exactly when a CI team would want it to, and say so in each of its formats?"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as xml
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.isotier import ROOT, Completed, Exit, Isotier

SHA = "0" * 64
TODAY = ("--today", "2026-06-01")
WAIVER: dict[str, Any] = {
    "id": "W-1",
    "cells": "mte/heap@cxl:wb-tagged",
    "reason": "the part without tag storage is not shipped",
    "owner": "mm@example.org",
    "created": "2026-05-01",
    "expires": "2026-07-01",
}


def cell(name: str = "mte/heap", tier: str = "cxl", attribute: str = "wb-tagged", verdict: str = "SAME", **more: Any) -> dict[str, Any]:
    """One row of a report with what the gate reads; the rest as `isotier run` would write it."""
    row: dict[str, Any] = {
        "id": f"{name}@{tier}:{attribute}",
        "scenario": name,
        "subject": [name.split("/")[0]],
        "tier": tier,
        "attribute": attribute,
        "mapping": None,
        "migration": None,
        "verdict": verdict,
        "tier_verdict": verdict if verdict in ("REFUSED", "UNKNOWN", "BOUNDED", "MODEL-BUG") else "SAME",
        "class": None,
        "tier_class": None,
        "rules": [],
        "unknown": [],
        "refused": {"stage": "mmap", "errno": "EINVAL"} if verdict == "REFUSED" else None,
        "outcomes": {"reference": [], "cell": [] if verdict in ("REFUSED", "BOUNDED") else ["0:X0=1;"], "new": []},
        "observed": {"runs": 0, "states": {}},
        "cycles": {"reference": None, "cell": None},
        "witness": None,
    }
    return {**row, **more}


def diverges(kind: str = "tag-lost", **more: Any) -> dict[str, Any]:
    witness: dict[str, Any] = {"state": "0:X0=2;", "rule": "CH-54/T2", "line": 12}
    row: dict[str, Any] = {"class": kind, "rules": ["CH-54/T2"], "witness": witness, **more}
    return cell(verdict="DIVERGES", **row)


def report(*cells: dict[str, Any], **more: Any) -> dict[str, Any]:
    rows = list(cells) or [cell()]
    counts = {"cells": len(rows), "verdicts": {}, "tier_verdicts": {}, "classes": {}, "coverage": {}, "exit": 0}
    return {
        "schema": 1,
        "tool": {"name": "isotier", "version": "0.1.0"},
        "machine": {"name": "default", "sha256": SHA},
        "policy": None,
        "seed": 1,
        "seeds": 100,
        "engines": ["exhaustive", "timed"],
        "reference": "ddr",
        "tiers": sorted({row["tier"] for row in rows} | {"ddr"}),
        "scenarios": {row["scenario"]: {"sha256": SHA} for row in rows},
        "cells": rows,
        "summary": counts,
        **more,
    }


class Gate:
    """Writes two reports, and waivers where there are any, and runs the gate on them."""

    def __init__(self, isotier: Isotier, folder: Path) -> None:
        self.isotier, self.folder = isotier, folder

    def write(self, name: str, content: object) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def __call__(self, before: object, now: object, *arguments: str, waivers: object = None) -> Completed:
        extra: list[str | Path] = []
        if waivers is not None:
            extra = ["--waivers", self.write("waivers.yaml", {"waivers": waivers} if isinstance(waivers, list) else waivers)]
        return self.isotier.call("gate", self.write("now.json", now), "--against", self.write("before.json", before), *TODAY, *extra, *arguments)


@pytest.fixture
def gate(isotier: Isotier, tmp_path: Path) -> Gate:
    return Gate(isotier, tmp_path)


def test_the_reports_made_here_are_reports() -> None:
    schema = json.loads((ROOT / "reports/schema/report.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(report(cell(), diverges(tier="cxl-notag"), cell(tier="bar", verdict="REFUSED")), schema)


# ---- exit bits ----

OTHER = cell("mte/other")
CHANGES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], Exit, str]] = {
    "nothing": ([cell()], [cell()], Exit.CLEAN, "0: clean"),
    "diverges now": ([cell()], [diverges()], Exit.DIVERGENCE, "SAME -> DIVERGES tag-lost  by CH-54/T2"),
    "worse": ([diverges("value")], [diverges("corruption")], Exit.DIVERGENCE, "DIVERGES value -> DIVERGES corruption"),
    "the tier alone adds it": (
        [diverges()],
        [diverges(tier_verdict="DIVERGES", tier_class="tag-lost")],
        Exit.DIVERGENCE,
        "what the tier alone adds: SAME -> DIVERGES tag-lost",
    ),
    "new and diverges": ([cell()], [cell(), diverges(tier="c2c")], Exit.DIVERGENCE, "- -> DIVERGES tag-lost"),
    "vanished": ([cell(), OTHER], [cell()], Exit.CHANGED, "\n  vanished "),
    "refused": ([cell(), OTHER], [cell(verdict="REFUSED"), OTHER], Exit.CHANGED, "SAME -> REFUSED at mmap with EINVAL"),
    "allowed": ([cell(verdict="REFUSED")], [cell()], Exit.CHANGED, "allowed"),
    "inconclusive": ([cell()], [cell(verdict="UNKNOWN", unknown=["tiers.cxl.excl.nc"])], Exit.CHANGED | Exit.INCONCLUSIVE, "SAME -> UNKNOWN"),
    "more unknown": (
        [cell(verdict="UNKNOWN", unknown=["a"])],
        [cell(verdict="UNKNOWN", unknown=["a", "b"])],
        Exit.CHANGED | Exit.INCONCLUSIVE,
        "hangs on b",
    ),
    "proof": ([cell()], [cell(proof="timed")], Exit.CHANGED | Exit.INCONCLUSIVE, "was proven by the exhaustive engine"),
    "better": ([diverges()], [cell()], Exit.CLEAN, "improved"),
    "new and the same": ([cell()], [cell(), OTHER], Exit.CLEAN, "\n  new "),
    "other rules": ([cell(rules=["CH-12"])], [cell(rules=["CH-13"])], Exit.CLEAN, "by other rules"),
    "model bug": ([cell()], [cell(verdict="MODEL-BUG")], Exit.TOOL_ERROR, "model-bug"),
    "no common cell": ([cell()], [OTHER], Exit.VACUOUS | Exit.CHANGED, "nothing was compared"),
    "nothing observed": ([cell(verdict="REFUSED")], [cell(verdict="REFUSED")], Exit.VACUOUS, "nothing was compared"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_sets_its_bits(gate: Gate, name: str) -> None:
    before, now, status, said = CHANGES[name]
    done = gate(report(*before), report(*now))
    assert done.status == status, done.stdout + done.stderr
    assert said in done.stdout


def test_empty_reports_are_vacuous(gate: Gate) -> None:
    empty: dict[str, Any] = {**report(), "cells": []}
    assert gate(empty, empty).status is Exit.VACUOUS


def test_fail_on_chooses_categories(gate: Gate) -> None:
    pair = report(cell(), OTHER), report(diverges(), cell("mte/other", verdict="UNKNOWN"))
    assert gate(*pair).status == Exit.DIVERGENCE | Exit.CHANGED | Exit.INCONCLUSIVE
    assert gate(*pair, "--fail-on", "breaking").status is Exit.DIVERGENCE
    assert gate(*pair, "--fail-on", "weakening").status == Exit.CHANGED | Exit.INCONCLUSIVE
    assert gate(*pair, "--fail-on", "none").status is Exit.CLEAN
    assert gate(report(diverges()), report(cell()), "--fail-on", "info").status is Exit.CHANGED


def cost(p50: int, p99: int) -> dict[str, Any]:
    return cell(cycles={"reference": None, "cell": {"p50": p50, "p99": p99}})


@pytest.mark.parametrize(
    ("now", "threshold", "status"),
    [((110, 220), "10", Exit.CLEAN), ((111, 200), "10", Exit.CHANGED), ((100, 221), "10", Exit.CHANGED), ((110, 200), "5", Exit.CHANGED), ((50, 100), "10", Exit.CLEAN)],
)
def test_cost_beyond_the_threshold(gate: Gate, now: tuple[int, int], threshold: str, status: Exit) -> None:
    done = gate(report(cost(100, 200)), report(cost(*now)), "--fail-on", "cost", "--cost-threshold", threshold)
    assert done.status == status, done.stdout


def test_cost_without_cycles_is_vacuous(gate: Gate) -> None:
    done = gate(report(), report(), "--fail-on", "cost")
    assert done.status is Exit.VACUOUS
    assert "cost is not compared" in done.stdout


def test_coverage_that_fell(gate: Gate) -> None:
    def covered(observed: int) -> dict[str, Any]:
        made = report()
        return {**made, "summary": {**made["summary"], "coverage": {"mte": {"observed": observed, "allowed": 100}}}}

    assert gate(covered(80), covered(75)).status is Exit.CLEAN
    done = gate(covered(80), covered(74))
    assert done.status == Exit.CHANGED | Exit.INCONCLUSIVE
    assert "subject mte  80 of 100 allowed outcomes observed -> 74 of 100" in done.stdout


def test_an_engine_that_no_longer_ran(gate: Gate) -> None:
    done = gate(report(), report(engines=["timed"]))
    assert done.status == Exit.CHANGED | Exit.INCONCLUSIVE
    assert "the exhaustive engine ran, now it did not" in done.stdout
    assert gate(report(engines=["exhaustive"]), report()).status is Exit.CLEAN


def test_a_subset_may_leave_cells_out(gate: Gate) -> None:
    pair = report(cell(), OTHER), report(cell())
    assert gate(*pair).status is Exit.CHANGED
    done = gate(*pair, "--subset")
    assert (done.status, "1 not run" in done.stdout) == (Exit.CLEAN, True)
    assert gate(report(cell()), report(OTHER), "--subset").status is Exit.VACUOUS


# ---- reports that differ in what they are about ----

DIFFERENT: dict[str, dict[str, Any]] = {
    'machine "full"; expected "default"': {"machine": {"name": "full", "sha256": SHA}},
    'policy "linux-6.9"; expected none': {"policy": {"name": "linux-6.9", "sha256": SHA}},
    'reference tier "hbm"; expected "ddr"': {"reference": "hbm"},
}


@pytest.mark.parametrize("said", DIFFERENT)
def test_reports_about_different_things_are_not_compared(gate: Gate, said: str) -> None:
    done = gate(report(**DIFFERENT[said]), report())
    assert done.status is Exit.BAD_INPUT
    assert said in done.stderr and "--allow-different" in done.stderr
    allowed = gate(report(**DIFFERENT[said]), report(), "--allow-different")
    assert (allowed.status, "info" in allowed.stdout) == (Exit.CLEAN, True)


def test_other_hashes_seeds_and_versions_are_named(gate: Gate) -> None:
    other = report(machine={"name": "default", "sha256": "1" * 64}, seed=7, scenarios={"mte/heap": {"sha256": "2" * 64}}, tool={"name": "isotier", "version": "9"})
    done = gate(report(), other)
    assert done.status is Exit.CLEAN
    for said in ("input              machine default  " + SHA, "scenario mte/heap", "seed  1 -> 7", "tool  0.1.0 -> 9"):
        assert said in done.stdout


# ---- bad input ----

BAD_REPORTS: dict[str, tuple[object, str, tuple[int, int] | None]] = {
    "empty": ("", "not JSON: the file is empty", (1, 1)),
    "truncated": (json.dumps(report(), indent=1)[:700], "not JSON", None),
    "other schema": ({**report(), "schema": 2}, 'report has "schema" 2; expected the number 1', (1, 12)),
    "no cells": ({key: value for key, value in report().items() if key != "cells"}, 'report has no "cells"; expected a list', (1, 1)),
    "verdict": (json.dumps(report(cell(verdict="FINE")), indent=1), 'mte/heap@cxl:wb-tagged has "verdict" "FINE"; expected SAME, NARROWER', (39, 15)),
    "class": (report(diverges("sad")), 'has "class" "sad"; expected corruption', None),
    "rules": (report(cell(rules=[1])), 'has "rules" [1]; expected a list of texts', None),
    "twice": (report(cell(), cell()), 'cell "mte/heap@cxl:wb-tagged" is given twice', None),
    "no such tier": ({**report(), "tiers": ["ddr"]}, 'has "tier" "cxl"; expected one of the report\'s tiers', None),
    "deep": ("[" * 100_000, "not JSON", None),
    "kinds": ({**report(), "slim": True}, 'report has no "kinds"; expected a list', None),
}


@pytest.mark.parametrize("side", ["report", "baseline"])
@pytest.mark.parametrize("name", BAD_REPORTS)
def test_bad_reports_are_named_with_their_place(gate: Gate, name: str, side: str) -> None:
    content, said, place = BAD_REPORTS[name]
    done = gate(*((report(), content) if side == "report" else (content, report())))
    path = gate.folder / ("now.json" if side == "report" else "before.json")
    assert (done.status, done.stdout) == (Exit.BAD_INPUT, "")
    match = re.match(rf"{re.escape(str(path))}:(\d+):(\d+): ", done.stderr)
    assert match and said in done.stderr, done.stderr
    assert place is None or (int(match[1]), int(match[2])) == place, done.stderr


def test_unreadable_paths(gate: Gate, tmp_path: Path) -> None:
    good = gate.write("good.json", report())
    for path, said in ((tmp_path / "none.json", "cannot be read"), (tmp_path, "is a directory; expected a file")):
        ways: list[list[str | Path]] = [[path, "--against", good], [good, "--against", path], [good, "--against", good, "--waivers", path]]
        for arguments in ways:
            done = gate.isotier.call("gate", *arguments)
            assert done.status is Exit.BAD_INPUT
            assert f"{path}: {said}" in done.stderr


def test_a_huge_file_is_refused(gate: Gate) -> None:
    path, good = gate.folder / "huge.json", gate.write("good.json", report())
    with path.open("wb") as file:
        file.truncate(257 * 1024 * 1024)
    done = gate.isotier.call("gate", good, "--against", path)
    assert done.status is Exit.BAD_INPUT
    assert f"{path}:1:1: file is larger than 268435456 bytes" in done.stderr


def test_output_that_cannot_be_written(gate: Gate, tmp_path: Path) -> None:
    assert gate(report(), report(), "--output", str(tmp_path / "no" / "x")).status is Exit.TOOL_ERROR
    assert gate(report(), report(), "--output", str(tmp_path / "x")).stdout == ""
    assert "exit 0: clean" in (tmp_path / "x").read_text(encoding="utf-8")


# ---- waivers ----

DIVERGED = report(cell()), report(diverges())


def test_a_waived_finding_is_still_listed(gate: Gate) -> None:
    done = gate(*DIVERGED, waivers=[WAIVER])
    assert done.status is Exit.CLEAN
    assert "waived (1)" in done.stdout and "W-1, mm@example.org, holds until 2026-07-01: the part without" in done.stdout
    assert "SAME -> DIVERGES tag-lost" in done.stdout


STALE: dict[str, tuple[dict[str, Any], tuple[object, object], Exit, str]] = {
    "expired": ({"created": "2026-01-01", "expires": "2026-05-31"}, DIVERGED, Exit.CHANGED | Exit.DIVERGENCE, "waiver W-1 expired on 2026-05-31"),
    "last day": ({"expires": "2026-06-01"}, DIVERGED, Exit.CLEAN, "waived (1)"),
    "unused": ({"cells": "mte/heap@cxl:nc"}, DIVERGED, Exit.CHANGED | Exit.DIVERGENCE, "waiver W-1 matches no cell of either report"),
    "passing": ({}, (report(), report()), Exit.CHANGED, "waiver W-1 covers cells that no longer show a finding; remove it"),
    "other class": ({"class": "value"}, DIVERGED, Exit.CHANGED | Exit.DIVERGENCE, "no longer show a finding"),
    "its class": ({"class": ["value", "tag-lost"]}, DIVERGED, Exit.CLEAN, "waived (1)"),
    "other category": ({"category": "weakening"}, DIVERGED, Exit.CHANGED | Exit.DIVERGENCE, "no longer show a finding"),
    "glob": ({"cells": ["mte/*@cxl:*", "**@cxl:wb-*"]}, DIVERGED, Exit.CLEAN, "waived (1)"),
    "dead glob": ({"cells": ["mte/*@cxl:*", "never/**"]}, DIVERGED, Exit.CHANGED, "waiver W-1 matches no cell of either report with never/**"),
    "anchored": ({"cells": "heap@cxl:*"}, DIVERGED, Exit.CHANGED | Exit.DIVERGENCE, "matches no cell"),
    "model bug": ({"cells": "mte/**"}, (report(), report(cell(verdict="MODEL-BUG"))), Exit.TOOL_ERROR | Exit.CHANGED, "model-bug"),
}


@pytest.mark.parametrize("name", STALE)
def test_waivers_that_hold_and_waivers_that_fail(gate: Gate, name: str) -> None:
    change, pair, status, said = STALE[name]
    done = gate(*pair, waivers=[{**WAIVER, **change}])
    assert done.status == status, done.stdout
    assert said in done.stdout


GOOD = """waivers:
  - id: W-1
    cells: mte/heap@cxl:wb-tagged
    reason: not shipped
    owner: mm@example.org
    created: 2026-05-01
    expires: 2026-07-01
"""
BAD_WAIVERS: dict[str, tuple[str, str, tuple[int, int], str]] = {
    "syntax": ("waivers:", "waivers: [", (2, 3), "not YAML"),
    "not a list": (GOOD[9:], "  W-1: none\n", (2, 3), "waivers is a mapping; expected a list"),
    "unknown key at the top": ("waivers:", "colour: red\nwaivers:", (1, 1), 'unknown key "colour"; expected waivers'),
    "unknown key": ("reason:", "rason:", (4, 5), 'unknown key "rason" in a waiver; expected one of id, cells'),
    "no owner": ("    owner: mm@example.org\n", "", (2, 5), 'a waiver has no "owner" (who answers for it)'),
    "empty owner": ("mm@example.org", '" "', (5, 12), 'owner is " "; expected who answers for it'),
    "no expiry": ("    expires: 2026-07-01\n", "", (2, 5), 'a waiver has no "expires"'),
    "too long": ("2026-07-01", "2026-10-29", (7, 14), "181 days after created; expected at most 180 days: 2026-10-28 or earlier"),
    "before created": ("2026-07-01", "2026-04-01", (7, 14), "before created (2026-05-01)"),
    "created in the future": ("2026-05-01", "2026-06-02", (6, 14), "after today (2026-06-01)"),
    "no day": ("2026-07-01", "2026-02-30", (7, 14), 'expires is "2026-02-30"; expected a day as YYYY-MM-DD'),
    "glob of everything": ("mte/heap@cxl:wb-tagged", '"**"', (3, 12), "covers cells of every name"),
    "glob": ("mte/heap@cxl:wb-tagged", "mte/h[ae]ap", (3, 12), "has a character that no cell id has"),
    "cells": ("mte/heap@cxl:wb-tagged", "[]", (3, 12), "cells is an empty list"),
    "category": ("reason:", "category: bad\n    reason:", (4, 15), 'category is "bad"; expected breaking, weakening, cost or info'),
    "class": ("reason:", "class: [fault, odd]\n    reason:", (4, 20), 'class is "odd"; expected corruption'),
    "id": ("id: W-1", "id: W 1", (2, 9), "expected letters, digits"),
    "twice": (GOOD[9:], GOOD[9:] + GOOD[9:], (8, 9), 'id "W-1" is given twice; first on line 2'),
}


# lint goes by the system's date.
@pytest.mark.parametrize(("name", "verb"), [(name, verb) for name in BAD_WAIVERS for verb in ("gate", "lint") if (name, verb) != ("created in the future", "lint")])
def test_bad_waivers_are_named_with_their_place(gate: Gate, tmp_path: Path, name: str, verb: str) -> None:
    old, new, place, said = BAD_WAIVERS[name]
    assert old in GOOD
    path = gate.write("waivers.yaml", GOOD.replace(old, new, 1))
    if verb == "gate":
        done = gate(*DIVERGED, waivers=path.read_text(encoding="utf-8"))
    else:
        done = gate.isotier.call("lint", path)
    assert (done.status, done.stdout) == (Exit.BAD_INPUT, "")
    assert said in done.stderr and any(line.startswith(f"{path}:{place[0]}:{place[1]}: ") for line in done.stderr.splitlines()), done.stderr


def test_lint_accepts_waivers(gate: Gate) -> None:
    done = gate.isotier.call("lint", gate.write("w.yaml", GOOD.replace("2026-05-01", "2020-05-01").replace("2026-07-01", "2020-07-01")))
    assert done.status is Exit.CLEAN
    assert "warning: waiver W-1 expired on 2020-07-01" in done.stderr


def test_waivers_schema_says_what_the_loader_says(gate: Gate) -> None:
    """What the loader takes passes the schema; unknown and missing keys and unknown words fail both."""
    schema = json.loads(gate.isotier.call("lint", "--schema", "waivers").stdout)
    item = schema["properties"]["waivers"]["items"]
    full: dict[str, Any] = {**WAIVER, "category": ["breaking", "weakening", "cost", "info"], "class": [name for name in item["properties"]["class"]["anyOf"][0]["enum"]]}
    assert set(full) == set(item["properties"])
    jsonschema.validate({"waivers": [full]}, schema)
    assert gate(*DIVERGED, waivers=[full]).status is Exit.CLEAN
    broken = [{key: value for key, value in full.items() if key != gone} for gone in item["required"]]
    for waiver in [*broken, {**full, "colour": "red"}, {**full, "category": "odd"}, {**full, "class": "odd"}, {**full, "owner": " "}, {**full, "id": "W 1"}, {**full, "cells": []}]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"waivers": [waiver]}, schema)
        assert gate(*DIVERGED, waivers=[waiver]).status is Exit.BAD_INPUT


# ---- formats ----

MIXED = (
    report(cell(), OTHER, cell("atomics/count", tier="c2c", attribute="nc"), cell("atomics/gone", attribute="wb")),
    report(diverges(), cell("mte/other", verdict="UNKNOWN"), cell("atomics/count", tier="c2c", attribute="nc")),
)
STATUS = Exit.CHANGED | Exit.INCONCLUSIVE


@pytest.mark.parametrize("format_name", ["text", "json", "junit", "sarif"])
def test_the_same_inputs_give_the_same_bytes_and_the_same_status(gate: Gate, format_name: str) -> None:
    runs = [gate(*MIXED, "--format", format_name, waivers=[WAIVER]) for _ in range(2)]
    assert runs[0] == runs[1]
    assert runs[0].status == STATUS
    assert format_name == "text" or str(gate.folder) not in runs[0].stdout


def test_json_keeps_its_schema_and_points_at_witnesses(gate: Gate) -> None:
    schema = json.loads(gate.isotier.call("lint", "--schema", "gate").stdout)
    done = json.loads(gate(*MIXED, "--format", "json", waivers=[WAIVER]).stdout)
    jsonschema.validate(done, schema)
    assert [(row["kind"], row.get("cell"), row["waiver"], row["fails"]) for row in done["findings"]] == [
        ("diverges", "mte/heap@cxl:wb-tagged", "W-1", False),
        ("vanished", "atomics/gone@cxl:wb", None, True),
        ("inconclusive", "mte/other@cxl:wb-tagged", None, True),
    ]
    first = done["findings"][0]
    assert (first["rules"], first["class"], first["before"]["verdict"], first["after"]["verdict"]) == (["CH-54/T2"], "tag-lost", "SAME", "DIVERGES")
    place: Any = MIXED[1]
    for step in first["witness"].split("/")[1:]:
        place = place[int(step) if step.isdigit() else step]
    assert place["rule"] == "CH-54/T2"
    assert done["cells"] == {"compared": 3, "observed": 3, "costed": 0, "new": 0, "vanished": 1}
    assert (done["exit"], done["waivers"][0]["state"], done["today"]) == (int(STATUS), "used", "2026-06-01")


def number(element: xml.Element, name: str) -> int:
    return int(element.attrib[name])


def check_junit(root: xml.Element) -> None:
    """What readers of JUnit XML rely on: the shape of the tree, and counts that add up."""
    assert root.tag == "testsuites"
    names = {"testcase": {"classname", "name", "time"}, "failure": {"message", "type"}, "error": {"message", "type"}, "skipped": {"message"}, "system-out": set(), "property": {"name", "value"}, "properties": set()}
    for suite in root:
        assert suite.tag == "testsuite" and suite[0].tag == "properties" and suite.attrib["name"]
        cases = suite.findall("testcase")
        assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == len(cases) == number(suite, "tests")
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert number(suite, name) == sum(case.find(tag) is not None for case in cases)
        for element in suite.iter():
            assert element is suite or set(element.attrib) == names[element.tag], element.tag
    for name in ("tests", "failures", "errors", "skipped"):
        assert number(root, name) == sum(number(suite, name) for suite in root)


def test_junit_has_a_suite_a_subject_and_a_case_a_cell(gate: Gate) -> None:
    root = xml.fromstring(gate(*MIXED, "--format", "junit", waivers=[WAIVER]).stdout)
    check_junit(root)
    assert [suite.attrib["name"] for suite in root] == ["atomics", "mte", "report", "waivers"]
    cases = {case.attrib["name"]: [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {
        "atomics/count@c2c:nc": [],
        "atomics/gone@cxl:wb": ["failure"],
        "mte/heap@cxl:wb-tagged": ["skipped"],
        "mte/other@cxl:wb-tagged": ["failure"],
        "cells compared": ["system-out"],
        "W-1": ["system-out"],
    }
    skipped = root.find(".//skipped")
    assert skipped is not None and skipped.attrib["message"].startswith("waived by W-1: breaking diverges: SAME -> DIVERGES tag-lost")


def test_junit_fails_on_what_the_status_fails_on(gate: Gate) -> None:
    for before, now, status, _ in CHANGES.values():
        done = gate(report(*before), report(*now), "--format", "junit")
        root = xml.fromstring(done.stdout)
        check_junit(root)
        assert (number(root, "failures") + number(root, "errors") > 0) == bool(status)
    stale = xml.fromstring(gate(report(), report(), "--format", "junit", waivers=[WAIVER]).stdout)
    check_junit(stale)
    assert [case.attrib["name"] for case in stale.iter("testcase") if case.find("failure") is not None] == ["W-1"]


def test_names_that_xml_and_json_cannot_hold_as_they_stand(gate: Gate) -> None:
    odd = cell('mte/<&">\u0001\u00e9\n')
    for arguments in (("json",), ("sarif",), ("junit",), ("text",)):
        done = gate(report(odd), report({**odd, "verdict": "UNKNOWN"}), "--format", *arguments)
        assert done.status == Exit.CHANGED | Exit.INCONCLUSIVE
        if arguments[0] == "junit":
            check_junit(xml.fromstring(done.stdout))
        elif arguments[0] == "text":
            assert "\u0001" not in done.stdout
        else:
            json.loads(done.stdout)


def check_sarif(log: Any) -> None:
    """The properties that SARIF 2.1.0 requires of what the gate writes, and indices that point where they say."""
    assert log["version"] == "2.1.0" and "sarif-2.1.0" in log["$schema"]
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "isotier" and driver["rules"]
    assert isinstance(run["invocations"][0]["executionSuccessful"], bool)
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        assert result.get("baselineState", "new") in ("new", "updated", "absent")
        (location,) = result["locations"]
        if "physicalLocation" in location:
            assert re.fullmatch(r"[A-Za-z0-9%/._~@+-]+", location["physicalLocation"]["artifactLocation"]["uri"])
            assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert location["logicalLocations"][0]["fullyQualifiedName"]
        for suppression in result["suppressions"]:
            assert suppression["kind"] == "external" and suppression["status"] == "accepted"


def test_sarif_points_at_scenarios_and_suppresses_what_is_waived(gate: Gate) -> None:
    log = json.loads(gate(*MIXED, "--format", "sarif", waivers=[WAIVER]).stdout)
    check_sarif(log)
    results = log["runs"][0]["results"]
    assert [(row["ruleId"], row["level"], row["baselineState"], len(row["suppressions"])) for row in results] == [
        ("diverges", "error", "updated", 1),
        ("vanished", "error", "absent", 0),
        ("inconclusive", "warning", "updated", 0),
    ]
    place = results[0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("scenarios/mte/heap.litmus", 12)
    stale = json.loads(gate(report(), report(), "--format", "sarif", waivers=[WAIVER]).stdout)
    check_sarif(stale)
    assert "waiver W-1" in stale["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_text_lists_the_worst_first(gate: Gate) -> None:
    done = gate(*MIXED).stdout
    places = [done.index(text) for text in ("breaking (2)", "diverges", "\n  vanished ", "weakening (1)", "inconclusive", "why: isotier explain", "exit 4+8+16")]
    assert places == sorted(places)


# ---- slim baselines ----

SLIM = report(
    diverges(),
    cell(tier="c2c", verdict="UNKNOWN", unknown=["tiers.c2c.tag"]),
    cell(tier="bar", verdict="REFUSED"),
    cell("migration/move", attribute="wb", migration="x (base)", id="migration/move@cxl:wb+x", proof="timed"),
)


def slim(isotier: Isotier, folder: Path, content: object) -> Path:
    (folder / "full.json").write_text(json.dumps(content), encoding="utf-8")
    done = isotier.call("baseline", folder / "full.json", "--output", folder / "slim.json")
    assert done == Completed(Exit.CLEAN, "", "")
    return folder / "slim.json"


def test_a_slim_report_says_what_the_full_one_says(gate: Gate, isotier: Isotier, tmp_path: Path) -> None:
    path = slim(isotier, tmp_path, SLIM)
    text = path.read_text(encoding="utf-8")
    jsonschema.validate(json.loads(text), json.loads(isotier.call("lint", "--schema", "baseline").stdout))
    assert gate(text, SLIM).status is Exit.CLEAN
    assert gate(SLIM, text).status is Exit.CLEAN
    assert isotier.call("baseline", path).stdout == text, "slimming twice changes nothing"
    assert isotier.call("surface", path).stdout == isotier.call("surface", tmp_path / "full.json").stdout
    changed = json.loads(json.dumps(SLIM))
    changed["cells"][1]["unknown"] = []
    changed["cells"][2]["refused"]["errno"] = "EPERM"
    changed["cells"][0]["class"] = "corruption"
    kinds = [row["kind"] for row in json.loads(gate(text, changed, "--format", "json").stdout)["findings"]]
    assert kinds == ["worse-class", "refused-otherwise", "improved"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"kinds": [', '"kinds": 7, "kind": [', 'report has "kinds" 7; expected a list'),
        ('[0, null, null]', '[0, null]', "a kind, or null, for each of the tiers"),
        ('[0, null, null]', '[99, null, null]', "numbers of kinds that the report has"),
        ('"verdict": "SAME"', '"verdict": "FINE"', 'kind has "verdict" "FINE"'),
    ],
)
def test_bad_slim_reports(gate: Gate, isotier: Isotier, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = slim(isotier, tmp_path, report(cell(), cell(tier="c2c"), cell("mte/other", tier="cxl"), tiers=["cxl", "c2c", "ddr"])).read_text(encoding="utf-8")
    assert old in text
    done = gate(text.replace(old, new, 1), report())
    assert done.status is Exit.BAD_INPUT
    assert re.match(rf"{re.escape(str(tmp_path))}/before.json:\d+:\d+: ", done.stderr) and said in done.stderr


def test_nothing_to_keep_is_vacuous(gate: Gate, isotier: Isotier) -> None:
    path = gate.write("empty.json", {**report(), "cells": []})
    for verb in ("baseline", "surface"):
        assert isotier.call(verb, path).status is Exit.VACUOUS


def test_a_run_passes_its_own_gate(isotier: Isotier, tmp_path: Path) -> None:
    def run(name: str, *arguments: Sequence[str] | str) -> Path:
        isotier.call("run", "scenarios/exclusives/sync-fetch-and-add-shared-buffer.litmus", "--seeds", "20", "--report", tmp_path / name, *map(str, arguments))
        return tmp_path / name

    first = run("a.json")
    done = isotier.call("gate", first, "--against", first, "--fail-on", "breaking,weakening,cost,info")
    assert done.status is Exit.CLEAN, done.stdout
    rows = json.loads(first.read_text(encoding="utf-8"))["cells"]
    assert {row.get("proof") for row in rows} == {"exhaustive", None}
    timed = run("b.json", "--engine", "timed")
    assert isotier.call("gate", timed, "--against", first).status & Exit.INCONCLUSIVE
