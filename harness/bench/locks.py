"""Lock programs of growing size: every thread takes the lock some rounds and adds one to a counter that the lock guards.

If the lock excludes, the counter ends at threads x rounds and that is the only final state. Names as the kernel and the literature have them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

ADD_ONE = ("LDR W5,[X1]", "ADD W5,W5,#1", "STR W5,[X1]")


def spin(take: Sequence[str]) -> Callable[[str], list[str]]:
    """A lock word that holds 1 while taken; `take` tries once and leaves 0 in W3 if it was free, {L} names the loop."""

    def one_round(label: str) -> list[str]:
        tries = [insn.replace("{L}", f"L{label}") for insn in take]
        return [f"L{label}: {tries[0]}", *tries[1:], f"CBNZ W3,L{label}", *ADD_ONE, "STLR WZR,[X0]"]

    return one_round


def ticket(label: str) -> list[str]:
    """LDADDA draws a ticket at X0; the owner is at X4."""
    return ["LDADDA W2,W3,[X0]", f"L{label}: LDAR W6,[X4]", "SUB W7,W6,W3", f"CBNZ W7,L{label}", *ADD_ONE, "ADD W6,W6,#1", "STLR W6,[X4]"]


def mcs(label: str) -> list[str]:
    """The queue's tail is at X0, the thread's own node at X8: successor, then a word that holds 1 while it has to wait."""
    return [
        "STR XZR,[X8]",
        "STR X2,[X8,#8]",
        "SWPAL X8,X3,[X0]",
        f"CBZ X3,A{label}",
        "STLR X8,[X3]",
        f"L{label}: LDAR X6,[X9]",
        f"CBNZ X6,L{label}",
        f"A{label}: {ADD_ONE[0]}",
        *ADD_ONE[1:],
        "LDAR X6,[X8]",
        f"CBNZ X6,P{label}",
        "MOV X7,X8",
        "CASL X7,XZR,[X0]",
        "SUB X7,X7,X8",
        f"CBZ X7,D{label}",
        f"N{label}: LDAR X6,[X8]",
        f"CBZ X6,N{label}",
        f"P{label}: ADD X6,X6,#8",
        "STLR XZR,[X6]",
        f"D{label}: NOP",
    ]


def clh(label: str) -> list[str]:
    """The queue's tail is at X0, the thread's own node at X8, which holds 1 while it waits or holds the lock; afterwards it takes the node before it."""
    return [
        "STR X2,[X8]",
        "SWPAL X8,X3,[X0]",
        f"L{label}: LDAR X6,[X3]",
        f"CBNZ X6,L{label}",
        *ADD_ONE,
        "STLR XZR,[X8]",
        "MOV X8,X3",
    ]


def ttas(label: str) -> list[str]:
    """Looks before it tries."""
    return [f"L{label}: LDR W3,[X0]", f"CBNZ W3,L{label}", "SWPA W2,W3,[X0]", f"CBNZ W3,L{label}", *ADD_ONE, "STLR WZR,[X0]"]


def ticket_exclusive(label: str) -> list[str]:
    """As ticket, with the ticket drawn by exclusives."""
    return [
        f"T{label}: LDAXR W3,[X0]",
        "ADD W6,W3,#1",
        "STXR W7,W6,[X0]",
        f"CBNZ W7,T{label}",
        f"L{label}: LDAR W6,[X4]",
        "SUB W7,W6,W3",
        f"CBNZ W7,L{label}",
        *ADD_ONE,
        "ADD W6,W6,#1",
        "STLR W6,[X4]",
    ]


def semaphore(label: str) -> list[str]:
    """A count of one at X4 is taken by CAS, and given back by an add."""
    return [
        f"L{label}: LDR W6,[X4]",
        f"CBZ W6,L{label}",
        "SUB W7,W6,#1",
        "MOV W3,W6",
        "CASA W3,W7,[X4]",
        "SUB W3,W3,W6",
        f"CBNZ W3,L{label}",
        *ADD_ONE,
        "LDADDL W2,W7,[X4]",
    ]


def writer(label: str) -> list[str]:
    """A lock of readers and writers, taken to write: bit 31 of the word at X0 is the writer's, the others count readers."""
    return [
        "MOV W10,#-2147483648",
        f"L{label}: MOV W3,#0",
        "CASA W3,W10,[X0]",
        f"CBNZ W3,L{label}",
        *ADD_ONE,
        "STLR WZR,[X0]",
    ]


LOCKS: dict[str, Callable[[str], list[str]]] = {
    "swpa": spin(("SWPA W2,W3,[X0]",)),
    "casa": spin(("MOV W3,#0", "CASA W3,W2,[X0]")),
    "ldaxr": spin(("LDAXR W3,[X0]", "CBNZ W3,{L}", "STXR W3,W2,[X0]")),
    "ttas": ttas,
    "ticket": ticket,
    "ticket-ldaxr": ticket_exclusive,
    "semaphore": semaphore,
    "writer": writer,
    "clh": clh,
    "mcs": mcs,
}
LARGEST = {"mcs": (4, 2), "semaphore": (4, 2)}  # threads, rounds; the others go to 4 x 3
NODES = {"mcs": "uint64_t q{t}[2]={{0,0}}; {t}:X8=q{t}; {t}:X9=q{t}+8;", "clh": "uint64_t q{t}=0; {t}:X8=q{t};"}
WORDS = {"clh": "uint64_t q=0; uint64_t l=q;", "semaphore": "uint64_t l=0; uint32_t o=1;"}


def lock_test(kind: str, threads: int, rounds: int) -> str:
    """Litmus text of one member of a family."""
    columns = [["MOV X2,#1", *(insn for r in range(rounds) for insn in LOCKS[kind](f"{t}{r}"))] for t in range(threads)]
    height = max(map(len, columns))
    width = max(len(insn) for column in columns for insn in column)
    start = [WORDS.get(kind, "uint64_t l=0; uint32_t o=0;") + " uint32_t c=0;"]
    for t in range(threads):
        node = NODES.get(kind, "").format(t=t)
        start.append(f"{t}:X0=l; {t}:X1=c; {t}:X4=o; {node}")
    rows = [" | ".join(f"{column[i] if i < len(column) else '':{width}}" for column in columns) for i in range(height)]
    heads = " | ".join(f"{f'P{t}':{width}}" for t in range(threads))
    body = "\n".join(f" {row} ;" for row in (heads, *rows))
    return f'AArch64 lock-{kind}-{threads}x{rounds}\n"{threads} threads take the lock {rounds} times each"\n{{\n' + "\n".join(start) + f"\n}}\n{body}\nlocations [c;]\nforall ([c]={threads * rounds})\n"


def members(kind: str) -> list[tuple[int, int]]:
    """(threads, rounds) of a family, small ones first."""
    threads, rounds = LARGEST.get(kind, (4, 3))
    return [(t, r) for t in range(2, threads + 1) for r in range(1, rounds + 1)]
