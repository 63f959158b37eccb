/* The kernel is just another thread: a page migration as instructions beside, or inside, a scenario (design section 2).
 * For: cells with a migration, `show --composed`. Not for: which sequence a kernel runs (models/migration.h), when it migrates.
 *
 * At any point: a thread of its own runs the sequence once, beside the others. Right before a label ("Migrate=l:P0:L1"): the same
 * instructions stand in P0's code before L1, as if P0 called move_pages(2): an ISB for the exception entry, CLREX and ISB for the exception
 * return (facts/arm-attributes.md 2.3, 8); a branch to L1 does not run them again. Both are plain litmus text that needs no waiting.
 *
 * Errors strike likewise: a byte of a page x_poison (x_isolation, ...) says whether the error is in force; it is 1 before the program,
 * or a thread of its own stores 1 there at any point, or that store, between two DSBs, stands right before a label.
 *
 * Frames: page x keeps its frame PA(x) on the reference tier; x_src is the kernel's alias of that frame, x_dst a new page whose own frame
 * is the destination. Both aliases have the attribute of x, so that no mismatched attributes come in by the back door; but the alias of
 * ZONE_DEVICE memory is untagged (struct iso_migration.alias), and loses what tag stores write. Before the copy the destination holds the
 * tags of its last user. Only the bytes and granules that the scenario names are copied. The kernel's data accesses are Tag Unchecked
 * (PSTATE.TCO).
 * Code: the kernel copies the words of the thread's instructions two by two, and makes them instructions before it maps them; text is untagged.
 * Of a guest (Guest=) it is the stage-2 entry that the sequence works on: the MMU notifier has KVM unmap and flush it, and the guest's next
 * fault maps it (B.1 step 3, B.3 M-guest). Right before a label of a guest's thread: an exit to its host, whose code Host= marks.
 * Mprotect=x:P0:L2: x starts mapped untagged, and P0 calls mprotect(PROT_MTE) before L2; where x migrates too, it does so in P0.
 * CLEAR_PTE and WRITE_MIGRATION are one store: between them nothing can tell one invalid descriptor from another.
 * Source: facts/kernel-policies.md B.1. */
#ifndef ISOTIER_SIM_COMPOSE_H
#define ISOTIER_SIM_COMPOSE_H

#include "models/migration.h"
#include "sim/isa/litmus.h"
#include "sim/isa/setup.h"

struct iso_composition {
    struct iso_test *test; /* owned: iso_composition_free(); shares memory with the scenario, which has to outlive it */
    uint32_t npages;       /* pages of the scenario itself; the aliases follow */
    uint64_t blocking_pages;                      /* as in struct iso_setup */
    uint8_t role[ISO_SETUP_MAX_PAGES];            /* enum iso_page_role */
    uint16_t origin[ISO_SETUP_MAX_PAGES];         /* of added pages: the page they belong to */
    uint16_t error_state[ISO_LITMUS_MAX_INJECTS]; /* by Inject= word: the page that holds whether it is in force */
    bool migrates;
    bool moves_tagged; /* a page that migrates is mapped tagged when it does (PG_mte_tagged) */
};
enum iso_page_role {
    ISO_PAGE_ORDINARY,
    ISO_PAGE_MIGRATES,
    ISO_PAGE_ALIAS_SOURCE, /* the kernel's alias of the first frame */
    ISO_PAGE_DESTINATION,  /* the destination frame, on the tier under test, and the kernel's alias of it */
    ISO_PAGE_RETURNED,     /* the same, on the reference tier: a driver brought the page back (device-private) */
    ISO_PAGE_ALIAS_OTHER,  /* the kernel's alias of a page that does not move */
    ISO_PAGE_KERNEL,       /* the kernel's own: side stores, swap, flags; ordinary memory */
    ISO_PAGE_ERROR_STATE
};

/* What a kernel goes by that is no step of a sequence. */
struct iso_compose_options {
    bool tagged;         /* pages are mapped tagged, so tags are copied */
    unsigned line_bytes; /* that DC CVAU and IC IVAU work on (CTR_EL0); 0: the least there may be, 4 */
};

/* The scenario with what its Inject= line says, and with the sequence for each page of `plan`. 0; -1 with a diagnostic
 * (too many pages, no free register in the thread that holds the label, a thread at EL0, a page of more than 256 used elements, code of a guest or of
 * the thread that holds the label, code whose words the test does not have). */
int iso_compose(struct iso_composition *out, struct iso_diags *diags, const struct iso_test *test,
                const struct iso_migrate *plan, size_t nplans, const struct iso_migration *sequence,
                const struct iso_compose_options *options);
/* Can a page move at all: has it data, and in a test with a guest, does only the guest use it? */
bool iso_compose_can_move(const struct iso_test *test, uint16_t page);
void iso_composition_free(struct iso_composition *composition);

#endif
