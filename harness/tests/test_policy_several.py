"""Does one run of several policies say of each what a run of its own says, computing what is equal once?"""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.isotier import ROOT, Exit, Isotier, Report
from harness.tests.test_policies import POLICIES

NAMES = ("linux-6.5-kvm", "linux-6.9-any-uncached", "linux-7.x")
SCENARIOS = ("scenarios/exclusives/counter-ldxr-stxr.litmus", "scenarios/migration/tagged-heap-migrate.litmus", "scenarios/mte/neighbour-colour-addg.litmus")
OPTIONS = ("--machine", "grace-like", "--engine", "exhaustive")
ANSWERS = Exit.DIVERGENCE | Exit.INCONCLUSIVE


@pytest.fixture(scope="module")
def several(isotier: Isotier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a run under three policies."""
    path = tmp_path_factory.mktemp("several") / "r.json"
    done = isotier.call("run", *SCENARIOS, *OPTIONS, "--policy", ",".join(NAMES), "--report", path)
    assert done.status & ~ANSWERS is Exit.CLEAN, done.stderr
    return path


def without(cell: Any, *keys: str) -> dict[str, Any]:
    """A cell without what depends on the run that it is in."""
    return {key: value for key, value in cell.items() if key not in keys}


def test_each_policy_has_the_cells_of_a_run_of_its_own(isotier: Isotier, several: Path, tmp_path: Path) -> None:
    report = Report.parse(several.read_text(encoding="utf-8")).raw
    assert report["policy"] is None and [policy["name"] for policy in report["policies"]] == list(NAMES)
    for k, name in enumerate(NAMES):
        alone = tmp_path / f"{name}.json"
        isotier.call("run", *SCENARIOS, *OPTIONS, "--policy", name, "--report", alone, "--quiet")
        own = json.loads(alone.read_text(encoding="utf-8"))
        assert own["policy"] == report["policies"][k] and "policies" not in own
        mine = [cell for cell in report["cells"] if cell["policy"] == name]
        assert [without(cell, "id") for cell in mine] == [without(cell, "id") for cell in own["cells"]]
        assert [cell["id"].replace(f":{name}:", ":") for cell in mine] == [cell["id"] for cell in own["cells"]]
        assert isotier.call("baseline", several, "--policy", name).stdout == isotier.call("baseline", alone).stdout
        assert isotier.call("surface", several, "--policy", name).stdout == isotier.call("surface", alone).stdout


def test_slim_is_what_baseline_makes_and_reads_back(isotier: Isotier, several: Path, tmp_path: Path) -> None:
    slim = tmp_path / "slim.json"
    isotier.call("run", *SCENARIOS, *OPTIONS, "--policy", ",".join(NAMES), "--report", slim, "--slim", "--quiet")
    text = slim.read_text(encoding="utf-8")
    assert isotier.call("baseline", several).stdout == text == isotier.call("baseline", slim).stdout
    jsonschema.validate(json.loads(text), json.loads(isotier.call("lint", "--schema", "baseline").stdout))
    assert isotier.call("lint", slim).status is Exit.CLEAN
    assert isotier.call("gate", several, "--against", slim).status is Exit.CLEAN
    assert isotier.call("surface", several).stdout == isotier.call("surface", slim).stdout


def test_the_surface_says_what_policies_share_once(isotier: Isotier, several: Path) -> None:
    lines = isotier.call("surface", several).stdout.splitlines()
    assert "3 policies" in lines[0]
    at = lines.index("exclusives  usemem-guest")
    block = lines[at + 1 : next(i for i in range(at + 1, len(lines)) if lines[i][0] != " " and len(lines[i].split()) == 2)]
    assert [line.strip() for line in block if line.startswith("  ") and not line.startswith("    ")] == ["all policies but linux-7.x", "linux-7.x"]
    at = lines.index("exclusives  anon")
    assert lines[at + 1] == "  all policies" and lines[at + 2].split()[:4] == ["exclusives", "anon", "ddr", "SAME"]


def test_the_matrix_is_grouped_by_policy(isotier: Isotier) -> None:
    done = isotier.call("run", *SCENARIOS, *OPTIONS, "--policy", ",".join(NAMES), "--mapping", "anon,usemem-guest", "--no-report")
    lines = done.stdout.splitlines()
    assert "3 policies" in lines[0]
    heads = [line for line in lines if line.startswith("policy ")]
    assert heads == [f"policy {NAMES[0]}, {NAMES[1]}", f"policy {NAMES[2]}"]  # whose blocks read alike
    rows = {head: lines[lines.index(head) + 1] for head in heads}
    assert all(row.split()[:2] == ["exclusives", "anon"] for row in rows.values())
    assert any("   under linux-6." in line for line in lines)
    alike = isotier.call("run", *SCENARIOS, *OPTIONS, "--policy", ",".join(NAMES), "--mapping", "anon", "--no-report").stdout
    assert f"policy {', '.join(NAMES)}\n" in alike


def test_gate_compares_one_policy_with_a_baseline_of_several(isotier: Isotier, several: Path, tmp_path: Path) -> None:
    alone, edited = tmp_path / "alone.json", tmp_path / "edited.json"
    isotier.call("run", *SCENARIOS, *OPTIONS, "--policy", NAMES[2], "--report", alone, "--quiet")
    assert isotier.call("gate", alone, "--against", several, "--subset").status is Exit.CLEAN
    refused = isotier.call("gate", alone, "--against", several)
    assert refused.status is Exit.BAD_INPUT and f'is about policy "{NAMES[0]}" and others too' in refused.stderr
    back = isotier.call("gate", several, "--against", alone)
    assert back.status is Exit.BAD_INPUT and f'has no policy "{NAMES[0]}", nor others' in back.stderr
    report = json.loads(alone.read_text(encoding="utf-8"))
    report["policy"]["sha256"] = "0" * 64
    victim = next(cell for cell in report["cells"] if cell["verdict"] == "SAME")
    victim["verdict"], victim["class"] = "DIVERGES", "stale"
    edited.write_text(json.dumps(report), encoding="utf-8")
    for form in ("json", "junit", "sarif", "text"):
        found = isotier.call("gate", edited, "--against", several, "--subset", "--format", form)
        assert found.status is Exit.DIVERGENCE
        assert victim["id"].replace(":", f":{NAMES[2]}:", 1) in found.stdout
    gate = json.loads(isotier.call("gate", edited, "--against", several, "--subset", "--format", "json").stdout)
    jsonschema.validate(gate, json.loads(isotier.call("lint", "--schema", "gate").stdout))
    assert [policy["name"] for policy in gate["baseline"]["policies"]] == list(NAMES) and gate["report"]["policy"] == NAMES[2]
    assert f"policy {NAMES[2]}" in {finding["about"] for finding in gate["findings"] if finding["kind"] == "input"}


def test_waivers_name_cells_of_one_policy(isotier: Isotier, several: Path, tmp_path: Path) -> None:
    report = json.loads(several.read_text(encoding="utf-8"))
    victims = [cell for cell in report["cells"] if cell["mapping"] == "anon" and cell["scenario"].startswith("exclusives/")]
    for victim in victims:
        victim["verdict"], victim["class"] = "DIVERGES", "stale"
    path, waivers = tmp_path / "worse.json", tmp_path / "waivers.yaml"
    path.write_text(json.dumps(report), encoding="utf-8")
    for glob, left in ((f"exclusives/*@*:{NAMES[0]}:anon", NAMES[1:]), ("exclusives/*@*:*:anon", ())):
        waivers.write_text(
            f'waivers:\n  - {{id: w-1, cells: "{glob}", reason: r, owner: o, created: 2026-05-01, expires: 2026-07-01}}\n', encoding="utf-8",
        )
        done = isotier.call("gate", path, "--against", several, "--waivers", waivers, "--today", "2026-06-01", "--format", "json")
        failing = {finding["cell"].split(":")[1] for finding in json.loads(done.stdout)["findings"] if finding["fails"]}
        assert failing == set(left) and done.status is (Exit.DIVERGENCE if left else Exit.CLEAN)


def test_outputs_of_the_gate_hold_whatever_ids_hold(isotier: Isotier, several: Path, tmp_path: Path) -> None:
    """XML 1.0 has no way to write control characters, U+FFFE and U+FFFF."""
    path = tmp_path / "odd.json"
    report = json.loads(several.read_text(encoding="utf-8"))
    report["cells"][0]["id"] += "\x01\ufffe\uffff<&\"']]>\u20ac"
    path.write_text(json.dumps(report), encoding="utf-8")
    for form in ("junit", "json", "sarif"):
        done = isotier.call("gate", path, "--against", several, "--format", form)
        assert done.status is Exit.CHANGED
        said = xml.fromstring(done.stdout) if form == "junit" else json.loads(done.stdout)
        assert said is not None


def test_explain_asks_the_policy_of_the_cell(isotier: Isotier, several: Path) -> None:
    cells = json.loads(several.read_text(encoding="utf-8"))["cells"]
    cell = next(cell for cell in cells if cell["policy"] == NAMES[1] and cell["mapping"] == "usemem-guest" and cell["verdict"] == "DIVERGES")
    told = isotier.call("explain", several, cell["id"], "--no-search")
    assert told.status & ~ANSWERS is Exit.CLEAN, told.stderr
    assert cell["id"] in told.stdout.splitlines()[0] and f"DIVERGES {cell['class']}" in told.stdout
    shown = [line.split("+ ")[1] for line in told.stdout.splitlines() if line.startswith("  + ")]
    assert sorted(shown) == sorted(cell["outcomes"]["new"])  # with what the kernel makes of the fault
    refused = next(cell for cell in cells if cell["policy"] == NAMES[2] and cell["verdict"] == "REFUSED")
    assert f"--policy {NAMES[2]}" in isotier.call("explain", several, refused["id"]).stdout


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("linux-7.x,linux-7.x", '"linux-7.x" names linux-7.x a second time; expected each policy once'),
        ("linux-7.x,linux-9", 'there is no policy "linux-9"; expected a path, or one of'),
        ("linux-7.x,all", 'there is no policy "all"'),
        ("", "--policy is empty; expected LIST"),
        (",", "--policy is empty; expected LIST"),
    ],
)
def test_bad_lists_of_policies_are_named(isotier: Isotier, value: str, said: str) -> None:
    done = isotier.call("run", SCENARIOS[0], "--policy", value, "--no-report")
    assert done.status is Exit.BAD_INPUT and said in done.stderr and not done.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"policies": {"name": "x"}}, 'report has "policies"'),
        ({"policies": [{"name": "linux-7.x"}, {"name": "linux-s1"}]}, 'policy has no "sha256"'),
        ({"vm": "mte"}, 'report has "vm"'),
        ({"policies": [{"name": "a", "sha256": "0"}, {"name": "b", "sha256": "0"}]}, 'cell has "policy" "linux-6.5-kvm"; expected one of the report\'s policies'),
        ({"cells": [{"id": "a@b:c", "scenario": "a", "tier": "ddr", "attribute": "wb"}]}, 'cell has no "policy"; expected one of the report\'s policies'),
    ],
)
def test_broken_reports_are_named(isotier: Isotier, several: Path, tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(json.dumps({**json.loads(several.read_text(encoding="utf-8")), **change}, indent=1), encoding="utf-8")
    done = isotier.call("surface", path)
    assert done.status is Exit.BAD_INPUT and said in done.stderr and f"{path}:" in done.stderr


def test_rows_of_unknown_groups_are_named(isotier: Isotier, several: Path, tmp_path: Path) -> None:
    slim = json.loads(isotier.call("baseline", several).stdout)
    path = tmp_path / "broken.json"
    for row, groups, said in ((99, slim["groups"], "number of a group"), (0, [[7]], "numbers of the report's policies"), (None, slim["groups"], "row 1 is not one")):
        broken = json.loads(json.dumps(slim))
        broken["groups"] = groups
        broken["rows"][0] = broken["rows"][0][:6] + ([] if row is None else [row])
        path.write_text(json.dumps(broken), encoding="utf-8")
        done = isotier.call("surface", path)
        assert done.status is Exit.BAD_INPUT and said in done.stderr, done.stderr


def test_what_vms_have_enabled_is_in_the_report(isotier: Isotier, tmp_path: Path) -> None:
    plain, tagged = tmp_path / "plain.json", tmp_path / "tagged.json"
    for path, options in ((plain, ()), (tagged, ("--vm", "sea-exit,mte"))):
        isotier.call("run", SCENARIOS[0], *OPTIONS, "--policy", "linux-7.x", "--report", path, "--quiet", *options)
    assert json.loads(plain.read_text(encoding="utf-8"))["vm"] == []
    assert json.loads(tagged.read_text(encoding="utf-8"))["vm"] == ["mte", "sea-exit"]
    done = isotier.call("gate", tagged, "--against", plain)
    assert done.status is Exit.BAD_INPUT and 'is about VMs with none; expected "mte,sea-exit"' in done.stderr
    assert "VMs with mte,sea-exit" in isotier.call("surface", tagged).stdout.splitlines()[0]


def test_all_policies_cost_little_more_than_one(isotier: Isotier) -> None:
    """Equal cells are computed once: twenty-one policies in one run take far less than seven runs of one."""
    times = []
    for policies in ("linux-6.9-any-uncached", "all"):
        start = time.monotonic()
        isotier.call("run", "scenarios/exclusives", "--machine", "default", "--engine", "exhaustive", "--policy", policies, "--no-report", "--quiet")
        times.append(time.monotonic() - start)
    assert times[1] < 7 * times[0] + 1
    assert len(POLICIES) == 21 and ROOT.is_dir()
