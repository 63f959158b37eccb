/* What an engine runs: a test placed on the tiers of a machine under given attributes.
 * Everything is bound: no capability the test can touch is UNKNOWN in `machine` (the runner makes one setup for each value of an unknown).
 * On plain litmus tests `machine` may be NULL: ordinary coherent memory, Normal Inner+Outer Write-Back Inner Shareable, tagged if memtag is on.
 * Source: design sections 2, 3 and 4. */
#ifndef ISOTIER_SIM_ISA_SETUP_H
#define ISOTIER_SIM_ISA_SETUP_H

#include "models/attribute.h"
#include "models/machine.h"
#include "models/route.h"
#include "models/straddle.h"
#include "sim/isa/litmus.h"

#define ISO_SETUP_MAX_PAGES   64u
#define ISO_SETUP_MAX_THREADS 16u

/* What befalls memory: from Inject= lines. */
struct iso_setup_error {
    uint8_t condition;     /* enum iso_condition; iso_decide() says what follows from it */
    uint64_t frames;       /* bit per page: accesses to these frames meet it */
    uint64_t first, bytes; /* of each frame: offsets that are concerned */
    uint16_t state; /* page whose first byte, shared ordinary memory, says whether it is in force: 0 no, else yes.
                              A write with effect.clears sets it to 0 */
};

struct iso_setup {
    const struct iso_test *test;
    struct iso_variant variant;              /* merged: command line and file */
    const struct iso_machine *machine;       /* NULL: ordinary memory */
    uint8_t frame_tier[ISO_SETUP_MAX_PAGES]; /* by page index: tier (index in machine) of the frame PA(page) */
    struct iso_attribute page_attribute
        [ISO_SETUP_MAX_PAGES]; /* by page index: final attribute of accesses through that virtual page; with vmsa on, a
                                                                descriptor that carries attributes of its own (attrs:) overrides it */
    struct iso_setup_error error[ISO_LITMUS_MAX_INJECTS];
    uint32_t nerrors;
    uint64_t blocking_pages; /* bit per page: a Translation fault there is a migration entry; the access waits until the
                                              descriptor is valid and starts again (its local monitor is cleared: exception return) */
    struct iso_routing
        routing; /* who takes a fault and what the program sees of it; zero: the defaults of models/route.h */
    uint32_t kernel_thread; /* threads from this index on are no program (a kernel's migration); 0: none */
    bool
        whole_locations; /* a read through a translation must be of a variable or an array's element from its first byte on; an execution
                             with another is left out, as the litmus tools do without their option for mixed sizes. False: all bytes are memory */
};

/* Row of the routing for a fault of `stage` that an instruction of a thread meets: the stage, or ISO_ROUTE_KERNEL where it is the kernel's own: a thread that is
 * no program, the host beside a guest, a guest's exit to it. */
unsigned iso_setup_route_row(const struct iso_setup *setup, unsigned thread, const struct iso_insn *insn,
                             unsigned stage);

/* Shareability of a descriptor (its SH field) whose memory type is the page's. */
void iso_setup_share(struct iso_attribute *attribute, unsigned sh);
/* Attributes that accesses through a page of virtual memory may have: its stage-1 descriptor's own type if it carries one (attrs:), else page_attribute; then, where stage2
 * is not NULL, combined with that stage-2 descriptor's MemAttr under the test's HCR_EL2.FWB. Several where an encoding is reserved, or the machine leaves open what stage 1's
 * Shareability counts for: *rule says which choice that is (CH-01 to CH-05), a static string. An implementation takes one of them. Returns their number; no two are alike. */
unsigned iso_setup_attributes(struct iso_attribute out[ISO_MEMATTR_SET_MAX], const char **rule,
                              const struct iso_setup *setup, int page, uint64_t stage1, const uint64_t *stage2);
/* The first of them. */
void iso_setup_attribute(struct iso_attribute *out, const struct iso_setup *setup, int page, uint64_t stage1,
                         const uint64_t *stage2);

/* Enhanced translation synchronisation that holds: 0, 2 or 3; what the test's variant says, else what the CPUs of the machine have (`ets`). */
unsigned iso_setup_ets(const struct iso_setup *setup);
/* Whether both engines have room for the test and take its instructions for what they are: 0; -1 with a diagnostic that says where they do not. */
int iso_setup_check(struct iso_diags *diags, const struct iso_setup *setup);
/* What hardware makes of descriptors where TCR_EL1 or VTCR_EL2 say `tthm` (enum iso_tthm): no more than the CPUs of the machine can, whose fields for the rest are RES0
 * (`hafdbs`). */
uint8_t iso_setup_tthm(const struct iso_setup *setup, uint8_t tthm);

/* Whether stage 2 may lift what stage 1 maps as Device to Write-Back: with HCR_EL2.FWB, whatever its descriptor says when it is looked up. Where a CPU takes such a page
 * for Write-Back, what the type of stage 1 forbids is not known before stage 2 is (CH-34b, pdev.alignment). stage2_page -1: the host keeps the page where it is. */
bool iso_setup_may_lift(const struct iso_setup *setup, int stage2_page);

/* The same of one of two pages that an access lies on, stage by stage. */
void iso_setup_straddle_page(struct iso_straddle_page *out, const struct iso_setup *setup, int page, uint64_t stage1,
                             const uint64_t *stage2);

/* Whether a TLB that holds both descriptors of a page is in conflict: the change from one to the other, whichever was first, needs break-before-make (models/translate.h).
 * Only valid ones with the Access flag are ever held. */
bool iso_setup_conflicts(const struct iso_setup *setup, int page, uint64_t a, uint64_t b, bool same_contents);
/* Whether the frames of two output addresses hold the same when the test begins. */
bool iso_setup_same_contents(const struct iso_setup *setup, uint64_t a, uint64_t b);

/* Whether whole_locations leaves out executions with a translated read at this physical address: a frame of variables, but none of them and no element
 * of one begins there. */
bool iso_setup_leaves_out(const struct iso_setup *setup, uint64_t pa);

/* Attribute of a walk's accesses to the memory that a stage-1 descriptor lies in: TCR_EL1's Normal Write-Back (or what the cell gives that memory), combined with
 * its stage-2 descriptor where there is one. Device there: false, if HCR_EL2.PTW makes it a Permission fault; else the walk is as Non-cacheable
 * (facts/arm-attributes.md 1.2, CH-11). table: the page that stands for the memory. */
bool iso_setup_table_attribute(struct iso_attribute *out, const struct iso_setup *setup, int table,
                               const uint64_t *stage2);

#endif
