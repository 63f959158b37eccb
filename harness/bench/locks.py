"""Lock programs of growing size: every thread takes the lock some rounds and adds one to a counter that the lock guards.

If the lock excludes, the counter ends at threads x rounds and that is the only final state. Besides, programs of readers and writers, and a barrier. Names as the kernel and the literature have them.
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


def fenced(take: Sequence[str]) -> Callable[[str], list[str]]:
    """As spin(), with barriers in place of Acquire and Release."""

    def one_round(label: str) -> list[str]:
        tries = [insn.replace("{L}", f"L{label}") for insn in take]
        return [f"L{label}: {tries[0]}", *tries[1:], f"CBNZ W3,L{label}", "DMB ISH", *ADD_ONE, "DMB ISH", "STR WZR,[X0]"]

    return one_round


def pair(take: Sequence[str], give: Sequence[str]) -> Callable[[str], list[str]]:
    """A lock word of 16 bytes, whose first half is left in X12 when it was free."""

    def one_round(label: str) -> list[str]:
        return [f"L{label}: {take[0]}", *take[1:], f"CBNZ X12,L{label}", *ADD_ONE, *give]

    return one_round


def ticket(draw: str, look: str) -> Callable[[str], list[str]]:
    """`draw` takes a ticket at X0; the owner is at X4, where `look` waits."""

    def one_round(label: str) -> list[str]:
        return [f"{draw} W2,W3,[X0]", f"L{label}: {look} W6,[X4]", "SUB W7,W6,W3", f"CBNZ W7,L{label}", *ADD_ONE, "ADD W6,W6,#1", "STLR W6,[X4]"]

    return one_round


def ticket_fenced(label: str) -> list[str]:
    """As ticket, with barriers in place of Acquire and Release."""
    return ["LDADD W2,W3,[X0]", f"L{label}: LDR W6,[X4]", "SUB W7,W6,W3", f"CBNZ W7,L{label}", "DMB ISH", *ADD_ONE, "ADD W6,W6,#1", "DMB ISH", "STR W6,[X4]"]


def ticket_event(label: str) -> list[str]:
    """As the kernel waits: a load exclusive arms the event that the owner's write is."""
    return ["LDADDA W2,W3,[X0]", "SEVL", f"L{label}: WFE", "LDAXR W6,[X4]", "SUB W7,W6,W3", f"CBNZ W7,L{label}", *ADD_ONE, "ADD W6,W6,#1", "STLR W6,[X4]"]


def mcs(swap: str, link: str, look: str, give_up: str, hand: str, fence: Sequence[str] = ()) -> Callable[[str], list[str]]:
    """The queue's tail is at X0, the thread's own node at X8: successor, then a word that holds 1 while it has to wait."""

    def one_round(label: str) -> list[str]:
        return [
            "STR XZR,[X8]",
            "STR X2,[X8,#8]",
            *fence,
            f"{swap} X8,X3,[X0]",
            f"CBZ X3,A{label}",
            f"{link} X8,[X3]",
            f"L{label}: {look} X6,[X9]",
            f"CBNZ X6,L{label}",
            f"A{label}: NOP",
            *fence,
            *ADD_ONE,
            *fence,
            f"{look} X6,[X8]",
            f"CBNZ X6,P{label}",
            "MOV X7,X8",
            f"{give_up} X7,XZR,[X0]",
            "SUB X7,X7,X8",
            f"CBZ X7,D{label}",
            f"N{label}: {look} X6,[X8]",
            f"CBZ X6,N{label}",
            f"P{label}: ADD X6,X6,#8",
            f"{hand} XZR,[X6]",
            f"D{label}: NOP",
        ]

    return one_round


def clh(swap: str, look: str, hand: str, fence: Sequence[str] = ()) -> Callable[[str], list[str]]:
    """The queue's tail is at X0, the thread's own node at X8, which holds 1 while it waits or holds the lock; afterwards it takes the node before it."""

    def one_round(label: str) -> list[str]:
        return [
            "STR X2,[X8]",
            *fence,
            f"{swap} X8,X3,[X0]",
            f"L{label}: {look} X6,[X3]",
            f"CBNZ X6,L{label}",
            *fence,
            *ADD_ONE,
            *fence,
            f"{hand} XZR,[X8]",
            "MOV X8,X3",
        ]

    return one_round


def array(label: str) -> list[str]:
    """Anderson's: a slot of four at X15 for each waiter, drawn at X0. The draw is a Release, for a slot has to be closed before its thread draws again."""
    slot = ("AND W3,W3,#3", "ADD X7,X15,X3,LSL #3")
    return ["LDADDAL W2,W3,[X0]", *slot, f"L{label}: LDAR X6,[X7]", f"CBZ X6,L{label}", "STR XZR,[X7]", *ADD_ONE, "ADD W3,W3,#1", *slot, "STLR X2,[X7]"]


def queued(label: str) -> list[str]:
    """The kernel's queued spin lock: a byte that is locked, one that is pending, and the tail of a queue, in one word at X0. A node's number is in X12, it is at X8,
    all nodes are at X15; the pending byte is at X13, the tail at X14."""
    return [
        "MOV W3,#0",
        "CASA W3,W2,[X0]",
        f"CBZ W3,H{label}",
        "MOV W11,#256",
        "LSR W6,W3,#8",
        f"CBNZ W6,Q{label}",
        "LDSETA W11,W3,[X0]",
        "LSR W6,W3,#8",
        f"CBZ W6,B{label}",
        "TST W3,#256",
        f"B.NE Q{label}",
        "STRB WZR,[X13]",
        f"B Q{label}",
        f"B{label}: CBZ W3,G{label}",
        f"L{label}: LDARB W6,[X0]",
        f"CBNZ W6,L{label}",
        f"G{label}: STRH W2,[X0]",
        f"B H{label}",
        f"Q{label}: STR XZR,[X8]",
        "STR XZR,[X8,#8]",
        "MOV W6,#0",
        "CASA W6,W2,[X0]",
        f"CBZ W6,H{label}",
        "DMB ISHST",
        "SWPH W12,W6,[X14]",
        "MOV X7,#0",
        f"CBZ W6,R{label}",
        "SUB X6,X6,#1",
        "ADD X6,X15,X6,LSL #4",
        "STR X8,[X6]",
        f"W{label}: LDAR X6,[X9]",
        f"CBZ X6,W{label}",
        "LDR X7,[X8]",
        f"R{label}: LDAR W6,[X0]",
        "TST W6,#0xffff",
        f"B.NE R{label}",
        "LSR W3,W6,#16",
        "CMP W3,W12",
        f"B.NE S{label}",
        "MOV W3,W6",
        "CAS W3,W2,[X0]",
        "CMP W3,W6",
        f"B.EQ H{label}",
        f"S{label}: STRB W2,[X0]",
        f"CBNZ X7,P{label}",
        f"N{label}: LDR X7,[X8]",
        f"CBZ X7,N{label}",
        f"P{label}: ADD X7,X7,#8",
        "STLR X2,[X7]",
        f"H{label}: NOP",
        *ADD_ONE,
        "STLRB WZR,[X0]",
    ]


def peterson(label: str) -> list[str]:
    """Of two threads: its own flag is at X8, the other's at X9, whose turn it is at X4; X13 is the other's number."""
    return [
        "STR W2,[X8]",
        "DMB ISHST",
        "STR W13,[X4]",
        "DMB ISH",
        f"L{label}: LDR W6,[X9]",
        f"CBZ W6,A{label}",
        "LDR W6,[X4]",
        "CMP W6,W13",
        f"B.EQ L{label}",
        f"A{label}: NOP",
        "DMB ISH",
        *ADD_ONE,
        "STLR WZR,[X8]",
    ]


def dekker(label: str) -> list[str]:
    """Of two threads, by Acquires and Releases alone, names as in peterson(); X12 is its own number."""
    return [
        "STLR W2,[X8]",
        f"L{label}: LDAR W6,[X9]",
        f"CBZ W6,A{label}",
        "LDAR W6,[X4]",
        "CMP W6,W12",
        f"B.EQ L{label}",
        "STLR WZR,[X8]",
        f"M{label}: LDAR W6,[X4]",
        "CMP W6,W12",
        f"B.NE M{label}",
        "STLR W2,[X8]",
        f"B L{label}",
        f"A{label}: NOP",
        *ADD_ONE,
        "STLR W13,[X4]",
        "STLR WZR,[X8]",
    ]


def ttas(label: str, look: str = "LDR") -> list[str]:
    """Looks before it tries."""
    return [f"L{label}: {look} W3,[X0]", f"CBNZ W3,L{label}", "SWPA W2,W3,[X0]", f"CBNZ W3,L{label}", *ADD_ONE, "STLR WZR,[X0]"]


def event(label: str) -> list[str]:
    """As the kernel's spin lock once waited: sleeps between its tries."""
    return ["SEVL", f"L{label}: WFE", f"M{label}: LDAXR W3,[X0]", f"CBNZ W3,L{label}", "STXR W3,W2,[X0]", f"CBNZ W3,M{label}", *ADD_ONE, "STLR WZR,[X0]"]


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


def pending(label: str) -> list[str]:
    """Bit 0 of the word at X0 is the owner's; who finds it taken sets bit 8 and waits for it alone, any third goes on trying (qspinlock without its queue)."""
    return [
        "MOV W10,#257",
        "MOV W11,#-255",
        f"T{label}: MOV W3,#0",
        "CASA W3,W2,[X0]",
        f"CBZ W3,H{label}",
        "SUB W6,W3,#1",
        f"CBNZ W6,T{label}",
        "MOV W3,#1",
        "CASA W3,W10,[X0]",
        "SUB W6,W3,#1",
        f"CBNZ W6,T{label}",
        f"L{label}: LDAR W6,[X0]",
        f"TBNZ W6,#0,L{label}",
        "LDADD W11,W7,[X0]",
        f"H{label}: NOP",
        *ADD_ONE,
        "LDCLRL W2,W7,[X0]",
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
    "swp-dmb": fenced(("SWP W2,W3,[X0]",)),
    "ldxr-dmb": fenced(("LDXR W3,[X0]", "CBNZ W3,{L}", "STXR W3,W2,[X0]")),
    "casp": pair(("MOV X12,#0", "MOV X13,#0", "MOV X14,X2", "MOV X15,#0", "CASPA X12,X13,X14,X15,[X0]"), ("STLR XZR,[X0]",)),
    "swpp": pair(("MOV X12,X2", "MOV X13,X2", "SWPPA X12,X13,[X0]"), ("MOV X12,#0", "MOV X13,#0", "SWPPL X12,X13,[X0]")),
    "ttas": ttas,
    "ttas-ldapr": lambda label: ttas(label, "LDAPR"),
    "wfe": event,
    "ticket": ticket("LDADDA", "LDAR"),
    "ticket-rlx": ticket("LDADD", "LDAR"),
    "ticket-ldapr": ticket("LDADDA", "LDAPR"),
    "ticket-rlx-ldapr": ticket("LDADD", "LDAPR"),
    "ticket-dmb": ticket_fenced,
    "ticket-wfe": ticket_event,
    "ticket-ldaxr": ticket_exclusive,
    "semaphore": semaphore,
    "writer": writer,
    "pending": pending,
    "peterson": peterson,
    "dekker": dekker,
    "array": array,
    "clh": clh("SWPAL", "LDAR", "STLR"),
    "clh-ldapr": clh("SWPAL", "LDAPR", "STLR"),
    "clh-dmb": clh("SWP", "LDR", "STR", ("DMB ISH",)),
    "mcs": mcs("SWPAL", "STLR", "LDAR", "CASL", "STLR"),
    "mcs-ldapr": mcs("SWPAL", "STLR", "LDAPR", "CASL", "STLR"),
    "mcs-dmb": mcs("SWP", "STR", "LDR", "CAS", "STR", ("DMB ISH",)),
    "queued": queued,
}
TO_FOUR = {2: 3, 3: 3, 4: 3}  # most rounds by threads
MOST = {"peterson": {2: 3}, "dekker": {2: 3}, "ticket-rlx-ldapr": {2: 3, 3: 3, 4: 2}}  # of the others TO_FOUR
MCS_NODE = "uint64_t q{t}[2]={{0,0}}; {t}:X8=q{t}; {t}:X9=q{t}+8;"
CLH_NODE = "uint64_t q{t}=0; {t}:X8=q{t};"
FLAGS = "{t}:X8=f{t}; {t}:X9=f{u}; {t}:X12={t}; {t}:X13={u};"
NODES = {
    **dict.fromkeys(("mcs", "mcs-ldapr", "mcs-dmb"), MCS_NODE),
    **dict.fromkeys(("clh", "clh-ldapr", "clh-dmb"), CLH_NODE),
    **dict.fromkeys(("peterson", "dekker"), FLAGS),
    "array": "{t}:X15=a;",
    "queued": "{t}:X8=q+{a}; {t}:X9=q+{b}; {t}:X12={n}; {t}:X13=l+1; {t}:X14=l+2; {t}:X15=q;",
}
QUEUE = "uint64_t q=0; uint64_t l=q;"
WORDS = {
    **dict.fromkeys(("clh", "clh-ldapr", "clh-dmb"), QUEUE),
    **dict.fromkeys(("casp", "swpp"), "uint64_t l[2]={0,0};"),
    **dict.fromkeys(("peterson", "dekker"), "uint32_t f0=0; uint32_t f1=0; uint32_t o=0;"),
    "semaphore": "uint64_t l=0; uint32_t o=1;",
    "pending": "uint32_t l=0;",
    "array": "uint64_t l=0; uint64_t a[4]={1,0,0,0};",
    "queued": "uint32_t l=0; uint64_t q[8]={0,0,0,0,0,0,0,0};",
}


READ_BOTH = ("LDR W5,[X1]", "LDR W12,[X17]")
WRITE_BOTH = ("LDR W5,[X1]", "ADD W5,W5,#1", "STR W5,[X1]", "STR W5,[X17]")
DIFFER = ("EOR W5,W5,W12", "ORR W10,W10,W5")


def sequence(thread: int, threads: int, rounds: int) -> list[str]:
    """A sequence lock at X0: the first thread writes two words, the others read both until nobody wrote meanwhile."""
    code = []
    for label in (f"{thread}{r}" for r in range(rounds)):
        if thread == 0:
            code += ["LDR W6,[X0]", "ADD W6,W6,#1", "STR W6,[X0]", "DMB ISHST", *WRITE_BOTH, "ADD W6,W6,#1", "STLR W6,[X0]"]
        else:
            code += [f"L{label}: LDAR W6,[X0]", f"TBNZ W6,#0,L{label}", *READ_BOTH, "DMB ISHLD", "LDR W7,[X0]", "CMP W7,W6", f"B.NE L{label}", *DIFFER]
    return code


def readers(thread: int, threads: int, rounds: int) -> list[str]:
    """A lock of readers and one writer at X0: the first thread writes two words, the others read both."""
    code = ["MOV W11,#-2147483648", "MOV W7,#-1"]
    for label in (f"{thread}{r}" for r in range(rounds)):
        if thread == 0:
            code += [f"L{label}: MOV W3,#0", "CASA W3,W11,[X0]", f"CBNZ W3,L{label}", *WRITE_BOTH, "STLR WZR,[X0]"]
        else:
            code += [f"L{label}: LDAXR W6,[X0]", "ADD W6,W6,#1", f"TBNZ W6,#31,L{label}", "STXR W9,W6,[X0]", f"CBNZ W9,L{label}", *READ_BOTH, "LDADDL W7,W6,[X0]", *DIFFER]
    return code


def barrier(thread: int, threads: int, rounds: int) -> list[str]:
    """A barrier that counts at X0 and turns its sense at X4: behind it everybody sees what everybody wrote in front of it."""
    code = []
    for r in range(rounds):
        label = f"{thread}{r}"
        code += [f"MOV W5,#{r + 1}", f"STR W5,[X{20 + thread}]", "EOR W11,W11,#1", "LDADDAL W2,W3,[X0]", f"CMP W3,#{threads - 1}", f"B.EQ A{label}"]
        code += [f"L{label}: LDAR W6,[X4]", "CMP W6,W11", f"B.NE L{label}", f"B D{label}", f"A{label}: STR WZR,[X0]", "STLR W11,[X4]", f"D{label}: NOP"]
        for other in range(threads):
            if other != thread:
                code += [f"LDR W5,[X{20 + other}]", f"CMP W5,#{r + 1}", "CSET W5,LO", "ORR W10,W10,W5"]
    return code


OTHERS: dict[str, Callable[[int, int, int], list[str]]] = {"sequence": sequence, "readers": readers, "barrier": barrier}
KINDS = (*LOCKS, *OTHERS)


def lock_test(kind: str, threads: int, rounds: int) -> str:
    """Litmus text of one member of a family. Of LOCKS the counter shows whether it is right, of OTHERS X10, which is 0 then."""
    if kind in LOCKS:
        columns = [["MOV X2,#1", *(insn for r in range(rounds) for insn in LOCKS[kind](f"{t}{r}"))] for t in range(threads)]
        observed, wanted = "c;", f"[c]={threads * rounds}"
    else:
        columns = [["MOV X2,#1", *OTHERS[kind](t, threads, rounds)] for t in range(threads)]
        observed, wanted = " ".join(f"{t}:X10;" for t in range(threads)), " /\\ ".join(f"{t}:X10=0" for t in range(threads))
    height = max(map(len, columns))
    width = max(len(insn) for column in columns for insn in column)
    start = [WORDS.get(kind, "uint64_t l=0; uint32_t o=0;") + " uint32_t c=0;" + ("" if kind in LOCKS else " uint32_t d=0;" + "".join(f" uint32_t f{t}=0;" for t in range(threads)))]
    for t in range(threads):
        node = NODES.get(kind, "").format(t=t, u=1 - t, n=t + 1, a=16 * t, b=16 * t + 8)
        shared = "" if kind in LOCKS else f"{t}:X17=d; " + " ".join(f"{t}:X{20 + k}=f{k};" for k in range(threads))
        start.append(f"{t}:X0=l; {t}:X1=c; {t}:X4=o; {node}{shared}")
    rows = [" | ".join(f"{column[i] if i < len(column) else '':{width}}" for column in columns) for i in range(height)]
    heads = " | ".join(f"{f'P{t}':{width}}" for t in range(threads))
    body = "\n".join(f" {row} ;" for row in (heads, *rows))
    return f'AArch64 lock-{kind}-{threads}x{rounds}\n"{threads} threads take the lock {rounds} times each"\n{{\n' + "\n".join(start) + f"\n}}\n{body}\nlocations [{observed}]\nforall ({wanted})\n"


def final_state(kind: str, threads: int, rounds: int) -> str:
    """The one final state of a lock that is right, as `isotier outcomes` prints it."""
    return f"[c]={threads * rounds};" if kind in LOCKS else " ".join(f"{t}:X10=0;" for t in range(threads))


def members(kind: str) -> list[tuple[int, int]]:
    """(threads, rounds) of a family, small ones first."""
    return [(threads, rounds) for threads, most in MOST.get(kind, TO_FOUR).items() for rounds in range(1, most + 1)]
