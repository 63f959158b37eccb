/* Inside the machine loader only: its state, and reading a mapping by its table.
 * For: machine_load.c, machine_read.c. Not for: anybody else; machine_load.h is the way in. */
#ifndef ISOTIER_SIM_MACHINE_READ_H
#define ISOTIER_SIM_MACHINE_READ_H

#include "sim/machine_fields.h"
#include "sim/machine_load.h"
#include "sim/yaml_tree.h"

struct iso_loader {
    struct iso_yaml yaml;
    struct iso_machine_file *file;
    struct iso_machine *machine;
    struct iso_machine_marks *marks;
    const yaml_node_t *reference;
    struct iso_provenance_note note; /* of the innermost enclosing part that has one */
    bool has_note;
    size_t tier, hop;
    bool failed;
};

#define ISO_LOADER_FAIL(loader, node, ...) ((loader)->failed = true, iso_yaml_error(&(loader)->yaml, node, __VA_ARGS__))

/* Reads one part of a section into its structure. */
typedef void iso_part_reader(struct iso_loader *loader, void *base, const yaml_node_t *node,
                             const struct iso_field *field);

struct iso_mark_at iso_loader_mark(const yaml_node_t *node);
bool iso_loader_is_name(const char *text);
/* The number of a field in its range; false, with a diagnostic, if it is none. */
bool iso_loader_number(struct iso_loader *loader, double *out, const yaml_node_t *node, const struct iso_field *field);
/* All keys of a mapping by its table; parts go to `part`. */
void iso_loader_section(struct iso_loader *loader, void *base, const yaml_node_t *node, enum iso_machine_section id,
                        iso_part_reader *part);

#endif
