"""Does explain show, for every kind of divergence, an execution that ends in the new outcome, and changes that really remove it?"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.isotier import Cell, Exit, Isotier

EVENT = re.compile(r"^    ([a-z]{1,2})  ?\S", re.MULTILINE)
EDGE = re.compile(r"^  e\d+ -> e\d+ \[label=\"(rf|co|fr)\"", re.MULTILINE)


def run(isotier: Isotier, path: Path, *arguments: str | Path) -> tuple[Cell, ...]:
    """The cells of a run by the exhaustive engine alone."""
    return isotier.run(report=path, options=["--engine", "exhaustive", *map(str, arguments)])[1].cells


@pytest.fixture(scope="module")
def report(isotier: Isotier, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Cell]]:
    """All bundled scenarios on the default machine by the exhaustive engine, and their cells that diverge."""
    path = tmp_path_factory.mktemp("explain") / "report.json"
    return path, [cell for cell in run(isotier, path) if cell.verdict == "DIVERGES"]


def sample(cells: list[Cell]) -> list[Cell]:
    """One cell of each class, subject and attribute."""
    found: dict[tuple[str | None, ...], Cell] = {}
    for cell in cells:
        found.setdefault((cell.divergence, cell.scenario.split("/")[0], cell.attribute), cell)
    return list(found.values())


def check(text: str, dot: str, cell: Cell) -> str:
    """What is wrong with an explanation; empty: nothing."""
    head, found, execution = text.partition("\nan execution that ends so;")
    if f"\nwitness: {cell.raw['witness']['state']}\n" not in head:
        return "another state than the report's"
    if not found or not EVENT.search(execution):
        return "no execution"
    if "  in one order that explains every value" not in execution:
        return "no timeline"
    if "<--" not in execution and "*" not in execution:
        return "nothing is marked as deciding"
    if not dot.startswith("digraph witness {") or "cluster_0" not in dot:
        return "no graph"
    return ""


def test_every_kind_of_divergence_has_a_witness_that_ends_in_its_new_outcome(
    isotier: Isotier, report: tuple[Path, list[Cell]], tmp_path: Path
) -> None:
    path, cells = report
    picked = sample(cells)
    assert len(picked) > 20
    wrong: dict[str, str] = {}
    relations: set[str] = set()
    for cell in picked:
        done = isotier.call("explain", path, cell.id, "--no-search", "--dot", tmp_path / "w.dot")
        dot = (tmp_path / "w.dot").read_text()
        relations |= set(EDGE.findall(dot))
        problem = f"exit {done.status}" if done.status != Exit.DIVERGENCE else check(done.stdout, dot, cell)
        if problem:
            wrong[cell.id] = problem
    assert not wrong
    assert relations == {"rf", "co", "fr"}


def test_the_same_cell_is_explained_by_the_same_bytes(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    path, cells = report
    for cell in sample(cells)[::8]:
        first, second = (isotier.call("explain", path, cell.id, "--no-search").stdout for _ in range(2))
        assert first == second


def test_a_lost_update_shows_the_store_that_reports_failure(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "exclusives/boot-lock-single-cpu@bar:nc", "--no-search").stdout
    assert re.search(r"b  W\.excl l = 1 .* STXR W4,W2,\[X0\] .* <--", text)
    assert re.search(r"c  R\.acq\.excl l = 1, for ever", text), "what the thread waits for never changes"
    assert "CHI B6.3.4" in text and "CH-61" not in text, "speculation is allowed there too, but decides nothing"


def test_the_kernel_has_a_column_of_its_own_and_a_lost_store_is_a_marked_from_read(isotier: Isotier, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    scenario = "scenarios/migration/counter-stadd-migrate.litmus"
    run(isotier, path, scenario, "--sequence", "no-tlbi", "--tier", "cxl")
    text = isotier.call("explain", path, "counter-stadd-migrate@cxl:wb+x", "--no-search", "--dot", tmp_path / "w.dot").stdout
    assert "this cell's pages move by no-tlbi, those of ordinary memory by base" in text
    assert "no effect of a tier: the migration sequence no-tlbi allows it" in text
    assert "kernel, migration sequence no-tlbi" in text and "kernel, migration sequence no-tlbi" in (tmp_path / "w.dot").read_text()
    assert re.search(r"^  fr .*[a-z]->[a-z]\*", text, re.MULTILINE)
    assert "with the migration sequence base in place of no-tlbi: SAME" in text


def test_a_faulty_migration_differs_from_the_correct_one(isotier: Isotier, tmp_path: Path) -> None:
    scenario = "scenarios/migration/counter-ldadd-migrate.litmus"
    for sequence, verdict in (("base", "SAME"), ("base-batched", "SAME"), ("no-tlbi", "DIVERGES"), ("copy-before-break", "DIVERGES")):
        cells = run(isotier, tmp_path / "r.json", scenario, "--sequence", sequence, "--tier", "ddr")
        assert {cell.verdict for cell in cells} == {verdict}, sequence


def test_svg_says_so_where_graphviz_is_missing(isotier: Isotier, report: tuple[Path, list[Cell]], tmp_path: Path) -> None:
    arguments = ["explain", str(report[0]), report[1][0].id, "--no-search", "--svg", str(tmp_path / "w.svg")]
    done = subprocess.run(
        [str(isotier.binary), *arguments], cwd=isotier.folder, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert done.returncode & Exit.TOOL_ERROR
    assert "dot (graphviz)" in done.stderr
    if shutil.which("dot"):
        assert isotier.call(*arguments).status == Exit.DIVERGENCE
        assert "<svg" in (tmp_path / "w.svg").read_text()


def test_a_change_of_the_cpu_can_remove_a_divergence(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "alignment/load-in-granule-double@ddr:nc").stdout
    assert "  cpu.misaligned.plain: free -> whole\n" in text, "CH-32: the CPU may keep such an access whole"
    assert "  attribute: nc -> wb\n" in text


def test_the_smallest_change_removes_the_divergence(isotier: Isotier, tmp_path: Path) -> None:
    """The change is written into a copy of the machine, and the cell is run again."""
    machine = (Path(__file__).parents[2] / "models/machines/default.yaml").read_text()
    scenario = "scenarios/mte/calloc-stzg.litmus"
    run(isotier, tmp_path / "r.json", scenario, "--tier", "cxl-notag")
    text = isotier.call("explain", tmp_path / "r.json", "@cxl-notag:wb-tagged").stdout
    assert "smallest change that removes it: 1 setting" in text
    found = re.search(r"tiers\.cxl-notag\.tag\.storage: none -> (\w+) \(hop (\S+)\)", text)
    assert found
    begin = machine.index("  cxl-notag:")
    changed = machine[:begin] + re.sub(r"(tag\.storage: \{value: )none", rf"\g<1>{found[1]}", machine[begin:], count=1)
    assert changed != machine
    (tmp_path / "m.yaml").write_text(changed)
    cells = run(isotier, tmp_path / "s.json", scenario, "--machine", tmp_path / "m.yaml", "--tier", "cxl-notag")
    assert {cell.verdict for cell in cells} <= {"SAME", "NARROWER"}


def test_every_kind_of_divergence_has_a_smallest_change_or_a_proof_that_none_helps(
    isotier: Isotier, report: tuple[Path, list[Cell]]
) -> None:
    path, cells = report
    sizes: set[str] = set()
    summary = re.compile(
        r"^(?:smallest change that removes it: (\d) settings?.*|no change of settings removes it: .*) \(proven, \d+ machines run\)$",
        re.MULTILINE,
    )
    for cell in [*sample(cells)[::3], *(cell for cell in cells if cell.id == "alignment/ldp-pair-whole@bar:nc")]:
        text = isotier.call("explain", path, cell.id).stdout
        found = summary.search(text)
        assert found, cell.id
        sizes.add(found[1] or "none")
        assert (found[1] is None) == (" -> " not in text[found.end() :])
    assert {"1", "none"} <= sizes


def test_an_attribute_is_no_remedy_where_the_mismatch_with_another_mapping_stays(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "aliases/guest-kick-polled-by-vmm@ddr:device-ngnre").stdout
    assert "  attribute: device-ngnre -> wb\n" in text, "the VMM's mapping is Write-Back"
    assert "attribute: device-ngnre -> nc" not in text and "attribute: device-ngnre -> device" not in text


def test_nobody_is_told_to_map_a_bar_cacheable(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "exclusives/ldxp-atomic-read@bar:nc").stdout
    assert "tiers.bar.excl.nc: no -> yes" in text
    assert "-> wb" not in text


PLACE = re.compile(r"^ +(e\d+|h\d+) \[label=.*pos=\"(-?\d+),(-?\d+)!\"", re.MULTILINE)


@pytest.mark.parametrize("cell", ["coherence/snooped-tags-and-data@cxl-notag:wb-tagged", "exclusives/ldxp-atomic-read@bar:nc"])
def test_threads_are_columns_from_left_to_right_in_program_order(
    isotier: Isotier, report: tuple[Path, list[Cell]], tmp_path: Path, cell: str
) -> None:
    isotier.call("explain", report[0], cell, "--no-search", "--dot", tmp_path / "w.dot")
    dot = (tmp_path / "w.dot").read_text()
    place = {name: (int(x), int(y)) for name, x, y in PLACE.findall(dot)}
    columns = re.findall(r"subgraph cluster_(\d+) \{(.*?)^  \}", dot, re.MULTILINE | re.DOTALL)
    assert [int(number) for number, _ in columns] == sorted(int(number) for number, _ in columns) and len(columns) > 1
    middles = []
    for number, body in columns:
        names = [name for name, _, _ in PLACE.findall(body)]
        assert names[0] == f"h{number}"
        assert len({place[name][0] for name in names}) == 1, "one below the other"
        heights = [place[name][1] for name in names]
        assert heights == sorted(heights, reverse=True)
        middles.append(place[names[0]][0])
    assert middles == sorted(middles)


def test_what_hardware_does_on_its_own_is_not_before_the_test(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "aliases/device-alias-read-back-dmb@ddr:wb", "--no-search").stdout
    before, _, after = text.partition("  hardware, on its own\n")
    assert "a cache writes back" not in before
    assert after.startswith("    a cache writes back PA(x) = 1")
    assert "init(cached PA(x))->a" in after, "two first values of one place have two names"


def test_copies_of_tags_say_in_which_caches_they_are(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "aliases/retag-cleaned-as-data@ddr:wb-tagged", "--no-search").stdout
    assert "in ISH caches tag(PA(x)) = :green" in text and "in OSH caches tag(PA(x)) = :green" in text
    assert re.search(r"^    f  R tag\(PA\(x\)\) = :green +ddr wb-tagged:osh +LDG X5,\[X1\]  \(line 16\)  <--$", text, re.MULTILINE)
    assert "init(OSH cached tag(PA(x)))->f*" in text
    assert re.search(r"^    b  maintain to the Point of Coherency +DC CIVAC,X1", text, re.MULTILINE)
    text = isotier.call("explain", report[0], "aliases/stg-reverts-uncached-write@ddr:wb-tagged", "--no-search").stdout
    _, _, hardware = text.partition("  hardware, on its own\n")
    assert hardware.startswith("    a cache writes back PA(x) = 0") and "    a cache writes back tag(PA(x)) = :red" in hardware


def test_a_fault_says_where_it_was_to_go_and_a_tag_fault_is_marked_once(isotier: Isotier, report: tuple[Path, list[Cell]]) -> None:
    text = isotier.call("explain", report[0], "alignment/acquire-unaligned-in-granule@ddr:device-gre", "--no-search").stdout
    assert re.search(r"fault Alignment at x\+6 +ddr device-gre +STLR", text)
    text = isotier.call("explain", report[0], "coherence/snooped-tags-and-data@cxl-notag:wb-tagged", "--no-search").stdout
    marked = [line for line in text.splitlines() if line.endswith("<--")]
    assert sum("STR X2,[X0]" in line for line in marked) == 1
    assert any("check tag(x)" in line for line in marked)
