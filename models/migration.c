/* Looking up and comparing migration sequences. The sequences themselves: migration_table.h. Not for: what a step emits (sim/). */
#include "models/migration.h"

#include "models/migration_table.h"
#include "models/tag.h"

#include <string.h>

size_t iso_migration_count(void)
{
    return sizeof rows / sizeof *rows;
}

const struct iso_migration *iso_migration_at(size_t i)
{
    return i < iso_migration_count() ? &rows[i] : NULL;
}

const struct iso_migration *iso_migration_find(const char *name)
{
    for (size_t i = 0; i < iso_migration_count(); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *iso_migration_step_name(enum iso_migration_step step)
{
    static const char *const name[ISO_MIGRATION_STEP_COUNT] = {
#define STEP_NAME(symbol, text) [ISO_MIGRATION_##symbol] = text,
        ISO_MIGRATION_STEPS(STEP_NAME)
#undef STEP_NAME
    };
    return name[step];
}

const char *iso_migration_standing_name(enum iso_migration_standing standing)
{
    static const char *const name[] = {
        [ISO_MIGRATION_CORRECT] = "correct", [ISO_MIGRATION_HAZARD] = "loses tags", [ISO_MIGRATION_MUTANT] = "bug"};
    return name[standing];
}

static bool same_row(const struct iso_migration_row *a, const struct iso_migration_row *b)
{
    return a->step == b->step && a->if_source_tagged == b->if_source_tagged &&
           a->if_mapping_tagged == b->if_mapping_tagged && a->if_source_untagged == b->if_source_untagged;
}

/* Longest common subsequence; what is in neither place of it was moved, left out or put in. */
size_t iso_migration_distance(const struct iso_migration *a, const struct iso_migration *b)
{
    uint8_t common[ISO_MIGRATION_STEPS_MAX + 1][ISO_MIGRATION_STEPS_MAX + 1] = {{0}};
    for (size_t i = 1; i <= a->nrows; i++)
        for (size_t j = 1; j <= b->nrows; j++) {
            uint8_t skip = common[i - 1][j] > common[i][j - 1] ? common[i - 1][j] : common[i][j - 1];
            bool same = same_row(&a->row[i - 1], &b->row[j - 1]);
            common[i][j] = same ? (uint8_t)(common[i - 1][j - 1] + 1) : skip;
        }
    size_t shared = common[a->nrows][b->nrows];
    size_t gone = a->nrows - shared, added = b->nrows - shared;
    /* a step that moved is both gone and added, and counts once */
    return (gone > added ? gone : added) + (a->alias != b->alias);
}

const struct iso_migration *iso_migration_of_guest(const struct iso_migration *sequence)
{
    return sequence && strcmp(sequence->name, "base") == 0 ? iso_migration_find("guest") : sequence;
}

const struct iso_migration *iso_migration_reference(const struct iso_migration *sequence)
{
    return iso_migration_find(sequence->base ? sequence->base : "base");
}

bool iso_migration_refuses(const struct iso_migration *sequence, bool tagged, const struct iso_tier *tier)
{
    enum iso_tag_storage storage = (enum iso_tag_storage)iso_tier_get(tier, ISO_CAP_TAG_STORAGE, NULL);
    for (size_t i = 0; i < sequence->nrows; i++)
        if (sequence->row[i].step == ISO_MIGRATION_CHECK_TAG_STORAGE)
            return tagged && storage != ISO_TAG_STORAGE_UNKNOWN && !iso_tag_storage_keeps(storage);
    return false;
}
