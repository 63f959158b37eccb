/* The 49 attribute points and their names. Decoding and combining are in memattr.c and combine.c. */
#include "models/attribute.h"

#include <string.h>

/* Section 10: 17 untagged, 17 canonical, 3 x 2 tagged, 3 + 3 + 3 provenance. */
enum { UNTAGGED_POINTS = 17 };

#define NSH ISO_SHAREABILITY_NSH
#define ISH ISO_SHAREABILITY_ISH
#define OSH ISO_SHAREABILITY_OSH

static const struct {
    enum iso_class cls;
    enum iso_shareability shareability;
} base_point[UNTAGGED_POINTS] = {
    {ISO_CLASS_WB, ISH},
    {ISO_CLASS_WB, OSH},
    {ISO_CLASS_WB, NSH},
    {ISO_CLASS_WB_WEAK, ISH},
    {ISO_CLASS_WB_WEAK, OSH},
    {ISO_CLASS_WB_WEAK, NSH},
    {ISO_CLASS_WT, ISH},
    {ISO_CLASS_WT, OSH},
    {ISO_CLASS_WT, NSH},
    {ISO_CLASS_MIX, ISH},
    {ISO_CLASS_MIX, OSH},
    {ISO_CLASS_MIX, NSH},
    {ISO_CLASS_NC, OSH},
    {ISO_CLASS_DEVICE_GRE, OSH},
    {ISO_CLASS_DEVICE_NGRE, OSH},
    {ISO_CLASS_DEVICE_NGNRE, OSH},
    {ISO_CLASS_DEVICE_NGNRNE, OSH},
};

static const struct {
    enum iso_class cls;
    enum iso_shareability shareability;
    enum iso_provenance provenance;
} lifted_point[] = {
    {ISO_CLASS_WB, ISH, ISO_PROVENANCE_PDEV},      {ISO_CLASS_WB, OSH, ISO_PROVENANCE_PDEV},
    {ISO_CLASS_WB, NSH, ISO_PROVENANCE_PDEV},      {ISO_CLASS_WB, ISH, ISO_PROVENANCE_PNWB},
    {ISO_CLASS_WB, OSH, ISO_PROVENANCE_PNWB},      {ISO_CLASS_WB, NSH, ISO_PROVENANCE_PNWB},
    {ISO_CLASS_WB_WEAK, ISH, ISO_PROVENANCE_PNWB}, {ISO_CLASS_WB_WEAK, OSH, ISO_PROVENANCE_PNWB},
    {ISO_CLASS_WB_WEAK, NSH, ISO_PROVENANCE_PNWB},
};

struct iso_attribute iso_attribute_point(size_t i)
{
    struct iso_attribute a = {.stage1_device = true};
    if (i < 2 * UNTAGGED_POINTS) {
        size_t base = i % UNTAGGED_POINTS;
        a.cls = base_point[base].cls;
        a.shareability = base_point[base].shareability;
        a.tagging = i < UNTAGGED_POINTS ? ISO_TAGGING_UNTAGGED : ISO_TAGGING_CANONICAL;
    } else if (i < 2 * UNTAGGED_POINTS + 6) {
        size_t tagged = i - 2 * UNTAGGED_POINTS;
        a.cls = ISO_CLASS_WB;
        a.shareability = base_point[tagged % 3].shareability;
        a.tagging = ISO_TAGGING_ALLOCATION;
        a.no_tag_access = tagged >= 3;
    } else {
        size_t lifted = i - 2 * UNTAGGED_POINTS - 6;
        a.cls = lifted_point[lifted].cls;
        a.shareability = lifted_point[lifted].shareability;
        a.provenance = lifted_point[lifted].provenance;
    }
    a.xs = a.cls != ISO_CLASS_WB && a.cls != ISO_CLASS_WB_WEAK;
    return a;
}

size_t iso_attribute_point_of(const struct iso_attribute *attribute)
{
    for (size_t i = 0; i < ISO_ATTRIBUTE_POINTS; i++) {
        struct iso_attribute p = iso_attribute_point(i);
        if (p.cls == attribute->cls && p.shareability == attribute->shareability && p.tagging == attribute->tagging &&
            p.no_tag_access == attribute->no_tag_access && p.provenance == attribute->provenance)
            return i;
    }
    return ISO_ATTRIBUTE_POINTS;
}

static const char *const class_name[ISO_CLASS_COUNT] = {
    [ISO_CLASS_DEVICE_NGNRNE] = "device-ngnrne",
    [ISO_CLASS_DEVICE_NGNRE] = "device-ngnre",
    [ISO_CLASS_DEVICE_NGRE] = "device-ngre",
    [ISO_CLASS_DEVICE_GRE] = "device-gre",
    [ISO_CLASS_NC] = "nc",
    [ISO_CLASS_WT] = "wt",
    [ISO_CLASS_MIX] = "mix",
    [ISO_CLASS_WB_WEAK] = "wb-weak",
    [ISO_CLASS_WB] = "wb",
};

static const char *const shareability_suffix[] = {
    [ISO_SHAREABILITY_NSH] = ":nsh",
    [ISO_SHAREABILITY_ISH] = ":ish",
    [ISO_SHAREABILITY_OSH] = ":osh",
};

const char *iso_class_name(enum iso_class cls)
{
    return class_name[cls];
}

bool iso_class_is_device(enum iso_class cls)
{
    return cls <= ISO_CLASS_DEVICE_GRE;
}

/* Device and NC are Outer Shareable whatever is configured (1.6). */
static bool shareability_is_free(enum iso_class cls)
{
    return cls > ISO_CLASS_NC;
}

/* Length of text up to the next ':' or '+', or the end. */
static size_t part_length(const char *text)
{
    return strcspn(text, ":+");
}

static bool part_is(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static bool parse_base(struct iso_attribute *out, const char *text, size_t length)
{
    if (part_is(text, length, "wb-tagged")) {
        out->cls = ISO_CLASS_WB;
        out->tagging = ISO_TAGGING_ALLOCATION;
        return true;
    }
    for (size_t i = 0; i < ISO_CLASS_COUNT; i++)
        if (part_is(text, length, class_name[i])) {
            out->cls = (enum iso_class)i;
            return true;
        }
    return false;
}

/* One +flag; returns NULL, or what was expected instead. */
static const char *parse_flag(struct iso_attribute *out, const char *text, size_t length)
{
    if (part_is(text, length, "notag")) {
        if (out->tagging != ISO_TAGGING_ALLOCATION)
            return "+notag only after wb-tagged";
        out->no_tag_access = true;
    } else if (part_is(text, length, "canonical")) {
        if (out->tagging != ISO_TAGGING_UNTAGGED)
            return "+canonical once, and not with wb-tagged";
        out->tagging = ISO_TAGGING_CANONICAL;
    } else if (part_is(text, length, "pdev") || part_is(text, length, "pnwb")) {
        bool device = text[1] == 'd';
        if (out->provenance != ISO_PROVENANCE_NONE)
            return "one of +pdev and +pnwb";
        if (out->tagging != ISO_TAGGING_UNTAGGED)
            return "+pdev and +pnwb only with untagged wb";
        if (out->cls != ISO_CLASS_WB && (device || out->cls != ISO_CLASS_WB_WEAK))
            return device ? "+pdev only after wb" : "+pnwb only after wb or wb-weak";
        out->provenance = device ? ISO_PROVENANCE_PDEV : ISO_PROVENANCE_PNWB;
    } else {
        return "+notag, +canonical, +pdev or +pnwb";
    }
    return NULL;
}

static int parse_error(size_t at, const char *what, size_t *error_at, const char **expected)
{
    if (error_at)
        *error_at = at;
    if (expected)
        *expected = what;
    return -1;
}

int iso_attribute_parse(struct iso_attribute *out, const char *text, size_t *error_at, const char **expected)
{
    struct iso_attribute a = {.stage1_device = true};
    size_t length = part_length(text);
    if (!parse_base(&a, text, length))
        return parse_error(0,
                           "wb-tagged, wb, wb-weak, wt, mix, nc, device-gre, device-ngre, device-ngnre or "
                           "device-ngnrne",
                           error_at, expected);
    a.shareability = shareability_is_free(a.cls) ? ISO_SHAREABILITY_ISH : ISO_SHAREABILITY_OSH;
    a.xs = a.cls != ISO_CLASS_WB && a.cls != ISO_CLASS_WB_WEAK;
    bool shareability_seen = false, flag_seen = false;
    size_t at = length;
    while (text[at] != '\0') {
        const char *part = text + at + 1;
        length = part_length(part);
        if (text[at] == ':') {
            if (shareability_seen || flag_seen)
                return parse_error(at, "one shareability, right after the type", error_at, expected);
            bool found = false;
            for (size_t i = 0; i < sizeof shareability_suffix / sizeof *shareability_suffix; i++)
                if (part_is(part, length, shareability_suffix[i] + 1)) {
                    found = true;
                    if (!shareability_is_free(a.cls) && i != ISO_SHAREABILITY_OSH)
                        return parse_error(at, ":osh, since Device and NC are always Outer Shareable", error_at,
                                           expected);
                    a.shareability = (enum iso_shareability)i;
                }
            if (!found)
                return parse_error(at, ":nsh, :ish or :osh", error_at, expected);
            shareability_seen = true;
        } else {
            const char *wrong = parse_flag(&a, part, length);
            if (wrong)
                return parse_error(at, wrong, error_at, expected);
            flag_seen = true;
        }
        at += 1 + length;
    }
    *out = a;
    return 0;
}

static size_t append(char *out, size_t at, const char *text)
{
    size_t length = strlen(text);
    if (at + length < ISO_ATTRIBUTE_NAME_MAX) {
        memcpy(out + at, text, length + 1);
        at += length;
    }
    return at;
}

size_t iso_attribute_name(char out[ISO_ATTRIBUTE_NAME_MAX], const struct iso_attribute *attribute)
{
    bool tagged = attribute->tagging == ISO_TAGGING_ALLOCATION;
    size_t at = append(out, 0, class_name[attribute->cls]);
    if (tagged)
        at = append(out, at, "-tagged");
    if (shareability_is_free(attribute->cls) && attribute->shareability != ISO_SHAREABILITY_ISH)
        at = append(out, at, shareability_suffix[attribute->shareability]);
    if (attribute->no_tag_access)
        at = append(out, at, "+notag");
    if (attribute->tagging == ISO_TAGGING_CANONICAL)
        at = append(out, at, "+canonical");
    if (attribute->provenance == ISO_PROVENANCE_PDEV)
        at = append(out, at, "+pdev");
    if (attribute->provenance == ISO_PROVENANCE_PNWB)
        at = append(out, at, "+pnwb");
    return at;
}
