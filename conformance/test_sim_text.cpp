// Do the small parts under the reports hold: SHA-256, JSON strings, buffers?
#include <gtest/gtest.h>

#include <string>

extern "C" {
#include "sim/buffer.h"
#include "sim/sha256.h"
}

namespace
{

std::string Sha(const std::string &data)
{
    char out[ISO_SHA256_TEXT_MAX];
    iso_sha256_text(out, data.data(), data.size());
    return out;
}

TEST(Sha256, PublishedVectors)
{
    // FIPS 180-4 examples and the NIST one-million-a vector.
    EXPECT_EQ(Sha(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(Sha("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(Sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(Sha(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, EveryLengthAroundABlockDiffers)
{
    for (size_t size = 50; size < 140; size++)
        EXPECT_NE(Sha(std::string(size, 'x')), Sha(std::string(size + 1, 'x')));
}

std::string Json(const std::string &data)
{
    iso_buffer buffer = {};
    iso_buffer_json_bytes(&buffer, data.data(), data.size());
    std::string out = iso_buffer_string(&buffer);
    iso_buffer_free(&buffer);
    return out;
}

TEST(Json, StringsAreEscapedAndAlwaysUtf8)
{
    EXPECT_EQ(Json("plain"), "\"plain\"");
    EXPECT_EQ(Json("a\"b\\c\n\t"), "\"a\\\"b\\\\c\\n\\t\"");
    EXPECT_EQ(Json(std::string("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\\u007f\"");
    EXPECT_EQ(Json("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
    EXPECT_EQ(Json("\xff"), "\"\\ufffd\"");
    EXPECT_EQ(Json("\xc3"), "\"\\ufffd\"") << "cut off";
    EXPECT_EQ(Json("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"") << "surrogate";
    EXPECT_EQ(Json("\xc0\x80"), "\"\\ufffd\\ufffd\"") << "overlong";
}

TEST(Json, NullPointerIsNull)
{
    iso_buffer buffer = {};
    iso_buffer_json_string(&buffer, nullptr);
    EXPECT_STREQ(iso_buffer_string(&buffer), "null");
    iso_buffer_free(&buffer);
}

TEST(Buffer, GrowsAndClears)
{
    iso_buffer buffer = {};
    EXPECT_STREQ(iso_buffer_string(&buffer), "");
    std::string expected;
    for (int i = 0; i < 2000; i++) {
        iso_buffer_format(&buffer, "%d,", i);
        expected += std::to_string(i) + ",";
    }
    EXPECT_EQ(iso_buffer_string(&buffer), expected);
    EXPECT_EQ(buffer.size, expected.size());
    iso_buffer_clear(&buffer);
    EXPECT_STREQ(iso_buffer_string(&buffer), "");
    iso_buffer_free(&buffer);
}

} // namespace
