/* Puts a litmus test together: addresses, initial memory and registers, tags, descriptors, info lines of our own.
 * Order matters: threads (labels) before values, values before code, all before the condition.
 * Not for: parsing (litmus_state.c, litmus_code.c, litmus_condition.c). */
#include "sim/isa/litmus_build.h"

#include "models/access.h"

#include <string.h>

static int shown(size_t size)
{
    return size > 40 ? 40 : (int)size;
}

/* Little-endian bytes, as any host would store them. */
static void put_bytes(uint8_t *out, struct iso_bytes16 value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        out[i] = (uint8_t)((i < 8 ? value.lo >> 8 * i : value.hi >> 8 * (i - 8)) & 0xff);
}

static bool init_location(struct iso_build *build, const struct iso_build_symbol *symbol)
{
    const struct iso_ast_init *item = symbol->declaration;
    struct iso_location *location = &build->location[symbol->location];
    uint8_t *bytes = iso_arena_alloc(build->reader->arena, symbol->bytes);
    struct iso_bytes16 value;

    location->init = bytes;
    if (!item || !item->has_value)
        return true;
    if (!location->is_array) {
        int32_t own = item->value.kind == ISO_AST_DESCRIPTOR ? (int32_t)symbol->page : -1;
        if (item->value.kind == ISO_AST_LIST) {
            iso_reader_error(build->reader, item->value.line, item->value.column,
                             "a list of values for %s, which is no array", location->name);
            return false;
        }
        if (!iso_build_value(build, &value, &item->value, own))
            return false;
        put_bytes(bytes, value, location->element_bytes);
        return true;
    }
    if (item->value.kind != ISO_AST_LIST || item->value.nitems != location->count) {
        iso_reader_error(build->reader, item->value.line, item->value.column,
                         "%s has %u elements, expected {..} with as many values", location->name, location->count);
        return false;
    }
    for (uint32_t i = 0; i < location->count; i++) {
        if (!iso_build_value(build, &value, &item->value.item[i], -1))
            return false;
        put_bytes(bytes + i * location->element_bytes, value, location->element_bytes);
    }
    return true;
}

/* S2PTE(x)=.., S2PTE(PTE(x))=.. */
static bool initial_stage2(struct iso_build *build, const struct iso_build_symbol *symbol,
                           const struct iso_ast_init *item)
{
    bool of_table = item->place.of_table;
    int32_t own = iso_build_stage2_page(build, symbol->page, of_table, item->place.line, item->place.column);
    if (own < 0)
        return false;
    if (item->has_value && item->value.kind != ISO_AST_DESCRIPTOR) {
        iso_reader_error(build->reader, item->value.line, item->value.column,
                         "initial value of S2PTE(%.*s), expected a descriptor such as (oa:PA(x),valid:0)",
                         shown(symbol->name.size), symbol->name.text);
        return false;
    }
    return !item->has_value || iso_build_descriptor(build, &build->page[own].descriptor, &item->value, own, false);
}

static bool init_memory(struct iso_build *build)
{
    for (uint32_t i = 0; i < build->nsymbols; i++) {
        const struct iso_build_symbol *symbol = &build->symbol[i];
        const struct iso_ast_init *item = symbol->descriptor;
        struct iso_page *page = &build->page[symbol->page];

        if (item && item->has_value && item->value.kind != ISO_AST_DESCRIPTOR && item->value.kind != ISO_AST_NUMBER) {
            iso_reader_error(build->reader, item->value.line, item->value.column,
                             "initial value of PTE(%.*s), expected a descriptor such as (oa:PA(x),valid:0)",
                             shown(symbol->name.size), symbol->name.text);
            return false;
        }
        if (item && item->has_value && item->value.kind == ISO_AST_NUMBER)
            page->descriptor = item->value.number.lo;
        else if (item && item->has_value) {
            if (!iso_build_descriptor(build, &page->descriptor, &item->value, (int32_t)symbol->page, false))
                return false;
        } else if (!page->descriptor &&
                   !iso_build_descriptor(build, &page->descriptor, NULL, (int32_t)symbol->page, false))
            return false;
        if ((symbol->stage2 && !initial_stage2(build, symbol, symbol->stage2)) ||
            (symbol->table && !initial_stage2(build, symbol, symbol->table)))
            return false;
        if (symbol->tag && symbol->tag->has_value) {
            const struct iso_ast_value *value = &symbol->tag->value;
            int tag = value->kind == ISO_AST_COLOUR ? iso_build_colour(build, value->colour) : -1;
            if (value->kind != ISO_AST_COLOUR)
                iso_reader_error(build->reader, value->line, value->column,
                                 "initial tag, expected a colour such as :red");
            if (tag < 0)
                return false;
            build->location[symbol->location].tag = (uint8_t)tag;
        }
        if (!init_location(build, symbol))
            return false;
    }
    /* A granule has one tag: locations that share it (Layout=) share the tag that is given. */
    for (uint32_t i = 1; i < build->test->nlocations; i++) {
        struct iso_location *a = &build->location[i - 1], *b = &build->location[i];
        if (a->va / ISO_GRANULE_BYTES == b->va / ISO_GRANULE_BYTES && a->tag != b->tag) {
            if (a->tag && b->tag) {
                iso_reader_error(build->reader, b->line, b->column,
                                 "%s and %s share a granule, expected one tag for both", a->name, b->name);
                return false;
            }
            a->tag = b->tag = a->tag ? a->tag : b->tag;
        }
    }
    return true;
}

/* Initial value of one register in one thread. */
static bool init_register(struct iso_build *build, const struct iso_ast_init *item, const struct iso_ast_place *place)
{
    struct iso_bytes16 value = {0, 0};
    uint32_t thread;

    if (iso_span_is(place->name, "VNCR_EL2") && build->ast->variant.not_supported)
        return true; /* Variant=NV2: no engine runs the test */
    int reg = iso_build_register(build, &thread, place);
    if (reg < 0)
        return false;
    if (item->has_value && !iso_build_value(build, &value, &item->value, -1))
        return false;
    if (reg >= ISO_REG_COUNT) {
        if (value.lo)
            iso_reader_error(build->reader, place->line, place->column, "the zero register cannot hold a value");
        return true;
    }
    struct iso_build_thread *scratch = &build->scratch[thread];
    if (scratch->given[reg] > 1 && item->has_value) {
        iso_reader_error(build->reader, place->line, place->column, "P%u:%.*s is initialised twice", thread,
                         shown(place->name.size), place->name.text);
        return false;
    }
    scratch->given[reg] = item->has_value ? 2 : 1;
    if (item->typed)
        scratch->type[reg] = item->type;
    else if (item->value.kind == ISO_AST_PAR && item->has_value)
        scratch->type[reg] = ISO_TYPE_PAR;
    if (item->has_value)
        build->thread[thread].init.x[reg] = value.lo;
    return true;
}

static bool mentions(const struct iso_ast *ast, uint32_t thread, struct iso_span name)
{
    for (uint32_t c = 0; c < ast->ncolumns; c++)
        for (uint32_t k = 0; ast->column[c].id == thread && k < ast->column[c].ncells; k++) {
            struct iso_span code = ast->column[c].cell[k].code;
            for (size_t i = 0; i + name.size < code.size; i++)
                if (code.text[i] == '%' && !memcmp(code.text + i + 1, name.text, name.size))
                    return true;
        }
    return false;
}

static bool init_registers(struct iso_build *build)
{
    const struct iso_ast *ast = build->ast;

    for (int symbolic = 0; symbolic < 2; symbolic++) /* named registers first: symbolic ones take what is left */
        for (uint32_t i = 0; i < ast->ninit; i++) {
            const struct iso_ast_init *item = &ast->init[i];
            struct iso_ast_place place = item->place;
            if (place.kind != (symbolic ? ISO_PLACE_SYMBOLIC : ISO_PLACE_REGISTER))
                continue;
            if (place.has_thread) {
                if (!init_register(build, item, &place))
                    return false;
                continue;
            }
            place.has_thread = true; /* %x without a thread: every thread that uses it */
            for (place.thread = 0; place.thread < build->test->nthreads; place.thread++)
                if (mentions(ast, place.thread, place.name) && !init_register(build, item, &place))
                    return false;
        }
    for (uint32_t i = 0; i < ast->ninit; i++) { /* descriptors of code pages */
        const struct iso_ast_init *item = &ast->init[i];
        if (!item->place.pte_of_label)
            continue;
        int32_t page =
            iso_build_code_page(build, item->place.thread, item->place.name, item->place.line, item->place.column);
        if (page < 0)
            return false;
        if (item->has_value && item->value.kind != ISO_AST_DESCRIPTOR) {
            iso_reader_error(build->reader, item->value.line, item->value.column,
                             "initial value of a descriptor, expected for example (valid:0)");
            return false;
        }
        if (!iso_build_descriptor(build, &build->page[page].descriptor, item->has_value ? &item->value : NULL, page,
                                  false))
            return false;
    }
    return true;
}

/* ---- info lines of our own ---------------------------------------------------------------------------------- */

static struct iso_span until(struct iso_span word, char stop, struct iso_span *rest)
{
    const char *at = memchr(word.text, stop, word.size);
    struct iso_span head = word;

    *rest = (struct iso_span){word.text + word.size, 0, word.line, word.column};
    if (at) {
        head.size = (size_t)(at - word.text);
        *rest = (struct iso_span){at + 1, word.size - head.size - 1, word.line, word.column + (uint32_t)head.size + 1};
    }
    return head;
}

static int32_t named_page(struct iso_build *build, struct iso_span name, const char *key)
{
    int32_t symbol = iso_build_symbol_find(build, name);

    if (symbol < 0) {
        iso_reader_error(build->reader, name.line, name.column, "%s= names '%.*s', which is no location of the test",
                         key, shown(name.size), name.text);
        return -1;
    }
    return (int32_t)build->symbol[symbol].page;
}

/* The page of code that Pn:LABEL names; -1 after a diagnostic, -2: no such form. */
static int32_t code_page(struct iso_build *build, struct iso_span name)
{
    struct iso_span label, who = until(name, ':', &label);
    uint32_t thread = 0;

    if (!label.size || who.size < 2 || who.text[0] != 'P')
        return -2;
    for (size_t i = 1; i < who.size; i++) {
        if (who.text[i] < '0' || who.text[i] > '9' || thread > ISO_LITMUS_MAX_THREADS)
            return -2;
        thread = thread * 10 + (uint32_t)(who.text[i] - '0');
    }
    return iso_build_code_page(build, thread, label, name.line, name.column);
}

static bool read_places(struct iso_build *build)
{
    const struct iso_ast_info *info = &build->ast->place;
    struct iso_place *place = iso_arena_alloc(build->reader->arena, info->nwords * sizeof *place);

    for (uint32_t i = 0; i < info->nwords; i++) {
        struct iso_span tier, name = until(info->word[i], '@', &tier);
        if (!name.size || !tier.size) {
            iso_reader_error(build->reader, info->word[i].line, info->word[i].column,
                             "'%.*s' in Place=, expected NAME@tier, NAME@reference or NAME@TIER",
                             shown(info->word[i].size), info->word[i].text);
            return false;
        }
        bool table = name.size > 5 && !memcmp(name.text, "PTE(", 4) && name.text[name.size - 1] == ')';
        if (table) {
            name.text += 4;
            name.size -= 5;
            name.column += 4;
        }
        int32_t page = table ? -2 : code_page(build, name);
        if (page == -2)
            page = named_page(build, name, "Place");
        if (page >= 0 && table)
            page = iso_build_table_page(build, (uint32_t)page, name.line, name.column);
        if (page < 0)
            return false;
        place[i] = (struct iso_place){(uint16_t)page, iso_span_string(build->reader, tier), tier.line, tier.column};
        for (uint32_t k = 0; k < i; k++)
            if (place[k].page == place[i].page && strcmp(place[k].tier, place[i].tier)) {
                iso_reader_error(build->reader, name.line, name.column, "Place= puts the page of '%.*s' on two tiers",
                                 shown(name.size), name.text);
                return false;
            }
    }
    build->test->place = place;
    build->test->nplaces = info->nwords;
    return true;
}

/* The page that a word of Migrate= begins with: a location's, or Pn:LABEL's, a page of code. *rest: what follows the colon behind it; *all: nothing does. */
static int32_t moving_page(struct iso_build *build, struct iso_span word, struct iso_span *rest, bool *all)
{
    struct iso_span label, behind, name = until(word, ':', &behind);
    int32_t page = -2;

    *rest = behind;
    if (behind.size) {
        struct iso_span code = {word.text, 0, word.line, word.column};
        label = until(behind, ':', rest);
        code.size = name.size + 1 + label.size;
        page = iso_build_symbol_find(build, name) < 0 ? code_page(build, code) : -2;
        *all = code.size == word.size;
        if (page != -2)
            return page;
        *rest = behind;
    }
    *all = name.size == word.size;
    return named_page(build, name, "Migrate");
}

/* NAME or Pn:LABEL (a page that may move at any point), or with :Pn:LABEL behind, word by word. */
static bool read_calls(struct iso_build *build, const struct iso_ast_info *info, const char *key, bool anywhere,
                       const struct iso_migrate **list, uint32_t *count)
{
    struct iso_migrate *call = iso_arena_alloc(build->reader->arena, info->nwords * sizeof *call);

    for (uint32_t i = 0; i < info->nwords; i++) {
        struct iso_span word = info->word[i], rest, label, name = until(word, ':', &rest);
        bool all = false;
        int32_t page = anywhere ? moving_page(build, word, &rest, &all) : named_page(build, name, key);
        struct iso_span thread = until(rest, ':', &label);
        uint32_t n = 0;
        if (page < 0)
            return false;
        call[i] = (struct iso_migrate){.page = (uint16_t)page, .thread = -1, .insn = -1};
        if (all)
            continue;
        bool good = thread.size >= 2 && thread.size <= 3 && thread.text[0] == 'P' && label.size;
        for (size_t k = 1; k < thread.size; k++) {
            good = good && thread.text[k] >= '0' && thread.text[k] <= '9';
            n = n * 10 + (uint32_t)(thread.text[k] - '0');
        }
        const struct iso_label *found = good ? iso_build_label_find(build, n, label) : NULL;
        if (!found) {
            if (good)
                iso_reader_error(build->reader, rest.line, rest.column, "'%.*s' in %s= is no label of the test",
                                 shown(rest.size), rest.text, key);
            else
                iso_reader_error(build->reader, rest.line, rest.column, "'%.*s' in %s=, expected %s", shown(word.size),
                                 word.text, key,
                                 anywhere
                                     ? "NAME or NAME:Pn:LABEL, where NAME is a location or a label Pn:LABEL of code"
                                     : "NAME:Pn:LABEL");
            return false;
        }
        call[i].thread = (int32_t)found->thread;
        call[i].insn = (int32_t)found->insn;
        call[i].label = found->name;
    }
    *list = call;
    *count = info->nwords;
    return true;
}

/* "P0:L1" to a label of the test; NULL without a diagnostic. *id gets the thread's number. */
static const struct iso_label *find_point(struct iso_build *build, struct iso_span point, uint32_t *id)
{
    struct iso_span label, thread = until(point, ':', &label);
    bool good = thread.size >= 2 && thread.size <= 3 && thread.text[0] == 'P' && label.size;
    *id = 0;
    for (size_t k = 1; good && k < thread.size; k++) {
        good = thread.text[k] >= '0' && thread.text[k] <= '9';
        *id = *id * 10 + (uint32_t)(thread.text[k] - '0');
    }
    return good ? iso_build_label_find(build, *id, label) : NULL;
}

static bool refuse_inject(struct iso_build *build, struct iso_span at, const char *expected)
{
    iso_reader_error(build->reader, at.line, at.column, "'%.*s' in Inject=, expected %s", shown(at.size), at.text,
                     expected);
    return false;
}

/* Splits at the last ':'; no such: *head is empty. */
static struct iso_span behind_last(struct iso_span word, struct iso_span *head)
{
    size_t at = word.size;
    while (at && word.text[at - 1] != ':')
        at--;
    *head = (struct iso_span){word.text, at ? at - 1 : 0, word.line, word.column};
    return (struct iso_span){word.text + at, word.size - at, word.line, word.column + (uint32_t)at};
}

static bool read_inject(struct iso_build *build, struct iso_inject *out, struct iso_span word)
{
    struct iso_span head, point, condition = behind_last(word, &head), name = until(head, ':', &point);
    enum iso_condition kind;
    uint32_t id;
    if (!name.size || !condition.size)
        return refuse_inject(build, word, "NAME:CONDITION, NAME:start:CONDITION or NAME:Pn:LABEL:CONDITION");
    if (!iso_condition_find(&kind, condition.text, condition.size))
        return refuse_inject(build, condition, "poison, isolation, viral, nxm, released, tsp or timeout");
    int32_t symbol = iso_build_symbol_find(build, name);
    if (named_page(build, name, "Inject") < 0)
        return false;
    *out = (struct iso_inject){.page = (uint16_t)build->symbol[symbol].page,
                               .va = iso_build_va(build, symbol),
                               .condition = (uint8_t)kind,
                               .thread = -1,
                               .insn = -1,
                               .name = iso_span_string(build->reader, name)};
    if (name.size == head.size)
        return true;
    if (iso_span_is(point, "start")) {
        out->when = ISO_INJECT_START;
        return true;
    }
    const struct iso_label *found = find_point(build, point, &id);
    if (!found)
        return refuse_inject(build, point, "start, or Pn:LABEL with a label of the test");
    out->when = ISO_INJECT_LABEL;
    out->thread = (int32_t)found->thread;
    out->insn = (int32_t)found->insn;
    out->label = found->name;
    return true;
}

static bool read_injects(struct iso_build *build)
{
    const struct iso_ast_info *info = &build->ast->inject;
    struct iso_inject *inject = iso_arena_alloc(build->reader->arena, info->nwords * sizeof *inject);

    if (info->nwords > ISO_LITMUS_MAX_INJECTS) {
        iso_reader_error(build->reader, info->word[0].line, info->word[0].column,
                         "%u words in Inject=, expected at most %u", info->nwords, ISO_LITMUS_MAX_INJECTS);
        return false;
    }
    for (uint32_t i = 0; i < info->nwords; i++)
        if (!read_inject(build, &inject[i], info->word[i]))
            return false;
    build->test->inject = inject;
    build->test->ninjects = info->nwords;
    return true;
}

static const char *const *strings(struct iso_build *build, const struct iso_ast_info *info)
{
    const char **list = iso_arena_alloc(build->reader->arena, info->nwords * sizeof *list);

    for (uint32_t i = 0; i < info->nwords; i++)
        list[i] = iso_span_string(build->reader, info->word[i]);
    return list;
}

bool iso_litmus_build(struct iso_reader *reader, struct iso_test *test, const struct iso_ast *ast)
{
    struct iso_build build = {.reader = reader, .ast = ast, .test = test, .nmair = 1};
    const char **colours = iso_arena_alloc(reader->arena, sizeof *colours * ISO_COLOURS);

    memset(test->mair, 0xff, sizeof test->mair);
    test->name = ast->name;
    test->file = reader->file;
    test->doc = ast->doc;
    test->variant = ast->variant;
    test->unroll = ast->unroll;
    test->has_guest = ast->guest != 0;
    test->stage2_tthm = ast->stage2_hd ? ISO_TTHM_HAHD : ast->stage2_ha ? ISO_TTHM_HA : ISO_TTHM_SOFTWARE;
    if (!test->variant.vmsa && (test->has_guest || ast->alias.nwords)) {
        test->variant.vmsa = true;
        if (test->variant.memtag) /* it translates for another reason: memory is Tagged as it is without */
            test->mair[0] = 0xf0;
    }
    if (!iso_build_threads(&build) || !iso_build_symbols(&build))
        return false;
    bool good = init_memory(&build) && init_registers(&build);
    good = iso_build_assemble(&build) && good;
    good = good && iso_build_condition(&build) && read_places(&build) &&
           read_calls(&build, &ast->migrate, "Migrate", true, &test->migrate, &test->nmigrates) &&
           read_calls(&build, &ast->mprotect, "Mprotect", false, &test->mprotect, &test->nmprotects) &&
           read_injects(&build) && iso_build_cost(&build) && iso_build_aliases(&build);
    for (uint32_t i = 0; good && i < test->nmigrates; i++)
        if (iso_test_page_is_code(test, test->migrate[i].page))
            iso_build_words(&build); /* a kernel reads them */
    test->subject = strings(&build, &ast->subject);
    test->nsubjects = ast->subject.nwords;
    test->rule = strings(&build, &ast->rules);
    test->nrules = ast->rules.nwords;
    test->instruction = build.instruction;
    test->ninstructions = build.ninstructions;
    memcpy(colours, build.colour, build.ncolours * sizeof *colours);
    test->colour = colours;
    test->ncolours = build.ncolours;
    return good && !reader->failed;
}
