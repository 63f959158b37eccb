/* Frames that are used through mismatched mappings, as the walk finds them out.
 * Each definition under which a frame is used is kept. Once two of them are mismatched (models/alias.h), or one is Non-shareable and used by two
 * CPUs, the frame counts as split from the next round on: then each access names the copy it goes to, and accesses under different definitions are to
 * different places as far as their own thread's order is concerned. What earlier rounds found, with one copy for all, stays possible.
 * Allocation tags are locations of their own (Arm ARM D10.6.1), of which the same copies exist: to them the memory model applies as to data (D7.1). A data
 * cache operation need do nothing to them, except where lines are written back with tags that nobody wrote (D10.6.3 RFYDLC), which is tried both ways.
 * Not for: what caches do with the copies (copies.h). */
#ifndef ISOTIER_SIM_EXPLORE_ALIAS_H
#define ISOTIER_SIM_EXPLORE_ALIAS_H

#include "models/alias.h"
#include "sim/explore/image.h"

/* One definition of a frame, and the copy that accesses under it go to. */
struct iso_alias_use {
    struct iso_attribute attribute;
    uint8_t
        copy; /* number if caches keep all apart: memory 0, Inner Shareable 1, Outer Shareable 2, CPU n's own 3 + n */
    bool through;   /* writes reach memory, too */
    bool exclusive; /* exclusives go through it */
};

/* No more than 118 uses: 28 definitions, those of Non-shareable memory once a CPU. */
struct iso_alias_frame {
    uint8_t nuses, capacity, nexclusives;
    bool tags; /* allocation tags of it are used: read, written or checked */
    struct iso_alias_use *use;
};

struct iso_aliases {
    struct iso_alias_frame frame[ISO_SETUP_MAX_PAGES];
    uint64_t split;    /* frames whose accesses name copies in this round */
    bool news;         /* a use or an exclusive turned up that earlier accesses of the round did not know of */
    bool is_private;   /* some use is Non-shareable: every thread stands for itself */
    bool data_unknown; /* a store exclusive or a speculative read left data UNKNOWN (CH-18, CH-19, CH-20, CH-61) */
    bool is_disturbed; /* speculative reads do so: of what the domain has (walk_unknown.c) */
    bool unknown_used; /* some instruction has worked with such data */
    bool one_shared;   /* Inner and Outer Shareable accesses see one copy: the implementation's choice */
    bool one_private;  /* Non-shareable ones see that, too */
    bool
        tags_with_data; /* a line's tags are written back with its data, whether or not they were written: the implementation's choice */
    struct iso_cause *lost; /* an access whose data a write-back may put old bytes over; NULL: none */
    struct iso_cause lost_cause;
    struct iso_cause disturbed_cause; /* the first access to such a location */
};

struct iso_builder;
struct iso_path;
struct iso_program;
struct iso_event;

/* How an access uses allocation tags. */
enum iso_alias_tags { ISO_ALIAS_TAGS_NONE, ISO_ALIAS_TAGS_CHECKED, ISO_ALIAS_TAGS_EXPLICIT };

/* Notes that the access goes to `frame` under `attribute`; in a split frame names its copy in *path and adds what may come of it to the causes. */
void iso_alias_enter(struct iso_builder *b, struct iso_path *path, int frame, const struct iso_attribute *attribute,
                     const struct iso_insn *insn, enum iso_alias_tags tags);
/* The tag check of an atomic that has entered a split frame failed: what it may have to do with copies is that it read an old tag. */
void iso_alias_mistook_tag(struct iso_builder *b);
/* Number of the copy that a use looks at, where caches keep some copies together. */
uint8_t iso_alias_number(const struct iso_aliases *aliases, const struct iso_alias_use *use);
/* Whether a write of this event's definition reaches memory with its copy. */
bool iso_alias_writes_memory(const struct iso_program *program, const struct iso_event *e);
void iso_alias_free(struct iso_aliases *aliases);
/* A DC or IC by an address of this attribute: says in *path which copies it acts on, and how. */
void iso_alias_maintained(const struct iso_builder *b, struct iso_path *path, int frame,
                          const struct iso_attribute *attribute);
/* Whether a copy may hold tags other than memory's: through it tags are used, or lines are written back with their tags. */
bool iso_alias_has_tags(const struct iso_aliases *aliases, const struct iso_alias_use *use);
/* After a round: which frames are split from now on. True: another round is needed. has_twins: some thread stood for others too, which Non-shareable memory
 * tells apart. */
bool iso_alias_settle(struct iso_aliases *aliases, bool has_twins);

#endif
