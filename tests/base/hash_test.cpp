#include "mirim/base/hash.hpp"

#include <gtest/gtest.h>

namespace mirim {
namespace {

// The published values of XXH3 for no bytes (xxhash's own test vectors).
TEST(Hash, of_nothing_is_the_published_value) {
  EXPECT_EQ(hash64({}), 0x2D06800538D394C2U);
  EXPECT_EQ(hash_text({}), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, of_one_changed_bit_differs) {
  const auto a = bytes_of(std::string_view("mirim"));
  const auto b = bytes_of(std::string_view("mirhm"));
  EXPECT_NE(hash64(a), hash64(b));
  EXPECT_NE(hash_text(a), hash_text(b));
}

}  // namespace
}  // namespace mirim
