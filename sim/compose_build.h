/* What compose.c, compose_pages.c, compose_error.c and compose_guest.c share: the composed test while it grows. Not for: anybody else. */
#ifndef ISOTIER_SIM_COMPOSE_BUILD_H
#define ISOTIER_SIM_COMPOSE_BUILD_H

#include "sim/compose.h"
#include "sim/compose_code.h"

enum { BASE_ROLES = 7 };

struct build {
    struct iso_diags *diags;
    const struct iso_test *from;
    struct iso_test *to;
    struct iso_page *page;
    struct iso_location *location;
    struct iso_thread *thread;
    struct iso_label *label;
    struct iso_fault_pattern *fault;
    struct iso_composition *out;
    uint64_t moving;     /* pages that migrate */
    unsigned line_bytes; /* struct iso_compose_options */
};

enum { ISO_BUILD_CODE_LOCATIONS = 2 }; /* of a page of code at most */

/* compose_pages.c. A name no location has yet: "x_src", "x_src2", ...; of P0:f, "P0_f_src". */
const char *iso_build_fresh_name(const struct build *b, const char *stem, const char *suffix);
/* A page with the same locations as `like`, or with its code; its descriptor maps the frame at `pa`, or its own where pa is 0. */
uint16_t iso_build_page(struct build *b, uint16_t like, const char *suffix, uint64_t pa, enum iso_page_role role);
/* A page with one array of zeros, the kernel's own. */
uint16_t iso_build_kernel_page(struct build *b, uint16_t like, const char *suffix, uint32_t words);
/* The thread whose code a page of the scenario holds; NULL: it is no page of code. */
const struct iso_thread *iso_build_code_on(const struct build *b, uint16_t page);

/* Where the scenario speaks of that: the instruction at the label; else the page's first location, or instruction. */
struct iso_build_place {
    uint32_t line, column;
};
struct iso_build_place iso_build_place_of(const struct build *b, uint16_t page, int32_t thread, int32_t insn);

/* A thread of its own that runs the code. */
struct iso_thread *iso_build_add_thread(struct build *b, const struct iso_code *code);
/* Registers that thread t neither uses, sets, nor shows; false: fewer than `count`. */
bool iso_build_free_registers(struct iso_roles *out, const struct build *b, uint32_t t, unsigned count);
/* The code stands in thread t before instruction `at`; a branch to it does not run the code again. */
void iso_build_insert(struct build *b, const struct iso_code *code, uint32_t t, uint32_t at);
/* Where the label of a call stands now: earlier insertions may have moved it. */
uint32_t iso_build_label_position(const struct build *b, const struct iso_migrate *plan);
/* Inject= word i: the page that says whether the error is in force, and the thread or instructions that bring it about. 0, or -1 after a
 * diagnostic. compose_error.c. */
int iso_build_error(struct build *b, size_t i);

/* compose_guest.c. The page that stands for a page's stage-2 descriptor, made if the scenario does not speak of it. */
uint16_t iso_build_stage2_entry(struct build *b, uint16_t page);
/* A label "HOST", "HOST2", ... before instruction `at`, where a guest's thread goes to its host. */
void iso_build_host_label(struct build *b, uint32_t thread, uint32_t at);
/* 0, or -1 after a diagnostic: what the plan wants of a guest's page cannot be. */
int iso_build_check_guest(const struct build *b, const struct iso_migrate *plan, size_t nplans,
                          const struct iso_migration *sequence, bool tagged);

#endif
