/* A YAML file as a tree of nodes with marks, and diagnostics that point into it.
 * For: every YAML reader of the program (machines now). Not for: writing YAML. Not modelled: several documents in one file, merge keys. */
#ifndef ISOTIER_SIM_YAML_TREE_H
#define ISOTIER_SIM_YAML_TREE_H

#include "sim/isa/diag.h"

#include <yaml.h>

enum { ISO_YAML_MAX_BYTES = 16 * 1024 * 1024 };

struct iso_yaml {
    const char *path;        /* as given; not owned */
    struct iso_diags *diags; /* not owned */
    yaml_document_t document;
    char *text; /* owned */
    size_t size;
};

/* Loads the only document of a file. 0; -1 with diagnostics (unreadable, syntax error, empty, a second document, a key given twice).
 * iso_yaml_free() only after 0. */
int iso_yaml_load(struct iso_yaml *out, struct iso_diags *diags, const char *path);
void iso_yaml_free(struct iso_yaml *yaml);

yaml_node_t *iso_yaml_root(struct iso_yaml *yaml);
yaml_node_t *iso_yaml_node(struct iso_yaml *yaml, int index);
/* An error at a node: its line and column, then the message. */
void iso_yaml_error(struct iso_yaml *yaml, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Text of a scalar, NULL for lists and mappings. Valid as long as the tree. */
const char *iso_yaml_scalar(const yaml_node_t *node);
/* "mapping", "list", or the scalar in quotes: the offending text of a message. Writes at most size bytes. */
const char *iso_yaml_describe(char *out, size_t size, const yaml_node_t *node);

#endif
