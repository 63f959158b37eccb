/* Files: read whole, written so that a killed run leaves the old content or none.
 * Not for: litmus files (iso_litmus_read). Not modelled: nothing of the architecture stands here. */
#ifndef ISOTIER_SIM_FILE_H
#define ISOTIER_SIM_FILE_H

#include "sim/buffer.h"
#include "sim/isa/diag.h"

#include <signal.h>

enum { ISO_FILE_MAX_BYTES = 256 * 1024 * 1024 };

/* Reads a regular file of at most `limit` bytes. *data gets a NUL after its last byte; the caller frees it. Returns 0; -1 with a
 * diagnostic if the path is missing, unreadable, a directory, or too large. */
int iso_file_read(char **data, size_t *size, struct iso_diags *diags, const char *path, size_t limit);

/* Writes a temporary file beside `path`, then renames it over `path`. Signals wait meanwhile. 0; -1 with a diagnostic. */
int iso_file_write(struct iso_diags *diags, const char *path, const char *data, size_t size);

/* The same, piece by piece. `path` must outlive the writer. End it whatever became of the pieces: 0; -1 with a diagnostic. */
struct iso_file_writer {
    const char *path;
    struct iso_buffer temporary;
    sigset_t before;
    int fd, error; /* errno of what failed first */
};
void iso_file_begin(struct iso_file_writer *out, const char *path);
void iso_file_add(struct iso_file_writer *out, const char *data, size_t size);
int iso_file_end(struct iso_file_writer *out, struct iso_diags *diags);

/* Folder of this executable, without a slash at its end; "." if the system does not say. The caller frees it. */
char *iso_file_program_folder(void);

bool iso_file_is_directory(const char *path);
bool iso_file_exists(const char *path);
/* Is it there, and of at most `limit` bytes? */
bool iso_file_fits(const char *path, size_t limit);

/* All regular files below `root` whose name ends in `suffix`, hidden ones left out, sorted by path. The caller frees the list and each
 * path. Returns 0; -1 with a diagnostic if a directory cannot be read. */
int iso_file_find(char ***list, size_t *count, struct iso_diags *diags, const char *root, const char *suffix);

#endif
