/* Reading profiles, as declared in profile.h. Not for: whether the scenarios are there; whoever reads them says so.
 * Not modelled: profiles of profiles, options in profiles. */
#include "sim/profile.h"

#include "sim/buffer.h"
#include "sim/file.h"

#include <stdlib.h>
#include <string.h>

static void no_profile(struct iso_diags *diags, const char *path, const char *folder, const char *name)
{
    struct iso_buffer names = {0}, below = {0};
    struct iso_diags ignored = {0};
    char **list = NULL;
    size_t count = 0;
    iso_buffer_format(&below, "%s/profiles", folder);
    if (iso_file_is_directory(below.data))
        iso_file_find(&list, &count, &ignored, below.data, ".txt");
    for (size_t i = 0; i < count; i++) {
        const char *file = strrchr(list[i], '/') + 1;
        iso_buffer_format(&names, "%s%.*s", i ? ", " : "", (int)(strlen(file) - 4), file);
        free(list[i]);
    }
    iso_diags_add(diags, false, path, 0, 0, "there is no profile \"%s\"; expected one of %s", name,
                  count ? names.data : "none");
    free(list);
    iso_diags_free(&ignored);
    iso_buffer_free(&names);
    iso_buffer_free(&below);
}

int iso_profile_read(struct iso_strings *paths, struct iso_diags *diags, struct iso_arena *arena, const char *folder,
                     const char *name)
{
    struct iso_buffer path = {0}, one = {0};
    char *text = NULL, *saved = NULL;
    size_t size, before = paths->count;
    bool plain = *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
    iso_buffer_format(&path, "%s/profiles/%s.txt", folder, plain ? name : "");
    if (!plain || !iso_file_exists(path.data)) {
        no_profile(diags, "--profile", folder, name);
    } else if (iso_file_read(&text, &size, diags, path.data, ISO_FILE_MAX_BYTES) == 0) {
        for (char *line = strtok_r(text, "\r\n", &saved); line; line = strtok_r(NULL, "\r\n", &saved)) {
            if (*line == '#')
                continue;
            iso_buffer_clear(&one);
            iso_buffer_format(&one, "%s/%s.litmus", folder, line);
            iso_strings_add(paths, iso_arena_string(arena, one.data, one.size));
        }
        if (paths->count == before)
            iso_diags_add(diags, false, path.data, 1, 1, "profile is empty; expected ids of scenarios, one a line");
    }
    free(text);
    iso_buffer_free(&path);
    iso_buffer_free(&one);
    return paths->count > before ? 0 : -1;
}
