// Do malloc() and the byte functions of the program that starts quickly keep the contracts of the C library's?
// The sources are those of the program, compiled with a `quick_` before each name (CMakeLists.txt), and held to the C library beside them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

extern "C" {
void *quick_malloc(size_t size);
void *quick_calloc(size_t count, size_t size);
void *quick_realloc(void *data, size_t size);
void quick_free(void *data);
void *quick_memcpy(void *to, const void *from, size_t size);
void *quick_memmove(void *to, const void *from, size_t size);
void *quick_memset(void *to, int value, size_t size);
int quick_memcmp(const void *left, const void *right, size_t size);
size_t quick_strlen(const char *text);
}

namespace
{

struct block {
    unsigned char *data;
    size_t size;
    unsigned char fill;
};

bool is_filled(const block &b)
{
    for (size_t i = 0; i < b.size; i++)
        if (b.data[i] != b.fill)
            return false;
    return true;
}

int sign(int x)
{
    return x < 0 ? -1 : x > 0;
}

} // namespace

TEST(QuickMemory, BlocksOfEverySizeKeepToThemselves)
{
    std::mt19937 random(1);
    std::vector<block> live;
    for (unsigned round = 0; round < 40000; round++) {
        unsigned pick = random() % 4;
        size_t size = random() % (random() % 8 ? 300 : 700000);
        if (pick < 2 || live.empty()) {
            bool zeroed = random() % 2;
            auto *data = static_cast<unsigned char *>(zeroed ? quick_calloc(1, size) : quick_malloc(size));
            ASSERT_NE(data, nullptr);
            ASSERT_EQ(reinterpret_cast<uintptr_t>(data) % alignof(max_align_t), 0u);
            ASSERT_TRUE(!zeroed || is_filled({data, size, 0})) << size;
            live.push_back({data, size, static_cast<unsigned char>(random())});
            std::memset(data, live.back().fill, size);
            continue;
        }
        size_t at = random() % live.size();
        ASSERT_TRUE(is_filled(live[at])) << live[at].size;
        if (pick == 2) {
            auto *data = static_cast<unsigned char *>(quick_realloc(live[at].data, size));
            ASSERT_NE(data, nullptr);
            ASSERT_TRUE(is_filled({data, std::min(size, live[at].size), live[at].fill}))
                << live[at].size << " to " << size;
            live[at] = {data, size, live[at].fill};
            std::memset(data, live[at].fill, size);
            continue;
        }
        quick_free(live[at].data);
        live[at] = live.back();
        live.pop_back();
    }
    for (const block &b : live)
        quick_free(b.data);
}

TEST(QuickMemory, WhatCannotBeHadIsNull)
{
    EXPECT_EQ(quick_malloc(SIZE_MAX), nullptr);
    EXPECT_EQ(quick_malloc(SIZE_MAX - 16), nullptr);
    EXPECT_EQ(quick_calloc(SIZE_MAX / 2, 3), nullptr);
    void *kept = quick_malloc(400000);
    std::memset(kept, 7, 400000);
    EXPECT_EQ(quick_realloc(kept, SIZE_MAX - 8), nullptr);
    EXPECT_TRUE(is_filled({static_cast<unsigned char *>(kept), 400000, 7}));
    quick_free(kept);
    quick_free(nullptr);
}

TEST(QuickMemory, WhatWasGivenBackIsUsedAgain)
{
    void *first = quick_malloc(100);
    quick_free(first);
    EXPECT_EQ(quick_malloc(100), first);
    quick_free(first);
}

TEST(QuickBytes, DoWhatTheCLibraryDoes)
{
    std::mt19937 random(2);
    unsigned char from[300], ours[300], theirs[300];
    for (unsigned round = 0; round < 40000; round++) {
        size_t size = random() % 200, at = random() % 50, other = random() % 50;
        for (unsigned i = 0; i < sizeof from; i++) {
            from[i] = static_cast<unsigned char>(random());
            ours[i] = theirs[i] = static_cast<unsigned char>(random() % 2);
        }
        ASSERT_EQ(quick_memcpy(ours + at, from + other, size), ours + at);
        std::memcpy(theirs + at, from + other, size);
        ASSERT_EQ(std::memcmp(ours, theirs, sizeof ours), 0) << size;
        ASSERT_EQ(quick_memmove(ours + at, ours + other, size), ours + at);
        std::memmove(theirs + at, theirs + other, size);
        ASSERT_EQ(std::memcmp(ours, theirs, sizeof ours), 0) << size << " from " << other << " to " << at;
        ASSERT_EQ(quick_memset(ours + other, from[0], size), ours + other);
        std::memset(theirs + other, from[0], size);
        ASSERT_EQ(std::memcmp(ours, theirs, sizeof ours), 0) << size;
        ours[at + size] = static_cast<unsigned char>(ours[at + size] ^ (random() % 3));
        ASSERT_EQ(sign(quick_memcmp(ours + at, theirs + at, size + 1)),
                  sign(std::memcmp(ours + at, theirs + at, size + 1)));
        ours[at + size] = 0;
        const char *text = reinterpret_cast<const char *>(ours + at);
        ASSERT_EQ(quick_strlen(text), std::strlen(text));
    }
}
