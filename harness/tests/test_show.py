"""Does show print what other tools can run, and say with its place what it cannot?"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.isotier import Exit, Isotier

MIGRATION = Path("scenarios/migration")


def test_options_that_mean_a_composition_compose(isotier: Isotier) -> None:
    composed = isotier.call("show", "--composed", MIGRATION / "counter-ldadd-migrate.litmus").stdout
    assert "TLBI VAAE1IS" in composed and "Migrate=" not in composed
    assert isotier.call("show", "--migrate", "x", MIGRATION / "counter-ldadd-migrate.litmus").stdout == composed
    assert "TLBI VAAE1IS" not in isotier.call("show", "--sequence", "no-tlbi", MIGRATION / "counter-ldadd-migrate.litmus").stdout


@pytest.mark.parametrize(("plan", "place"), [("x:P0:L9", "11:2: "), ("x:P7:L0", "1:1: "), ("nowhere", "1:1: ")])
def test_an_unknown_place_is_told_with_file_line_and_column(isotier: Isotier, plan: str, place: str) -> None:
    path = MIGRATION / "counter-ldadd-migrate.litmus"
    done = isotier.call("show", "--migrate", plan, path)
    assert done.status == Exit.BAD_INPUT
    assert done.stderr.startswith(f"{path}:{place}--migrate {plan}: ")


def test_code_moves_where_the_scenario_or_the_option_says_so(isotier: Isotier, tmp_path: Path) -> None:
    path = MIGRATION / "code-page-migrate.litmus"
    composed = isotier.call("show", "--composed", path).stdout
    assert composed.index("STR X5,[X3,#8]") < composed.index("DC CVAU") < composed.index("IC IVAU")
    assert isotier.call("show", "--migrate", "P0:f", path).stdout == composed
    (row,) = isotier.outcomes(_written(tmp_path, composed))
    assert row.error is None and any("I-MMU:Translation" in state for state in row.states), "a fetch does not wait there, it faults"
    assert not any("Undefined" in state for state in row.states)
    unread = tmp_path / "unread.litmus"
    unread.write_text(path.read_text().replace("Migrate=P0:f", "Place=P0:f@tier"))
    done = isotier.call("show", "--migrate", "P0:f", unread)
    assert done.status == Exit.BAD_INPUT and "expected Migrate= in the scenario" in done.stderr


def _written(folder: Path, text: str) -> Path:
    path = folder / "t.litmus"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["counter-ldadd-migrate", "store-then-migrate", "coherence-migrate", "pointer-chase-migrate"])
def test_plain_compositions_run_as_they_are(isotier: Isotier, tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.litmus"
    path.write_text(isotier.call("show", "--plain", MIGRATION / f"{name}.litmus").stdout)
    assert not any(word in path.read_text() for word in ("Subject=", "Rules=", "Migrate=", "Layout=", "CLREX"))
    (row,) = isotier.outcomes(path)
    assert row.error is None
    assert row.states and all("_dst]=" in state for state in row.states), "the new frame is shown"


def test_a_guests_page_moves_at_stage_2(isotier: Isotier) -> None:
    at_any_point = isotier.call("show", "--composed", MIGRATION / "guest-message-migrate.litmus").stdout
    assert "[S2PTE(x)]=S2(oa:PA(x))" in at_any_point and "PTE(x)]=(oa:PA(x_dst)" not in at_any_point
    assert at_any_point.index("TLBI IPAS2E1IS") < at_any_point.index("TLBI VMALLE1IS") < at_any_point.index("DC CIVAC")
    at_label = isotier.call("show", "--composed", MIGRATION / "guest-exclusive-migrate-at-stxr.litmus").stdout
    assert "Host=P0:HOST:L1" in at_label and " P1" not in at_label


@pytest.mark.parametrize("line", ["Host=P0:L0:L1", "Host=P1:A:B", "Host=P0:B:A", "Host=P0:A", "Host=x"])
def test_a_host_section_is_between_two_labels_of_a_guest(isotier: Isotier, tmp_path: Path, line: str) -> None:
    path = tmp_path / "t.litmus"
    path.write_text(f"AArch64 t\nGuest=P0\n{line}\n{{ 0:X1=x; 1:X1=y; }}\n P0 | P1 ;\n A: LDR W0,[X1] | A: LDR W0,[X1] ;\n B: ISB | B: ;\nexists (0:X0=0)\n")
    done = isotier.call("lint", path)
    assert done.status == Exit.BAD_INPUT
    assert done.stderr.startswith(f"{path}:3:6: '{line[5:]}' in Host=, expected Pn:FROM:TO")


@pytest.mark.parametrize(("name", "reason"), [("tagged-heap-migrate", "tags"), ("guest-message-migrate", "two stages"), ("seqlock-migrate", "share a page"), ("rwlock-migrate", "CLREX"), ("dc-zva-migrate", "DC ZVA"), ("code-page-migrate", "translate no fetches")])
def test_what_other_tools_cannot_run_is_refused(isotier: Isotier, name: str, reason: str) -> None:
    done = isotier.call("show", "--plain", MIGRATION / f"{name}.litmus")
    assert done.status == Exit.BAD_INPUT and not done.stdout
    assert reason in done.stderr
