"""Is a report the same bytes for the same inputs, complete or absent, and does explain read it right?"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.isotier import ROOT, Exit, Isotier, Report

LOCK = "scenarios/exclusives/sync-fetch-and-add-shared-buffer.litmus"
QUICK = ("--seeds", "20")


def run(isotier: Isotier, report: Path, *arguments: str) -> tuple[Exit, bytes]:
    done = isotier.call("run", LOCK, *QUICK, "--report", report, *arguments)
    return done.status, report.read_bytes()


def test_same_inputs_same_bytes_whatever_the_workers(isotier: Isotier, tmp_path: Path) -> None:
    paths = ("scenarios/ordering", "--tier", "ddr,cxl", "--seeds", "5")
    texts = []
    for name, jobs in (("a", "1"), ("b", "1"), ("c", "2"), ("d", "3")):
        isotier.call("run", *paths, "--jobs", jobs, "--report", tmp_path / name)
        texts.append((tmp_path / name).read_bytes())
    assert texts[0] and texts[1:] == texts[:1] * 3


def test_another_seed_is_in_the_report(isotier: Isotier, tmp_path: Path) -> None:
    _, first = run(isotier, tmp_path / "a.json")
    _, second = run(isotier, tmp_path / "b.json", "--seed", "77")
    assert (json.loads(first)["seed"], json.loads(second)["seed"]) == (1, 77)


def test_report_has_no_trace_of_the_host(isotier: Isotier, tmp_path: Path) -> None:
    _, text = run(isotier, tmp_path / "r.json")
    for secret in (str(tmp_path), os.uname().nodename, str(Path.cwd())):
        assert secret.encode() not in text


def test_report_keeps_its_schema_and_counts_its_cells(isotier: Isotier, tmp_path: Path) -> None:
    status, report = isotier.run(LOCK, report=tmp_path / "r.json", options=QUICK)
    assert len(report.cells) == report.raw["summary"]["cells"] == sum(report.raw["summary"]["verdicts"].values())
    assert int(status) == report.raw["summary"]["exit"]
    assert [cell.id for cell in report.cells] == sorted({cell.id for cell in report.cells}, key=[cell.id for cell in report.cells].index)


def test_matrix_has_tiers_as_columns(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("run", LOCK, *QUICK, "--report", tmp_path / "r.json")
    lines = done.stdout.splitlines()
    assert re.match(r"machine default  4 cpus, arch M, LSE2 MTE3 S2FWB    reference ddr    seed 1    exhaustive \d+/\d+, timed \d+x20", lines[0])
    header = next(line for line in lines if line.startswith("subject"))
    assert header.split() == ["subject", "attribute", "ddr", "ddr-far", "cxl", "cxl-notag", "c2c", "bar"]
    row = next(line for line in lines if line.startswith("exclusives") and line.split()[1] == "wb")
    assert row.rstrip().endswith("refused")
    assert lines[-1].startswith(f"exit {'+'.join(str(bit) for bit in (1, 2, 4, 8, 16, 32) if done.status & bit) or '0'}")


def test_kill_leaves_the_old_report(isotier: Isotier, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    report.write_text("old", encoding="utf-8")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        command = [str(isotier.binary), "run", "scenarios/ordering", "--seeds", "100000", "--report", str(report)]
        process = subprocess.Popen(
            command,
            cwd=isotier.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
        )
        time.sleep(0.4)
        process.send_signal(number)
        assert process.wait(timeout=20) == -number
        assert report.read_text(encoding="utf-8") == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_workers_die_with_the_run(isotier: Isotier, tmp_path: Path) -> None:
    command = [str(isotier.binary), "run", "scenarios/ordering", "--seeds", "1000000", "--report", str(tmp_path / "r.json")]
    process = subprocess.Popen(command, cwd=isotier.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    assert children
    process.kill()
    process.wait(timeout=20)
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{child}").exists() for child in children)


def test_timeout_is_inconclusive_not_an_answer(isotier: Isotier, tmp_path: Path) -> None:
    done = isotier.call("run", LOCK, "--seeds", "1000000", "--engine", "timed", "--tier", "ddr", "--attr", "wb", "--timeout", "1", "--report", tmp_path / "r.json")
    assert done.status & Exit.INCONCLUSIVE
    (cell,) = Report.parse((tmp_path / "r.json").read_text(encoding="utf-8")).cells
    assert cell.verdict == "BOUNDED"
    assert "no result within 1 s" in cell.raw["error"]


def test_timeout_of_outcomes_is_inconclusive_too(isotier: Isotier) -> None:
    done = isotier.call("outcomes", LOCK, "--seeds", "1000000", "--engine", "timed", "--timeout", "1")
    assert done.status == Exit.INCONCLUSIVE | Exit.VACUOUS
    assert "no result within 1 s" in done.stdout


def test_samples_alone_prove_nothing(isotier: Isotier, tmp_path: Path) -> None:
    scenario = "scenarios/migration/memcpy-migrate-between-pairs.litmus"
    args: list[str | Path] = ["--machine", "alike", "--sequence", "base-retry", "--tier", "c2c", "--seeds", "3", "--report", tmp_path / "r.json"]
    done = isotier.call("run", "--quiet", *args, scenario)
    assert done.status == Exit.INCONCLUSIVE
    (cell,) = Report.parse((tmp_path / "r.json").read_text(encoding="utf-8")).cells
    assert cell.verdict == "BOUNDED"
    assert "more events in one thread" in cell.raw["error"]


def test_explain_names_rule_hop_and_the_smallest_change(isotier: Isotier, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    isotier.call("run", LOCK, *QUICK, "--machine", "no-nc-monitor", "--attr", "nc", "--report", report)
    done = isotier.call("explain", report, "exclusives/sync-fetch-and-add-shared-buffer@cxl:nc", "--dot", tmp_path / "w.dot", "--svg", tmp_path / "w.svg")
    assert done.status is Exit.DIVERGENCE, done.stderr
    assert "against ordinary memory   DIVERGES fault" in done.stdout
    assert re.search(r"tier cxl, hop cxl-dram, rule CH-12", done.stdout)
    assert "smallest change that removes it: 1 setting" in done.stdout
    assert "tiers.cxl.excl.nc: no -> yes" in done.stdout
    assert "attribute: nc -> wb" in done.stdout
    dot = (tmp_path / "w.dot").read_text(encoding="utf-8")
    assert dot.startswith("digraph witness {") and "LDXR" in dot and "CH-12" in dot
    assert "<svg" in (tmp_path / "w.svg").read_text(encoding="utf-8")


def test_explain_of_an_unknown_lists_what_each_value_would_give(isotier: Isotier, tmp_path: Path) -> None:
    isotier.call("run", LOCK, *QUICK, "--tier", "c2c", "--attr", "nc", "--report", tmp_path / "r.json")
    done = isotier.call("explain", tmp_path / "r.json", "@c2c:nc")
    assert done.status is Exit.INCONCLUSIVE
    assert "UNKNOWN: the machine leaves unknown tiers.c2c.excl.nc" in done.stdout
    assert re.search(r"^  DIVERGES fault  if tiers\.c2c\.excl\.nc=no$", done.stdout, re.MULTILINE)
    assert re.search(r"^  (SAME|NARROWER)  if tiers\.c2c\.excl\.nc=yes$", done.stdout, re.MULTILINE)


def test_explain_writes_a_timeline(isotier: Isotier, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    isotier.call("run", LOCK, *QUICK, "--machine", "no-nc-monitor", "--attr", "nc", "--tier", "cxl", "--report", report)
    done = isotier.call("explain", report, "@cxl:nc", "--no-search", "--trace", tmp_path / "t.json")
    assert done.status is Exit.DIVERGENCE, done.stderr
    assert json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))


def test_waveforms_of_one_cell(isotier: Isotier, tmp_path: Path) -> None:
    one = ("run", LOCK, "--tier", "cxl", "--attr", "wb")
    done = isotier.call(*one, "--vcd", tmp_path / "w.vcd", "--trace", tmp_path / "t.json")
    assert done.status is Exit.CLEAN, done.stderr
    assert "$enddefinitions" in (tmp_path / "w.vcd").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    assert isotier.call("run", LOCK, "--vcd", tmp_path / "x.vcd").status is Exit.BAD_INPUT


def test_outcomes_do_not_depend_on_jobs(isotier: Isotier) -> None:
    files = sorted(Path("scenarios/ordering").glob("*.litmus"))[:8]

    def rows(jobs: str) -> list[dict[str, object]]:
        text = isotier.call("outcomes", "--jobs", jobs, *files).stdout
        return [{key: value for key, value in json.loads(line).items() if key != "wall_us"} for line in text.splitlines()]

    assert rows("1") == rows("2")
    assert [row["file"] for row in rows("2")] == [str(path) for path in files]


PART = """AArch64 part
Variant=vmsa
{
[x]=0x1010101; [y]=0x2020202;
0:X1=x; 1:X5=PTE(x); 1:X4=(valid:0); 1:X6=(oa:PA(y));
}
 P0              | P1          ;
 LDR W0,[X1]     | STR X4,[X5] ;
 LDRH W2,[X1,#2] | STR X6,[X5] ;
locations [fault(P0,x);]
exists (0:X2=0x101)
"""


def test_outcomes_leave_out_parts_of_locations_as_other_tools_do(isotier: Isotier, tmp_path: Path) -> None:
    file = tmp_path / "part.litmus"
    file.write_text(PART, encoding="utf-8")
    warnings: dict[str, list[str]] = {"exhaustive": ["BBM-expected"], "timed": []}  # no TLBI between the break and what is made
    for engine, warned in warnings.items():
        (plain,) = isotier.outcomes(str(file), "--engine", engine)
        assert list(plain.flags) == [*warned, "parts-left-out"], engine
        assert all("0:X2=0;" in state and " Fault(" in state for state in plain.states), engine
        (mixed,) = isotier.outcomes(str(file), "--engine", engine, "--variant", "mixed")
        assert list(mixed.flags) == warned, engine
        assert any("0:X2=257;" in state for state in mixed.states), engine


UNTAGGED = """AArch64 untagged
{ [PTE(x)]=(oa:PA(x),attrs:(Normal)); 0:X0=x:red; 0:X1=x; }
 P0          ;
 STG X0,[X1] ;
 LDG X1,[X1] ;
locations [0:X1;]
exists ([tag(x)]=:red)
"""


def test_the_engines_agree_on_tags_through_an_untagged_mapping(isotier: Isotier, tmp_path: Path) -> None:
    file = tmp_path / "untagged.litmus"
    file.write_text(UNTAGGED, encoding="utf-8")
    for engine in ("exhaustive", "timed"):
        (row,) = isotier.outcomes(str(file), "--engine", engine, "--variant", "memtag,vmsa,fatal")
        assert list(row.states) == ["0:X1=x:green; [tag(x)]=:green;"], engine


MAINTENANCE = """AArch64 maintenance
{info}
{{ x=1; {page} 0:X1=x; }}
 P0              ;
 L0: DC CIVAC,X1 ;
 MOV W2,#1       ;
exists (0:X2=1)
"""


@pytest.mark.parametrize(
    ("info", "page", "state"),
    [
        ("Variant=vmsa,fatal", "[PTE(x)]=(oa:PA(x));", "0:X2=1;"),
        ("Variant=vmsa,fatal", "[PTE(x)]=(oa:PA(x),valid:0);", "0:X2=0;"),
        ("Guest=P0", "[S2PTE(x)]=(oa:PA(x));", "0:X2=1;"),
        ("Guest=P0", "[S2PTE(x)]=(oa:PA(x),valid:0);", "0:X2=0; NoProgress(P0);"),
    ],
)
def test_the_engines_agree_on_faults_of_maintenance(isotier: Isotier, tmp_path: Path, info: str, page: str, state: str) -> None:
    file = tmp_path / "maintenance.litmus"
    file.write_text(MAINTENANCE.format(info=info, page=page), encoding="utf-8")
    for engine in ("exhaustive", "timed"):
        (row,) = isotier.outcomes(str(file), "--engine", engine)
        assert list(row.states) == [state], engine
    _, report = isotier.run(file, report=tmp_path / "r.json", options=("--seeds", "20", "--attr", "wb"))
    assert {cell.verdict for cell in report.cells} <= {"SAME", "REFUSED"}


def test_outcomes_reads_lists_and_goes_on_after_errors(isotier: Isotier, tmp_path: Path) -> None:
    bad = tmp_path / "bad.litmus"
    bad.write_text("AArch64 bad\n{ }\n P0 ;\n FROB ;\nexists (0:X0=0)\n", encoding="utf-8")
    listing = tmp_path / "files"
    listing.write_text(f"{bad}\nscenarios/ordering/mp-dmb.litmus\n", encoding="utf-8")
    rows = isotier.outcomes(f"@{listing}")
    assert [bool(row.error) for row in rows] == [True, False]
    assert rows[1].states


def test_unknown_setting_about_two_pages_is_named(isotier: Isotier, tmp_path: Path) -> None:
    """CH-36: what the CPU makes of pages of different types is asked where an access lies on both, and so is the second page's tier."""
    text = (ROOT / "models" / "machines" / "default.yaml").read_text(encoding="utf-8")
    machine = tmp_path / "machine.yaml"
    machine.write_text(text.replace("\n  features:\n", "\n  features:\n    span.type_mismatch: unknown\n", 1), encoding="utf-8")
    scenario = ROOT / "scenarios" / "alignment" / "ldr-over-pages.litmus"
    done = isotier.call("run", scenario, "--attr", "nc", "--machine", machine, "--report", tmp_path / "report.json")
    assert done.status is Exit.INCONCLUSIVE and "cpu.span.type_mismatch" in done.stdout
