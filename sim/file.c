/* Reading and replacing files, as declared in file.h. Not for: formats. Not modelled: nothing of the architecture stands here. */
#include "sim/file.h"

#include "sim/buffer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int iso_file_read(char **data, size_t *size, struct iso_diags *diags, const char *path, size_t limit)
{
    struct stat status;
    struct iso_buffer text = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        iso_diags_add(diags, false, path, 0, 0, "cannot be read: %s; expected a readable file", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (S_ISDIR(status.st_mode)) {
        iso_diags_add(diags, false, path, 0, 0, "is a directory; expected a file");
        close(fd);
        return -1;
    }
    for (;;) { /* no trust in st_size: pipes and /proc say 0 */
        char buffer[65536];
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            iso_diags_add(diags, false, path, 0, 0, "cannot be read: %s; expected a readable file", strerror(errno));
            break;
        }
        if (got == 0) {
            close(fd);
            iso_buffer_add_bytes(&text, "", 0);
            *data = text.data;
            *size = text.size;
            return 0;
        }
        if (text.size + (size_t)got > limit) {
            iso_diags_add(diags, false, path, 1, 1, "file is larger than %zu bytes, the limit for this kind of file",
                          limit);
            break;
        }
        iso_buffer_add_bytes(&text, buffer, (size_t)got);
    }
    close(fd);
    iso_buffer_free(&text);
    return -1;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t put = write(fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return -1;
        data += put;
        size -= (size_t)put;
    }
    return 0;
}

/* Signals wait until it ends, so that no temporary file is left behind. */
void iso_file_begin(struct iso_file_writer *out, const char *path)
{
    sigset_t all;
    *out = (struct iso_file_writer){.path = path};
    iso_buffer_format(&out->temporary, "%s.XXXXXX", path);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &out->before);
    out->fd = mkstemp(out->temporary.data);
    out->error = out->fd < 0 ? errno : 0;
}

void iso_file_add(struct iso_file_writer *out, const char *data, size_t size)
{
    if (!out->error && write_all(out->fd, data, size) != 0)
        out->error = errno ? errno : EIO;
}

int iso_file_end(struct iso_file_writer *out, struct iso_diags *diags)
{
    mode_t mask = umask(0);
    umask(mask);
    if (!out->error && fchmod(out->fd, 0666 & ~mask) != 0)
        out->error = errno;
    if (out->fd >= 0 && close(out->fd) != 0 && !out->error)
        out->error = errno;
    if (!out->error && rename(out->temporary.data, out->path) != 0)
        out->error = errno;
    if (out->error) {
        iso_diags_add(diags, false, out->path, 0, 0, "cannot be written: %s", strerror(out->error));
        if (out->fd >= 0)
            unlink(out->temporary.data);
    }
    sigprocmask(SIG_SETMASK, &out->before, NULL);
    iso_buffer_free(&out->temporary);
    return out->error ? -1 : 0;
}

int iso_file_write(struct iso_diags *diags, const char *path, const char *data, size_t size)
{
    struct iso_file_writer writer;
    iso_file_begin(&writer, path);
    iso_file_add(&writer, data, size);
    return iso_file_end(&writer, diags);
}

char *iso_file_program_folder(void)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    while (size > 0 && path[size - 1] != '/')
        size--;
    if (size <= 1)
        return iso_duplicate(".");
    path[size - 1] = 0;
    if (size > 13 && strcmp(path + size - 13, "/lib/isotier") == 0) /* the whole program lies beside its engine */
        memcpy(path + size - 13, "/bin", 5);
    return iso_duplicate(path);
}

bool iso_file_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool iso_file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

bool iso_file_fits(const char *path, size_t limit)
{
    struct stat status;
    return stat(path, &status) == 0 && status.st_size >= 0 && (size_t)status.st_size <= limit;
}

struct found {
    char **list;
    size_t count, capacity;
};

static int find_below(struct found *found, struct iso_diags *diags, const char *root, const char *suffix,
                      unsigned depth)
{
    DIR *directory = opendir(root);
    struct dirent *entry;
    int status = 0;
    if (!directory || depth > 32) {
        iso_diags_add(diags, false, root, 0, 0, "cannot be searched: %s", directory ? "too deep" : strerror(errno));
        if (directory)
            closedir(directory);
        return -1;
    }
    while ((entry = readdir(directory))) {
        struct iso_buffer path = {0};
        struct stat info;
        size_t length = strlen(entry->d_name), tail = strlen(suffix), end = strlen(root);
        if (entry->d_name[0] == '.')
            continue;
        while (end > 1 && root[end - 1] == '/')
            end--;
        iso_buffer_format(&path, "%.*s/%s", (int)end, root, entry->d_name);
        if (stat(path.data, &info) != 0) { /* a dangling link, or gone meanwhile */
            iso_buffer_free(&path);
            continue;
        }
        if (S_ISDIR(info.st_mode)) {
            status |= find_below(found, diags, path.data, suffix, depth + 1);
        } else if (S_ISREG(info.st_mode) && length > tail && strcmp(entry->d_name + length - tail, suffix) == 0) {
            if (found->count == found->capacity) {
                found->capacity = found->capacity ? found->capacity * 2 : 64;
                found->list = iso_reallocate(found->list, found->capacity * sizeof found->list[0]);
            }
            found->list[found->count++] = iso_duplicate(path.data);
        }
        iso_buffer_free(&path);
    }
    closedir(directory);
    return status;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int iso_file_find(char ***list, size_t *count, struct iso_diags *diags, const char *root, const char *suffix)
{
    struct found found = {0};
    int status = find_below(&found, diags, root, suffix, 0);
    if (found.count)
        qsort(found.list, found.count, sizeof found.list[0], by_path);
    *list = found.list;
    *count = found.count;
    return status;
}
