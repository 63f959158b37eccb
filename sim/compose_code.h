/* What compose.c and compose_steps.c share: the kernel's code for one page, and the pages it works on.
 * Not for: anybody else. */
#ifndef ISOTIER_SIM_COMPOSE_CODE_H
#define ISOTIER_SIM_COMPOSE_CODE_H

#include "models/migration.h"
#include "sim/isa/litmus.h"

enum { ISO_CODE_MAX = 1024, ISO_COPY_MAX = 256, ISO_ROLES = 10 };

/* AttrIndx of descriptors that composing writes: 0 is the attribute of the mapping. */
enum { ISO_COMPOSE_ATTR_UNTAGGED = 7 };

/* Registers of the sequence. `side` holds the side store, the tag block or the flags, whichever the sequence has. */
struct iso_roles {
    uint8_t pte, operand, source, destination, descriptor, data, tag, side, swap, old;
};

struct iso_code {
    struct iso_diags *diags;
    const char *file;
    uint32_t line, column; /* of what the code is for */
    struct iso_insn insn[ISO_CODE_MAX];
    uint32_t count;
    bool failed;
};

/* What the kernel knows of one page while it composes: flags of struct page, what its entry is. */
struct iso_page_state {
    const struct iso_test *test;
    const struct iso_page *page; /* for its locations */
    bool is_code;
    unsigned line_bytes; /* of caches of code */
    const struct iso_migration *sequence;
    bool tags;           /* the scenario has tags at all */
    bool mapping_tagged; /* VM_MTE */
    bool flag[2];        /* PG_mte_tagged of source and destination */
    bool moved;          /* the page is in its destination */
    bool unreserved;     /* the destination's tag block holds data of another page */
    bool saved;          /* tags are in the side store */
    bool kasan_reset;    /* the kernel's pointer to the destination matches all tags */
    bool has_side;       /* the sequence works on a side page at all */
    bool entry_untagged; /* the registers hold entries that map untagged: protection changes later */
    bool guest;          /* the entry is the guest's stage-2 one, the TLB entries are its VM's */
    bool shared_moved;   /* the page was in its destination when two mappers met */
};

/* One instruction of text; a failure stays in *code. */
void iso_code_emit(struct iso_code *code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The instructions of the rows before ISO_MIGRATION_MPROTECT, or of those behind it; *state goes on. */
void iso_code_migrate(struct iso_code *code, const struct iso_roles *r, struct iso_page_state *state);
void iso_code_mprotect(struct iso_code *code, const struct iso_roles *r, struct iso_page_state *state);
/* What a second process that maps the page at the same time runs, where the sequence has one (SYNC_TAGS_LOCKED, SYNC_TAGS_RACING). */
void iso_code_second_mapper(struct iso_code *code, const struct iso_roles *r, const struct iso_page_state *state);

/* Does the sequence have this step, in the part that migrates or in the part that changes protection? */
bool iso_sequence_has(const struct iso_migration *sequence, enum iso_migration_step step);

/* Value that a frame holds before anybody wrote it: a byte of the last user's data, and a tag of his. */
enum { ISO_STALE_BYTE = 0x55, ISO_STALE_TAG = 14 };

#endif
