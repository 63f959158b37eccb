/* YAML trees with marks over libyaml, as declared in yaml_tree.h. Not for: meaning; readers decide what a key is.
 * Not modelled: tags (!!int): every scalar is text, and the reader of a field says what it must look like. */
#include "sim/yaml_tree.h"

#include "sim/buffer.h"
#include "sim/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

yaml_node_t *iso_yaml_root(struct iso_yaml *yaml)
{
    return yaml_document_get_root_node(&yaml->document);
}

yaml_node_t *iso_yaml_node(struct iso_yaml *yaml, int index)
{
    return yaml_document_get_node(&yaml->document, index);
}

const char *iso_yaml_scalar(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

const char *iso_yaml_describe(char *out, size_t size, const yaml_node_t *node)
{
    if (!node || node->type == YAML_NO_NODE)
        snprintf(out, size, "nothing");
    else if (node->type == YAML_SCALAR_NODE)
        snprintf(out, size, "\"%s\"", (const char *)node->data.scalar.value);
    else
        snprintf(out, size, "%s", node->type == YAML_MAPPING_NODE ? "a mapping" : "a list");
    return out;
}

void iso_yaml_error(struct iso_yaml *yaml, const yaml_node_t *node, const char *format, ...)
{
    char message[480];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    iso_diags_add(yaml->diags, false, yaml->path, node ? (uint32_t)node->start_mark.line + 1 : 0,
                  node ? (uint32_t)node->start_mark.column + 1 : 0, "%s", message);
}

static int check_keys(struct iso_yaml *yaml)
{
    int status = 0;
    for (yaml_node_t *node = yaml->document.nodes.start; node < yaml->document.nodes.top; node++) {
        if (node->type != YAML_MAPPING_NODE)
            continue;
        for (yaml_node_pair_t *a = node->data.mapping.pairs.start; a < node->data.mapping.pairs.top; a++) {
            const yaml_node_t *key = iso_yaml_node(yaml, a->key);
            const char *name = iso_yaml_scalar(key);
            if (!name) {
                iso_yaml_error(yaml, key, "key is a list or mapping; expected a name");
                status = -1;
                continue;
            }
            for (yaml_node_pair_t *b = node->data.mapping.pairs.start; b < a; b++) {
                const yaml_node_t *earlier = iso_yaml_node(yaml, b->key);
                const char *other = iso_yaml_scalar(earlier);
                if (other && strcmp(name, other) == 0) {
                    iso_yaml_error(yaml, key, "key \"%s\" is given twice; first on line %zu", name,
                                   earlier->start_mark.line + 1);
                    status = -1;
                }
            }
        }
    }
    return status;
}

/* libyaml's own words, at its own mark. */
static void syntax_error(const yaml_parser_t *parser, struct iso_diags *diags, const char *path)
{
    bool marked = parser->error != YAML_READER_ERROR;
    iso_diags_add(diags, false, path, marked ? (uint32_t)parser->problem_mark.line + 1 : 1,
                  marked ? (uint32_t)parser->problem_mark.column + 1 : 1,
                  "not YAML: %s%s%s; expected a mapping of keys to values",
                  parser->problem ? parser->problem : "unknown problem", parser->context ? ", " : "",
                  parser->context ? parser->context : "");
}

int iso_yaml_load(struct iso_yaml *out, struct iso_diags *diags, const char *path)
{
    yaml_parser_t parser;
    yaml_document_t second;
    int status = -1;

    *out = (struct iso_yaml){.path = path, .diags = diags};
    if (iso_file_read(&out->text, &out->size, diags, path, ISO_YAML_MAX_BYTES) != 0)
        return -1;
    if (!yaml_parser_initialize(&parser))
        iso_buffer_out_of_memory(__FILE__, __LINE__);
    yaml_parser_set_input_string(&parser, (const unsigned char *)out->text, out->size);
    if (!yaml_parser_load(&parser, &out->document)) {
        syntax_error(&parser, diags, path);
    } else if (!iso_yaml_root(out)) {
        iso_diags_add(diags, false, path, 1, 1, "file is empty; expected a mapping of keys to values");
        yaml_document_delete(&out->document);
    } else if (!yaml_parser_load(&parser, &second)) {
        syntax_error(&parser, diags, path);
        yaml_document_delete(&out->document);
    } else {
        const yaml_node_t *more = yaml_document_get_root_node(&second);
        if (more)
            iso_yaml_error(out, more, "a second document; expected one document a file");
        status = more || check_keys(out) != 0 ? -1 : 0;
        yaml_document_delete(&second);
        if (status != 0)
            yaml_document_delete(&out->document);
    }
    yaml_parser_delete(&parser);
    if (status != 0)
        free(out->text);
    return status;
}

void iso_yaml_free(struct iso_yaml *yaml)
{
    yaml_document_delete(&yaml->document);
    free(yaml->text);
}
