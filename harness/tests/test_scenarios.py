"""Does every scenario ask a question, cite its rules, parse, and hold on ordinary memory?"""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.isotier import ROOT, Exit, Isotier, Outcomes

SCENARIOS = tuple(sorted((ROOT / "scenarios").glob("*/*.litmus")))
SUBJECTS = ("aliases", "alignment", "atomics", "code", "coherence", "errors", "exclusives", "migration", "mte", "ordering", "translation")
LEAST_FILES, LEAST_FILES_A_SUBJECT = 90, 8
# Kernels that move a page rightly, and kernels with one step wrong.
RIGHT_KERNELS = ("base-batched", "base-retry")
WRONG_KERNELS = ("batched-no-flush", "no-tlbi", "no-dsb-after-tlbi", "no-dsb-before-tlbi", "late-break", "no-tag-copy", "zero-after-copy",
                 "no-publish-barrier", "pte-before-copy", "tags-after-pte", "copy-before-break")
SYMPTOMS = [f"S{n}" for n in (*range(1, 11), *range(21, 25))]
# Rule ids: choices, field symptoms, vendor claims, litmus expectations, disputes, restricted mismatches; and how many of each there are.
RULE = re.compile(r"(CH-|S|claim-|L|D|R)(\d+)([a-d]?)")
RULES = {"CH-": 69, "S": 26, "claim-": 52, "L": 12, "D": 10, "R": 4}
HEADER_KEYS = {"Subject", "Rules", "Place", "Migrate", "Mprotect", "Layout", "Inject", "Variant", "Unroll", "Guest", "TTHM", "Alias"}
# What `isotier outcomes` says of a condition that is met.
RIGHT = {"forall": {"Always"}, "~exists": {"Never"}, "exists": {"Sometimes", "Always"}}


@dataclass(frozen=True)
class Scenario:
    """The head of a file and the quantifier of its condition, read with no help from the tool."""

    path: Path
    name: str
    question: str
    info: tuple[tuple[str, str], ...]
    quantifier: str
    condition: str

    def words(self, key: str) -> tuple[str, ...]:
        """The words of an info line."""
        return tuple(word for name, value in self.info if name == key for word in value.split())


def read(path: Path) -> Scenario:
    """Reads a scenario's head and tail."""
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition("\n{\n")
    lines = re.sub(r"\(\*.*?\*\)", "", head, flags=re.DOTALL).splitlines()
    title = re.fullmatch(r"AArch64 (\S+)", lines[0])
    question = re.fullmatch(r'"(.*)"', lines[1])
    info = tuple((key, value) for line in lines[2:] if line.strip() for key, _, value in [line.partition("=")])
    tail = re.search(r"^(forall|~exists|exists)\b(.*)", rest, flags=re.MULTILINE | re.DOTALL)
    assert title and question and tail, f"{path}: not 'AArch64 NAME', a quoted question, info lines, {{, code, a condition"
    return Scenario(path, title[1], question[1], info, tail[1], tail[2])


@functools.cache
def scenarios() -> tuple[Scenario, ...]:
    """Every bundled scenario."""
    return tuple(read(path) for path in SCENARIOS)


def label(path: Path) -> str:
    """A file's name in test reports."""
    return f"{path.parent.name}/{path.stem}"


def is_known_rule(word: str) -> bool:
    """Whether a word of Rules= is an id that exists."""
    match = RULE.fullmatch(word)
    return bool(match) and 1 <= int(match[2]) <= RULES[match[1]] if match else False


def is_right(row: Outcomes, quantifier: str) -> bool:
    """Whether a program meets its condition on the reference tier, in a complete set of outcomes."""
    return row.error is None and not row.bounded and bool(row.states) and row.verdict in RIGHT[quantifier]


@pytest.fixture(scope="session")
def reference(isotier: Isotier, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcomes]:
    """Every scenario's outcomes on the reference tier by file; one process for all."""
    listing = tmp_path_factory.mktemp("scenarios") / "files"
    listing.write_text("".join(f"{path}\n" for path in SCENARIOS), encoding="utf-8")
    return {row.file: row for row in isotier.outcomes(f"@{listing}")}


@pytest.mark.parametrize("path", SCENARIOS, ids=label)
def test_asks_a_question_and_cites_its_rules(path: Path) -> None:
    """Name as the file, a question, a subject that is its folder, rules that exist, no info line that nobody reads."""
    scenario = read(path)
    assert scenario.name == path.stem
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", scenario.name)
    assert scenario.question.endswith("?") and len(scenario.question.split()) >= 8
    assert {key for key, _ in scenario.info} <= HEADER_KEYS
    subjects = scenario.words("Subject")
    assert subjects and subjects[0] == path.parent.name and set(subjects) <= set(SUBJECTS)
    rules = scenario.words("Rules")
    assert rules and len(set(rules)) == len(rules)
    assert all(is_known_rule(rule) for rule in rules), rules
    assert ("migration" in subjects) <= bool(scenario.words("Migrate")) or scenario.name == "pointer-swing-copy"


@pytest.mark.parametrize("path", SCENARIOS, ids=label)
def test_an_abort_would_be_seen(path: Path) -> None:
    """Each condition speaks of faults: a thread that is stopped by a tier gives another final state."""
    assert "fault(" in read(path).condition


@pytest.mark.parametrize("path", SCENARIOS, ids=label)
def test_holds_on_ordinary_memory(path: Path, reference: dict[str, Outcomes]) -> None:
    """The program is right where it was written for, and the engine can say so with a complete set."""
    row = reference[str(path)]
    assert is_right(row, read(path).quantifier), f"{row.verdict}, bounded {row.bounded}, error {row.error}, states {row.states[:12]}"


def test_every_file_passes_lint(isotier: Isotier) -> None:
    """`isotier lint` has nothing to say, not even a warning: each rule is in the tool's register."""
    done = isotier.call("lint", *SCENARIOS)
    assert done.status is Exit.CLEAN and not done.stderr, done.stderr[:4000]


def test_enough_of_each_subject() -> None:
    """At least 90 scenarios, eight in every subject's folder, and no name twice."""
    counts = Counter(path.parent.name for path in SCENARIOS)
    assert len(SCENARIOS) >= LEAST_FILES
    assert set(counts) == set(SUBJECTS) and min(counts.values()) >= LEAST_FILES_A_SUBJECT, counts
    assert len({path.stem for path in SCENARIOS}) == len(SCENARIOS)


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_field_symptom_has_a_scenario(symptom: str) -> None:
    """Each symptom seen in the field that a program can meet is asked about."""
    assert any(symptom in scenario.words("Rules") for scenario in scenarios())


def migrated(isotier: Isotier, folder: Path, sequence: str) -> dict[str, frozenset[str]]:
    """Every migration scenario's outcomes in ordinary memory while a kernel moves the page by this sequence."""
    options = ["--machine", str(ROOT / "models/machines/default.yaml"), "--tier", "ddr", "--engine", "exhaustive", "--sequence", sequence, "--quiet"]
    _, report = isotier.run(ROOT / "scenarios/migration", report=folder / f"{sequence}.json", options=options)
    return {cell.scenario: frozenset(cell.raw["outcomes"]["cell"]) for cell in report.cells}


@pytest.fixture(scope="session")
def rightly_migrated(isotier: Isotier, tmp_path_factory: pytest.TempPathFactory) -> dict[str, frozenset[str]]:
    """Outcomes under the base sequence."""
    return migrated(isotier, tmp_path_factory.mktemp("base"), "base")


def test_a_right_migration_is_not_noticed(rightly_migrated: dict[str, frozenset[str]], reference: dict[str, Outcomes]) -> None:
    """A page that moves by the base sequence gives no outcome that a page that stays cannot give."""
    stays = {label(Path(file)): set(row.states) for file, row in reference.items()}
    assert len(rightly_migrated) >= LEAST_FILES_A_SUBJECT
    assert not {name: states - stays[name] for name, states in rightly_migrated.items() if states - stays[name]}


@pytest.mark.parametrize("sequence", RIGHT_KERNELS)
def test_another_right_kernel_is_not_noticed(sequence: str, isotier: Isotier, tmp_path: Path, rightly_migrated: dict[str, frozenset[str]]) -> None:
    """Batching and retrying add no outcome."""
    states = migrated(isotier, tmp_path, sequence)
    assert not {name: states[name] - right for name, right in rightly_migrated.items() if states[name] - right}


@pytest.mark.parametrize("sequence", WRONG_KERNELS)
def test_a_wrong_kernel_is_found(sequence: str, isotier: Isotier, tmp_path: Path, rightly_migrated: dict[str, frozenset[str]]) -> None:
    """A kernel with one step wrong shows at least one scenario an outcome that a right one cannot give."""
    states = migrated(isotier, tmp_path, sequence)
    assert any(states[name] - right for name, right in rightly_migrated.items())


def test_a_wrong_program_would_be_seen(isotier: Isotier, tmp_path: Path) -> None:
    """A counter that has lost its atomicity does not pass for a right one."""
    source = (ROOT / "scenarios/atomics/counter-ldadd.litmus").read_text(encoding="utf-8")
    wrong = tmp_path / "counter-ldadd.litmus"
    broken = re.sub(r"LDADD W2,W3,\[X0\] +\| LDADD W2,W3,\[X0\]", "LDR W3,[X0] | LDR W3,[X0] ;\n STR W2,[X0] | STR W2,[X0]", source)
    assert broken != source
    wrong.write_text(broken, encoding="utf-8")
    (row,) = isotier.outcomes(wrong)
    assert row.error is None and not is_right(row, "forall")


def test_a_rule_that_does_not_exist_would_be_seen() -> None:
    """The check of ids knows the difference."""
    assert all(map(is_known_rule, ("CH-01", "CH-34b", "S26", "claim-52", "L12", "D10")))
    assert not any(map(is_known_rule, ("CH-00", "CH-70", "S27", "claim-53", "L13", "D11", "M1", "claim", "X1", "CH-1x")))
