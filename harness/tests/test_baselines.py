"""Are the committed baselines, their surfaces and the gate's profile what this tree gives, and does the gate take them?"""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from harness.baselines import FOLDER, PROFILE, Baseline, choose, make, plan, profile_text, same
from harness.isotier import ROOT, Exit, Isotier

MOST_BYTES = 400_000


@pytest.mark.parametrize("baseline", plan(), ids=lambda baseline: str(baseline.name))
def test_baseline_and_surface_are_current(isotier: Isotier, tmp_path: Path, baseline: Baseline) -> None:
    made = make(isotier, baseline, tmp_path)
    stale = [kept.relative_to(ROOT) for new, kept in zip(made, baseline.files, strict=True) if not same(new, kept)]
    if stale:
        said = isotier.call("gate", made[0], "--against", baseline.files[0]).stdout if baseline.files[0].is_file() else "there is none yet"
        pytest.fail(f"{', '.join(map(str, stale))}: not what the tree gives; look at what the gate says, then `make baselines`\n{said[:6000]}")


def test_there_are_no_other_files() -> None:
    expected = {path.name for baseline in plan() for path in baseline.files}
    assert {path.name for path in FOLDER.iterdir()} == expected


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: str(path.name))
def test_baselines_are_small_and_keep_their_schema(isotier: Isotier, path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), json.loads(isotier.call("lint", "--schema", "baseline").stdout))
    assert isotier.call("lint", path).status is Exit.CLEAN
    assert isotier.call("gate", path, "--against", path).status is Exit.CLEAN
    surface = path.with_name(path.name.replace(".json", ".surface.txt")).read_text(encoding="utf-8")
    assert isotier.call("surface", path).stdout == surface


def test_every_bundled_policy_has_its_baseline_and_surface(isotier: Isotier, tmp_path: Path) -> None:
    kept = FOLDER / "policies.json"
    names = [policy["name"] for policy in json.loads(kept.read_text(encoding="utf-8"))["policies"]]
    assert names == sorted(path.stem for path in (ROOT / "models" / "policies").glob("*.yaml"))
    options = ("--profile", "gate", "--machine", "default", "--engine", "exhaustive", "--quiet", "--slim")
    name, path = "linux-6.9-any-uncached", tmp_path / "alone.json"
    for one in names:
        surface = isotier.call("surface", kept, "--policy", one)
        assert surface.status is Exit.CLEAN and f"policy {one}, reference ddr" in surface.stdout.splitlines()[0]
        assert len(surface.stdout.splitlines()) > 50
    assert isotier.call("run", "--policy", name, "--report", path, *options).status & ~(Exit.DIVERGENCE | Exit.INCONCLUSIVE) is Exit.CLEAN
    assert isotier.call("baseline", kept, "--policy", name).stdout == path.read_text(encoding="utf-8")
    assert isotier.call("surface", kept, "--policy", name).stdout == isotier.call("surface", path).stdout
    assert isotier.call("gate", path, "--against", kept, "--subset").status is Exit.CLEAN
    whole = isotier.call("gate", path, "--against", kept)
    assert whole.status is Exit.BAD_INPUT and "--subset" in whole.stderr
    assert isotier.call("surface", kept, "--policy", "linux-9").status is Exit.BAD_INPUT


def test_the_surface_is_sorted_and_has_nothing_that_flaps(isotier: Isotier) -> None:
    lines = (FOLDER / "default.surface.txt").read_text(encoding="utf-8").splitlines()
    heads = [line.split()[:2] for line in lines if line[0] not in "# "]
    assert len(heads) > 100 and heads == sorted(heads)
    assert not [line for line in lines if re.search(r"[0-9a-f]{16}|cycles|seed", line)]
    tiers = json.loads((FOLDER / "default.json").read_text(encoding="utf-8"))["tiers"]
    row = next(line for line in lines if line.split()[:3] == ["exclusives", "nc", "bar"])
    assert "DIVERGES" in row and "(worst lost-update)" in row
    assert [line.split()[2] for line in lines if line.split()[:2] == ["exclusives", "wb"]] == tiers


def test_counts_of_a_surface_add_up() -> None:
    report = json.loads((FOLDER / "default.json").read_text(encoding="utf-8"))
    cells = sum(kind is not None for row in report["rows"] for kind in row[5])
    text = (FOLDER / "default.surface.txt").read_text(encoding="utf-8")
    counted = re.findall(r"(SAME|NARROWER|DIVERGES|REFUSED|UNKNOWN|BOUNDED|MODEL-BUG) (\d+)", text)
    assert sum(int(number) for _, number in counted) == cells
    diverging = sum(int(number) for verdict, number in counted if verdict == "DIVERGES")
    assert len(re.findall(r"^    \S+ +by (?:tier\??|attribute) ", text, re.MULTILINE)) == diverging


# ---- the profile ----


def test_profile_is_what_the_baseline_asks_for() -> None:
    report = json.loads((FOLDER / "default.json").read_text(encoding="utf-8"))
    assert PROFILE.read_text(encoding="utf-8") == profile_text(report)
    assert 20 < len(choose(report)) < len(report["scenarios"]) / 2


def test_profile_shows_each_kind_as_often_as_it_promises() -> None:
    report = {
        "tiers": ["a", "b"],
        "kinds": [{"verdict": "SAME"}, {"verdict": "DIVERGES"}],
        "rows": [[f"s/{name}@*:wb", f"s/{name}", "wb", None, None, kinds] for name, kinds in (("1", [0, 0]), ("2", [0, 1]), ("3", [0, 0]), ("4", [0, None]), ("5", [0, 0]))],
    }
    assert choose(report, 1) == ("s/1", "s/2")
    assert choose(report, 2) == ("s/1", "s/2", "s/3")


def test_profile_runs_and_passes_the_gate(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("run", "--profile", "gate", "--engine", "exhaustive", "--quiet", "--report", tmp_path / "r.json")
    assert done.status & ~(Exit.DIVERGENCE | Exit.INCONCLUSIVE) is Exit.CLEAN, done.stderr
    gate = isotier.call("gate", tmp_path / "r.json", "--against", FOLDER / "default.json", "--subset")
    assert gate.status is Exit.CLEAN, gate.stdout
    listed = [line for line in PROFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    ran = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["scenarios"]
    assert sorted(ran) == listed


def test_bad_profiles_are_named(isotier: Isotier, tmp_path: Path) -> None:
    for name in ("nightly", "../gate", ""):
        done = isotier.call("run", f"--profile={name}")
        assert done.status is Exit.BAD_INPUT
        assert f'there is no profile "{name}"; expected one of gate' in done.stderr
    done = isotier.call("run", "--profile", "gate", "scenarios/mte")
    assert done.status is Exit.BAD_INPUT and "expected no PATH beside it" in done.stderr
    scenarios = tmp_path / "scenarios"
    (scenarios / "profiles").mkdir(parents=True)
    (scenarios / "profiles" / "empty.txt").write_text("# none\n", encoding="utf-8")
    (scenarios / "profiles" / "lost.txt").write_text("mte/lost\n", encoding="utf-8")
    elsewhere = Isotier(isotier.binary, tmp_path)
    assert "empty.txt:1:1: profile is empty" in elsewhere.call("run", "--profile", "empty").stderr
    done = elsewhere.call("run", "--profile", "lost")
    assert done.status is Exit.BAD_INPUT and "scenarios/mte/lost.litmus" in done.stderr
