/* Alias= of a litmus file: locations that are further mappings of another's page. Declared in litmus_build.h.
 * Alias=y:x@nc maps PTE(y) to PA(x); what follows the @ says which attribute accesses through y have. Translation is modelled then.
 * Not for: the attributes themselves (sim/scenario.c), [PTE(y)]=(oa:PA(x), attrs:(..)), which any tool reads. */
#include "models/translate.h"
#include "sim/isa/litmus_build.h"

#include <string.h>

static bool refuse(struct iso_build *build, struct iso_span at, const char *expected)
{
    iso_reader_error(build->reader, at.line, at.column, "'%.*s' in Alias=, expected %s",
                     at.size > 40 ? 40 : (int)at.size, at.text, expected);
    return false;
}

/* Splits a word at the first `stop`; none: *rest is empty. */
static struct iso_span until(struct iso_span word, char stop, struct iso_span *rest)
{
    const char *at = memchr(word.text, stop, word.size);
    struct iso_span head = word;
    *rest = (struct iso_span){word.text + word.size, 0, word.line, word.column + (uint32_t)word.size};
    if (at) {
        head.size = (size_t)(at - word.text);
        *rest = (struct iso_span){at + 1, word.size - head.size - 1, word.line, word.column + (uint32_t)head.size + 1};
    }
    return head;
}

/* Page that a name begins; -1 after a diagnostic. */
static int32_t page_of(struct iso_build *build, struct iso_span name)
{
    int32_t symbol = name.size ? iso_build_symbol_find(build, name) : -1;
    if (symbol < 0)
        refuse(build, name, "a location of the test");
    return symbol < 0 ? -1 : (int32_t)build->symbol[symbol].page;
}

static bool read_role(struct iso_build *build, struct iso_alias *out, struct iso_span role)
{
    static const struct {
        const char *name;
        enum iso_alias_role role;
    } roles[] = {{"cell", ISO_ALIAS_CELL},
                 {"ordinary", ISO_ALIAS_ORDINARY},
                 {"kernel", ISO_ALIAS_KERNEL},
                 {"vmm", ISO_ALIAS_VMM}};
    size_t at = 0;
    const char *expected = NULL;
    out->text = iso_span_string(build->reader, role);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (iso_span_is(role, roles[i].name)) {
            out->role = (uint8_t)roles[i].role;
            return true;
        }
    out->role = ISO_ALIAS_FIXED;
    if (iso_attribute_parse(&out->attribute, out->text, &at, &expected) == 0)
        return true;
    return refuse(build, role, "cell, ordinary, kernel, vmm, or an attribute such as nc");
}

/* The alias's page has nothing of its own: no contents, no place, no descriptor that says otherwise. */
static bool check_page(struct iso_build *build, const struct iso_alias *alias, struct iso_span at)
{
    const struct iso_test *test = build->test;
    struct iso_pte pte;
    for (uint32_t i = 0; i < build->nsymbols; i++) {
        const struct iso_build_symbol *s = &build->symbol[i];
        if (s->page != alias->page)
            continue;
        if (s->declaration && s->declaration->has_value)
            return refuse(build, at, "an alias without an initial value: its memory is the other's");
        iso_pte_decode(&pte, build->page[alias->page].descriptor);
        if (s->descriptor && (pte.oa != build->page[alias->of].pa || pte.attr))
            return refuse(build, at, "an alias whose descriptor maps the other's frame, without attrs:(..)");
    }
    for (uint32_t i = 0; i < test->nplaces; i++)
        if (test->place[i].page == alias->page)
            return refuse(build, at, "Place= of the page it is an alias of");
    for (uint32_t i = 0; i < test->nmigrates + test->nmprotects; i++) {
        uint16_t page = i < test->nmigrates ? test->migrate[i].page : test->mprotect[i - test->nmigrates].page;
        if (page == alias->page || page == alias->of)
            return refuse(build, at, "pages that neither Migrate= nor Mprotect= names: only one mapping would change");
    }
    for (uint32_t i = 0; i < test->nobservables; i++)
        if ((test->observable[i].kind == ISO_OBSERVABLE_LOCATION || test->observable[i].kind == ISO_OBSERVABLE_TAG) &&
            test->observable[i].va - build->page[alias->page].va < ISO_PAGE_BYTES)
            return refuse(build, at, "a condition that asks for the other's memory, not for the alias");
    return true;
}

static bool read_alias(struct iso_build *build, struct iso_alias *out, struct iso_span word)
{
    struct iso_span rest, role, name = until(word, ':', &rest), of = until(rest, '@', &role);
    int32_t page, base;
    if (!name.size || !of.size || (of.size < rest.size && !role.size))
        return refuse(build, word, "NAME:OTHER or NAME:OTHER@ATTRIBUTE");
    page = page_of(build, name);
    base = page < 0 ? -1 : page_of(build, of);
    if (base < 0)
        return false;
    *out = (struct iso_alias){.page = (uint16_t)page, .of = (uint16_t)base, .role = ISO_ALIAS_CELL, .text = "cell"};
    if (page == base)
        return refuse(build, of, "a location of another page");
    return (!role.size || read_role(build, out, role)) && check_page(build, out, name);
}

bool iso_build_aliases(struct iso_build *build)
{
    const struct iso_ast_info *info = &build->ast->alias;
    struct iso_alias *list = iso_arena_alloc(build->reader->arena, info->nwords * sizeof *list);
    for (uint32_t i = 0; i < info->nwords; i++) {
        if (!read_alias(build, &list[i], info->word[i]))
            return false;
        for (uint32_t k = 0; k < i; k++)
            if (list[k].page == list[i].page || list[k].page == list[i].of || list[k].of == list[i].page)
                return refuse(build, info->word[i], "an alias once, of a page that is none itself");
    }
    for (uint32_t i = 0; i < info->nwords; i++) {
        struct iso_pte pte;
        iso_pte_decode(&pte, build->page[list[i].page].descriptor);
        pte.oa = build->page[list[i].of].pa;
        build->page[list[i].page].descriptor = iso_pte_encode(&pte);
    }
    build->test->alias = list;
    build->test->naliases = info->nwords;
    return true;
}
