"""Does the command line do what its help says, for every verb, and does it say what is wrong with bad usage?"""

from __future__ import annotations

import json
import re
import stat
import subprocess
import time
from pathlib import Path

import pytest

from harness.isotier import Exit, Isotier

VERBS = ("run", "outcomes", "show", "decide", "policy", "explain", "gate", "baseline", "surface", "lint", "completion")

MP = """AArch64 MP
Subject=ordering
{
0:X1=x; 0:X3=y;
1:X1=y; 1:X3=x;
}
 P0          | P1          ;
 MOV W0,#1   | LDR W0,[X1] ;
 STR W0,[X1] | LDR W2,[X3] ;
 MOV W2,#1   |             ;
 STR W2,[X3] |             ;
exists (1:X0=1 /\\ 1:X2=0)
"""


@pytest.fixture
def mp(tmp_path: Path) -> Path:
    """A scenario of our own, without migration."""
    path = tmp_path / "MP.litmus"
    path.write_text(MP, encoding="utf-8")
    return path


def test_help_lists_every_verb(isotier: Isotier) -> None:
    done = isotier.call("--help")
    assert done.status is Exit.CLEAN
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_has_examples_that_name_it(isotier: Isotier, verb: str) -> None:
    done = isotier.call(verb, "--help")
    assert done.status is Exit.CLEAN
    examples = done.stdout.split("examples:\n")[1].splitlines()
    assert examples
    assert all(line.strip().startswith(f"isotier {verb}") for line in examples if line.strip())


def test_no_verb_is_bad_usage(isotier: Isotier) -> None:
    assert isotier.call().status is Exit.BAD_INPUT


def test_version_starts_at_once(isotier: Isotier) -> None:
    best = 1.0
    for _ in range(5):
        start = time.perf_counter()
        done = isotier.call("--version")
        best = min(best, time.perf_counter() - start)
        assert re.fullmatch(r"isotier \d+\.\d+\.\d+\n", done.stdout)
    assert best < 0.2, "elaborating the platform at start would show here; make bench holds the 20 ms"


BAD_USAGE = {
    ("frobnicate",): "there is no verb",
    ("run", "--frobnicate"): 'unknown option "--frobnicate"',
    ("run", "--seeds"): "--seeds has no value; expected N",
    ("run", "--seeds", "many"): '--seeds is "many"; expected a whole number',
    ("run", "--seeds", "0"): '--seeds is "0"; expected a whole number from 1 to 1000000',
    ("run", "--seeds", "4294967297"): '--seeds is "4294967297"; expected a whole number from 1 to 1000000',
    ("outcomes", "--loop-bound", "0"): '--loop-bound is "0"; expected a whole number from 1 to 1000000',
    ("policy", "--jobs", "0"): '--jobs is "0"; expected a whole number from 1 to 1000000',
    ("run", "--engine", "steam"): '--engine has "steam"; expected exhaustive, timed',
    ("run", "--attr", "wobbly"): '"wobbly" is no attribute; expected',
    ("run", "--tier", "moon"): 'machine default has no tier "moon"; expected one of ddr',
    ("run", "--machine", "abacus"): 'there is no machine "abacus"; expected a path, or one of',
    ("run", "--sequence", "waltz"): '--sequence is "waltz"',
    ("outcomes",): "nothing to do; expected litmus files",
    ("outcomes", "--variant", "purple", "x.litmus"): '--variant has "purple"',
    ("show",): "nothing to show",
    ("decide",): "expected --access and --attr, or --table",
    ("decide", "--access", "juggle", "--attr", "wb"): '--access has "juggle"',
    ("decide", "--access", "ldr", "--attr", "wb", "--tier", "moon"): 'no tier "moon"',
    ("decide", "--access", "ldr", "--attr", "wb", "--size", "3"): "expected a power of two",
    ("explain", "report.json"): "expected a REPORT and the id of a CELL",
    ("gate", "report.json"): "expected one REPORT and --against BASELINE",
    ("gate", "r.json", "--against", "b.json", "--fail-on", "mood"): '--fail-on has "mood"; expected breaking, weakening, cost, info, or none alone',
    ("gate", "r.json", "--against", "b.json", "--fail-on", "none,info"): '--fail-on has "none"; expected',
    ("gate", "r.json", "--against", "b.json", "--format", "poem"): '--format is "poem"; expected text, json, junit or sarif',
    ("gate", "r.json", "--against", "b.json", "--today", "yesterday"): '--today is "yesterday"; expected a day as YYYY-MM-DD',
    ("gate", "r.json", "--against", "b.json", "--cost-threshold", "10001"): "--cost-threshold is too large",
    ("baseline",): "expected one REPORT",
    ("surface", "a.json", "b.json"): "expected one REPORT",
    ("lint",): "nothing to check",
    ("lint", "--schema", "poem"): '--schema is "poem"; expected machine, policy, policy-answers, symptoms, report, baseline, gate, cost or waivers',
    ("completion", "tcsh"): "expected one shell: bash, zsh or fish",
}


@pytest.mark.parametrize("arguments", BAD_USAGE, ids=" ".join)
def test_bad_usage_is_named(isotier: Isotier, arguments: tuple[str, ...]) -> None:
    done = isotier.call(*arguments)
    assert BAD_USAGE[arguments] in done.stderr
    assert done.status is Exit.BAD_INPUT
    assert done.stdout == ""


def test_a_verb_that_is_not_built_in_runs_a_program_as_git_does(isotier: Isotier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "isotier-juggle"
    program.write_text('#!/bin/sh\necho "$# $1"\nexit 7\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    done = isotier.call("juggle", "--balls", "3")
    assert (done.status, done.stdout) == (Exit(7), "2 --balls\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_verb_and_option(isotier: Isotier, shell: str) -> None:
    text = isotier.call("completion", shell).stdout
    for verb in VERBS:
        assert verb in text
        options = re.findall(r"^  --([a-z-]+)", isotier.call(verb, "--help").stdout, re.MULTILINE)
        for option in options:
            assert option in text, f"{verb} --{option}"


def test_bash_completion_completes(isotier: Isotier, tmp_path: Path) -> None:
    script = tmp_path / "completion"
    script.write_text(isotier.call("completion", "bash").stdout, encoding="utf-8")
    ask = f"source {script}; COMP_WORDS=(isotier run --att); COMP_CWORD=2; _isotier; echo ${{COMPREPLY[@]}}"
    assert subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True).stdout == "--attr\n"


def test_show_prints_text_that_reads_back_the_same(isotier: Isotier, mp: Path, tmp_path: Path) -> None:
    once = isotier.call("show", mp)
    assert once.status is Exit.CLEAN
    again = tmp_path / "again.litmus"
    again.write_text(once.stdout, encoding="utf-8")
    assert isotier.call("show", again).stdout == once.stdout


def test_show_composed_has_the_kernel_thread(isotier: Isotier, mp: Path) -> None:
    done = isotier.call("show", "--composed", "--migrate", "x", mp)
    assert done.status is Exit.CLEAN
    for text in ("P2", "TLBI VAAE1IS", "x_src", "x_dst", "[PTE(x_src)]=(oa:PA(x))"):
        assert text in done.stdout


def test_show_composed_without_migration_is_an_error(isotier: Isotier, mp: Path) -> None:
    done = isotier.call("show", "--composed", mp)
    assert done.status is Exit.BAD_INPUT
    assert "nothing migrates" in done.stderr


def test_show_lists_the_sequences(isotier: Isotier) -> None:
    assert re.search(r"^base ", isotier.call("show", "--sequences").stdout, re.MULTILINE)


def test_decide_names_rule_and_hop(isotier: Isotier) -> None:
    done = isotier.call("decide", "--access", "stxr", "--attr", "nc", "--tier", "bar", "--format", "json")
    assert done.status is Exit.CLEAN
    (row,) = json.loads(done.stdout)
    assert (row["access"], row["tier"], row["attribute"]) == ("stxr", "bar", "nc")
    assert row["effects"][0]["rule"] == "CHI B6.3.4"
    assert row["effects"][0]["hop"] == "bar"


def test_decide_table_has_every_row_with_a_rule(isotier: Isotier) -> None:
    rows = json.loads(isotier.call("decide", "--table", "--format", "json").stdout)
    assert len(rows) == 8678
    assert all(row["effects"] for row in rows)
    assert all(effect["rule"] for row in rows for effect in row["effects"])


def test_decide_that_selects_nothing_is_vacuous(isotier: Isotier) -> None:
    assert isotier.call("decide", "--table", "--access", "ldr", "--attr", "no-such").status is Exit.VACUOUS


def test_lint_accepts_what_is_bundled(isotier: Isotier) -> None:
    done = isotier.call("lint", "models/machines", "scenarios")
    assert (done.status, done.stderr) == (Exit.CLEAN, "")


def test_list_names_cells_without_running(isotier: Isotier, mp: Path) -> None:
    done = isotier.call("run", mp, "--tier", "ddr,cxl", "--attr", "wb,nc", "--list")
    ids = done.stdout.splitlines()
    assert [name.rsplit("MP", 1)[1] for name in ids] == ["@ddr:wb", "@cxl:wb", "@ddr:nc", "@cxl:nc"]
