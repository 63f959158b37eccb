"""Does the harness itself tell the truth: no green from nothing, no crash taken for an answer, no report that breaks its schema?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import campaign, check
from harness.isotier import ROOT, Cell, Exit, Isotier, IsotierError, Outcomes, Report, find_binary
from harness.steps import Step, run_all


def fake(folder: Path, body: str) -> Isotier:
    """A program that does what this shell text says."""
    path = folder / "isotier"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return Isotier(path, folder, timeout_s=5)


def test_steps_pass_only_if_something_ran_and_nothing_failed(capfd: pytest.CaptureFixture[str]) -> None:
    """A failure, a step that could not run, and nothing but skips are all red; the summary shows the closing line."""
    good, bad = Step("good", ["echo", "= 3 passed ="], r"\d+ passed"), Step("bad", ["false"])
    assert run_all("x", [good]) == 0
    assert "3 passed" in capfd.readouterr().out.splitlines()[-2]
    assert run_all("x", [good, bad]) == 1
    assert run_all("x", [bad, Step("after", ["true"], needs=["bad"])]) == 1
    assert "not run: bad failed" in capfd.readouterr().out
    assert run_all("x", [Step("left out", ["true"], skip="no corpus")]) == 1
    assert run_all("x", [good, Step("left out", ["false"], skip="no corpus")]) == 0


def test_exit_status_is_a_bitmask(tmp_path: Path) -> None:
    """24 is divergence and inconclusive."""
    assert fake(tmp_path, "exit 24").call("run").status == Exit.DIVERGENCE | Exit.INCONCLUSIVE


def test_a_crash_is_no_answer(tmp_path: Path) -> None:
    """A signal and a program that does not end are errors of the harness, not statuses."""
    with pytest.raises(IsotierError, match="signal 11"):
        fake(tmp_path, "kill -SEGV $$").call("run")
    with pytest.raises(IsotierError, match="no end after"):
        Isotier(fake(tmp_path, "exec sleep 30").binary, tmp_path, timeout_s=0.2).call("run")


def test_outcomes_are_records(tmp_path: Path) -> None:
    """Each line becomes a record; silence and garbage are errors."""
    line = {"test": "MP", "file": "a.litmus", "engine": "timed", "verdict": "Sometimes", "states": ["x=1;"], "positive": 1, "negative": 2, "bounded": False}
    tool = fake(tmp_path, f"echo '{json.dumps(line)}'")
    (row,) = tool.outcomes("a.litmus")
    assert (row.test, row.states, row.positive, row.error) == ("MP", ("x=1;",), 1, None)
    with pytest.raises(IsotierError, match="said nothing"):
        fake(tmp_path, "exit 2").outcomes("a.litmus")
    with pytest.raises(IsotierError, match="not a line of outcomes"):
        Outcomes.parse('{"test": "MP"}')


def test_report_must_keep_its_schema(tmp_path: Path) -> None:
    """A report that is no JSON or breaks its schema is refused with the place; an absent one too."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object", "properties": {"seed": {"type": "integer"}}, "required": ["seed"]}', encoding="utf-8")
    with pytest.raises(IsotierError, match="/seed: 'one' is not of type 'integer'"):
        Report.parse('{"seed": "one"}', schema)
    with pytest.raises(IsotierError, match="not JSON"):
        Report.parse("{", schema)
    with pytest.raises(IsotierError, match="wrote no report"):
        fake(tmp_path, "exit 0").run("scenarios", report=tmp_path / "none.json")
    row: dict[str, object] = {"id": "a", "scenario": "s", "tier": "t", "attribute": "wb", "verdict": "SAME", "tier_verdict": "SAME", "class": None, "rules": ["CH-12"], "unknown": []}
    assert Cell.parse(row).rules == ("CH-12",)


def test_binary_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$ISOTIER wins over the build folders, and a wrong one is not silently passed over."""
    tool = fake(tmp_path, "exit 0")
    monkeypatch.setenv("ISOTIER", str(tool.binary))
    assert find_binary() == tool.binary
    monkeypatch.setenv("ISOTIER", str(tmp_path / "nothing"))
    with pytest.raises(IsotierError, match="no isotier at"):
        find_binary()


@pytest.mark.parametrize(("shown", "status"), [(7, 0), (6, 1)])
def test_weakness_is_counted_against_the_oracle(tmp_path: Path, shown: int, status: int) -> None:
    """70 % of the required tests that the oracle calls Sometimes; what the oracle calls Never and optional tests do not count."""
    group = tmp_path / "corpus" / "aarch64"
    group.mkdir(parents=True)
    rows = [{"test": f"T{i}", "file": f"T{i}.litmus", "verdict": "Sometimes", "scope": "required"} for i in range(10)]
    rows += [{"test": "N", "file": "N.litmus", "verdict": "Never", "scope": "required"}, {"test": "O", "file": "O.litmus", "verdict": "Sometimes", "scope": "optional"}]
    (group / "oracle.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    lines = [{"test": f"T{i}", "file": f"T{i}.litmus", "engine": "timed", "verdict": "Sometimes" if i < shown else "Never"} for i in range(10)]
    (tmp_path / "lines").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    tool = fake(tmp_path, f"cat {tmp_path / 'lines'}")
    command = [sys.executable, "-m", "harness.weak", "--group", "aarch64", str(tmp_path / "corpus")]
    done = subprocess.run(command, cwd=ROOT, env={"ISOTIER": str(tool.binary), "PATH": "/usr/bin:/bin"}, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert f"weak: {shown} of 10 " in done.stdout


@pytest.mark.parametrize("goal", [campaign.steps(1, 1, 2), check.steps(2)], ids=["campaign", "test"])
def test_a_step_that_runs_what_a_preset_builds_needs_that_build(goal: tuple[Step, ...]) -> None:
    """On a clean checkout, and on one that was built before the last change."""
    names = [step.name for step in goal]
    assert len(names) == len(set(names))
    for step in goal:
        for preset in ("dev", "asan"):
            if any(f"build-{preset}/" in word for word in step.command) or step.name == f"ctest {preset}":
                assert f"build {preset}" in step.needs
        assert all(names.index(need) < names.index(step.name) for need in step.needs)
