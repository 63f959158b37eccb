"""Do the documents say what is so: paths, goals and verbs that exist, READMEs short enough to be read?"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.isotier import ROOT, Isotier
from harness.tree import files, with_suffix

DOCUMENTS = with_suffix(".md")
TOP_FOLDERS = ("models", "sim", "conformance", "harness", "scenarios", "reports")
README_LINES = 40
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^[\w.*-]+(?:/[\w.*-]+)*/?$")
# What a build or a run makes, and what lives beside the tree.
MADE = ("build", "report.json", "report.html")


def tree_names() -> set[str]:
    """Every file and every folder of the tree, as text relative to its root."""
    names = {path.as_posix() for path in files()}
    return names | {parent.as_posix() for path in files() for parent in path.parents}


def named_paths(document: Path) -> Iterator[tuple[str, bool]]:
    """(path, is a link) for each link and each piece of code that looks like a path of this tree."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if "://" not in target:
            yield target, True
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    tops = {path.parts[0] for path in files() if len(path.parts) > 1}
    for code in CODE.findall(prose):
        for word in code.split():
            word = word.rstrip(".,;:")
            if PATH.match(word) and "/" in word and word.split("/")[0] in tops:
                yield word, False


def exists(name: str, document: Path, is_link: bool, names: set[str]) -> bool:
    """Whether a path that a document names is there, from the root or (links) from the document's folder."""
    clean = name.rstrip("/")
    if clean.split("/")[0].startswith(MADE) or clean.startswith("../shared"):
        return True
    bases = [document.parent] if is_link else [Path("."), document.parent]
    candidates = {Path(*[part for part in (base / clean).parts]).as_posix() for base in bases}
    if "*" in clean:
        return any(next(ROOT.glob(candidate), None) is not None for candidate in candidates)
    resolved = {(ROOT / candidate).resolve() for candidate in candidates}
    return any(path.is_relative_to(ROOT) and (path == ROOT or path.relative_to(ROOT).as_posix() in names) for path in resolved)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_path_a_document_names_exists(document: Path) -> None:
    """Links and pieces of code that look like paths lead somewhere."""
    names = tree_names()
    wrong = [name for name, is_link in named_paths(document) if not exists(name, document, is_link, names)]
    assert not wrong


def test_a_path_that_does_not_exist_would_be_seen() -> None:
    """The check above knows the difference."""
    names = tree_names()
    assert exists("harness/setup.sh", Path("README.md"), False, names)
    assert exists("../harness/setup.sh", Path("harness/README.md"), True, names)
    assert not exists("harness/nowhere.sh", Path("README.md"), False, names)
    assert not exists("models/*.nothing", Path("README.md"), False, names)


@pytest.mark.parametrize("folder", TOP_FOLDERS)
def test_every_top_folder_has_a_readme(folder: str) -> None:
    """Every top folder says what it is."""
    assert (ROOT / folder / "README.md").read_text(encoding="utf-8").count("\n") >= 3


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name == "README.md" and path.parent != Path(".")], ids=str)
def test_folder_readme_is_short(document: Path) -> None:
    """The README of a folder has at most 40 lines."""
    assert (ROOT / document).read_text(encoding="utf-8").count("\n") <= README_LINES


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_make_goal_a_document_names_exists(document: Path) -> None:
    """`make X` in a document is a goal of the Makefile."""
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ |^)make ([a-z-]+)", (ROOT / document).read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert named <= goals, sorted(named - goals)


def test_every_verb_a_document_names_exists(isotier: Isotier) -> None:
    """`isotier VERB` in a document is a verb that the tool's own help lists, or a program isotier-VERB beside it."""
    text = isotier.call("--help").stdout
    verbs = set(re.findall(r"^\s+([a-z][a-z-]+)\b", text, flags=re.MULTILINE))
    assert "run" in verbs, text
    verbs |= {path.name.removeprefix("isotier-") for path in isotier.binary.parent.glob("isotier-*")}
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:`|\$ )(?:build/bin/)?isotier ([a-z]+)", (ROOT / document).read_text(encoding="utf-8")))
        assert named <= verbs, f"{document}: {sorted(named - verbs)}"


def test_the_package_list_is_the_one_list() -> None:
    """No other file keeps a list of packages of its own."""
    packages = [line.split()[0] for line in (ROOT / "harness/packages.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert len(packages) == len(set(packages)) > 10
    for path in (*DOCUMENTS, Path("Makefile"), Path(".ci/run")):
        found = [package for package in packages if "-" in package and re.search(rf"(?<![\w-]){re.escape(package)}(?![\w-])", (ROOT / path).read_text(encoding="utf-8"))]
        assert len(found) < 4, f"{path} lists packages: {found}"


@pytest.mark.parametrize("picture", with_suffix(".dot"), ids=str)
def test_pictures_are_drawn_from_their_sources(picture: Path) -> None:
    """Each committed SVG says what its .dot says; `make docs` draws it. Only words are compared: fonts differ between machines."""
    drawn = subprocess.run(["dot", "-Tsvg", str(ROOT / picture)], capture_output=True, encoding="utf-8", check=True).stdout
    words = [re.findall(r"<text[^>]*>([^<]*)</text>", text) for text in (drawn, (ROOT / picture).with_suffix(".svg").read_text(encoding="utf-8"))]
    assert words[0] and words[0] == words[1]
