#include "mirim/compress/encoding.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Value weights(Shape shape, const std::vector<float>& numbers, std::optional<WeightForm> form = {}) {
  return {.name = "w",
          .type = {DType::float32, std::move(shape)},
          .constant = make_constant(numbers),
          .form = std::move(form)};
}

Value integers(Shape shape, const std::vector<std::int8_t>& numbers, std::optional<WeightForm> form = {}) {
  return {.name = "w",
          .type = {DType::int8, std::move(shape)},
          .constant = make_constant(numbers),
          .form = std::move(form)};
}

/// The bytes as numbers, once they are decoded to the same constant.
std::vector<int> encoded(const Value& value, const Encoding& encoding) {
  const Bytes bytes = encode(value, encoding);
  EXPECT_EQ(*decode(bytes, value.type), *value.constant) << to_string(encoding);
  std::vector<int> numbers;
  for (const std::byte b : bytes) numbers.push_back(std::to_integer<int>(b));
  return numbers;
}

std::vector<Symbols> symbols_offered(const Value& value) {
  std::vector<Symbols> list;
  for (const Encoding& e : offers(value)) list.push_back(e.symbols);
  return list;
}

/// 300 x 784, 92 % zeros, 32 other values around 0 of which small ones are more frequent, as after training.
Value pruned_and_clustered() {
  Random random(7);
  std::vector<float> numbers;
  for (int i = 0; i < 300 * 784; ++i) {
    if (random.below(100) < 92) {
      numbers.push_back(0);
      continue;
    }
    const int step = std::min(15, static_cast<int>(-5 * std::log(1 - random.uniform())));  // 0 .. 15
    numbers.push_back((random.below(2) == 0 ? -1.0F : 1.0F) * (0.05F + 0.01F * static_cast<float>(step)));
  }
  return weights({300, 784}, numbers, WeightForm{.sparsity = WeightForm::Sparsity{}, .codebook = {{.centroids = 33}}});
}

double entropy_in_bytes(const Value& value) {
  std::map<float, std::int64_t> counts;
  for (const float w : value.values<float>()) ++counts[w];
  const auto all = static_cast<double>(value.type.shape.elements());
  double bits = 0;
  for (const auto& [w, count] : counts)
    bits -= static_cast<double>(count) * std::log2(static_cast<double>(count) / all);
  return bits / 8;
}

TEST(Encoding, a_codebook_of_four_becomes_four_floats_and_two_bit_indices) {
  // Deep Compression (arXiv 1510.00149), figure 3.
  const Value w = weights({4, 4}, {2, -1, 1.5F, 0, 0, 0, -1, 2, -1, 2, 0, -1, 2, 0, 1.5F, 1.5F});
  EXPECT_THAT(encoded(w, {.symbols = Symbols::codebook}),
              ElementsAre(0x05, 0x10, 4, 0, 3,                          // 4 rows of axis 0, 4 entries
                          0, 0, 0x80, 0xBF, 0, 0, 0, 0,                 // -1, 0
                          0, 0, 0xC0, 0x3F, 0, 0, 0, 0x40,              // 1.5, 2
                          0b01'10'00'11, 0b11'00'01'01, 0b00'01'11'00,  // the first weight is the lowest
                          0b10'10'01'11));
}

TEST(Encoding, float_weights_on_a_grid_become_integers_and_a_scale_a_row) {
  const WeightForm form{.grid = WeightForm::Grid{.least = -7, .most = 7, .scale = {0.5F, 0.25F}}};
  const Value w = weights({2, 2}, {0.5F, -3.5F, 1.75F, 0}, form);                                   // 1, -7; 7, 0
  EXPECT_THAT(encoded(w, {.symbols = Symbols::int4}), ElementsAre(0x02, 0x10, 2, 1,                 // flag: scales
                                                                  0, 0, 0, 0x3F, 0, 0, 0x80, 0x3E,  // 0.5, 0.25
                                                                  0x91, 0x07));
}

TEST(Encoding, binary_weights_are_a_bit_each) {
  const WeightForm form{.grid = WeightForm::Grid{.least = -1, .most = 1, .has_zero = false, .scale = {0.5F}}};
  const Value w = weights({1, 8}, {0.5F, -0.5F, 0.5F, 0.5F, -0.5F, -0.5F, -0.5F, 0.5F}, form);
  EXPECT_THAT(encoded(w, {.symbols = Symbols::bits}), ElementsAre(0x04, 0x10, 1, 0, 0, 0, 0, 0x3F, 0b1000'1101));
}

TEST(Encoding, int8_weights_of_four_levels_are_two_bits_each) {
  const Value w = integers({1, 4}, {-2, -1, 0, 1});
  EXPECT_THAT(encoded(w, {.symbols = Symbols::int2}), ElementsAre(0x03, 0x10, 1, 0, 0b01'00'11'10));
}

TEST(Encoding, zeros_apart_are_a_mask_and_the_others_and_a_row_is_found_by_its_restart_point) {
  const Value w = integers({2, 8}, {5, 0, 0, 6, 0, 0, 0, 7, 0, 0, 8, 0, 0, 0, 0, 0});
  EXPECT_THAT(encoded(w, {.symbols = Symbols::int8, .zeros = Zeros::elements, .segment = 8}),
              ElementsAre(0x11, 0x10, 1, 1, 0,   // a row a segment, restart points of one byte
                          4,                     // where the second row starts
                          0b1000'1001, 5, 6, 7,  // first row
                          0b0000'0100, 8));      // second
}

TEST(Encoding, a_block_is_kept_or_dropped_whole) {
  const WeightForm form{.sparsity = WeightForm::Sparsity{.block_rows = 2, .block_columns = 2}};
  const Value w = integers({3, 4},
                           {0, 0, 1, 2,  //
                            0, 0, 0, 4,  //
                            5, 6, 0, 0},
                           form);
  EXPECT_THAT(encoded(w, {.symbols = Symbols::int8, .zeros = Zeros::blocks}),
              ElementsAre(0x21, 0x10, 2, 2, 3, 0,      // blocks of 2x2, 3 rows in the only segment
                          0b0110, 1, 2, 0, 4, 5, 6));  // the lower blocks have one row
}

TEST(Encoding, two_of_four_are_two_places_of_two_bits) {
  const WeightForm form{.sparsity = WeightForm::Sparsity{.keep = 2, .of = 4}};
  const Value w = integers({1, 8}, {0, 7, 0, 8, 0, 0, 0, 9}, form);
  EXPECT_THAT(encoded(w, {.symbols = Symbols::int8, .zeros = Zeros::pattern}),
              ElementsAre(0x31, 0x10, 2, 4, 1, 0,  // 2 of 4, 1 row
                          0b11'00'11'01,           // 1, 3 and 0, 3: of three zeros the first is kept
                          7, 8, 0, 9));
}

TEST(Encoding, a_codebook_a_row_has_the_entries_of_each_row) {
  const WeightForm form{.codebook = WeightForm::Codebook{.centroids = 2, .per_row = true}};
  const Value w = integers({2, 4}, {3, 5, 5, 3, -1, -1, -1, -1}, form);
  EXPECT_THAT(encoded(w, {.symbols = Symbols::codebook}),
              ElementsAre(0x05, 0x10, 2, 2, 1,  // flag: a codebook a row
                          3, 5, 0xFF, 0xFF,     // the last entry fills a row up
                          0b0000'0110));
}

TEST(Encoding, a_codebook_of_integers_has_entries_of_one_byte) {
  const WeightForm form{.grid = WeightForm::Grid{.scale = {0.5F}}};
  const Value w = weights({1, 4}, {50, -50, 50, 50}, form);
  EXPECT_THAT(encoded(w, {.symbols = Symbols::grid_codebook}),
              ElementsAre(0x06, 0x10, 1, 0, 1, 0, 0, 0, 0x3F, 0x9C, 100, 0b1101));
}

TEST(Encoding, floats_stay_the_same_to_the_bit) {
  const float nan = std::bit_cast<float>(0x7FC12345U);
  const Value w = weights({2, 3}, {0, -0.0F, nan, -std::numeric_limits<float>::infinity(), 1e-45F, 1});
  for (const Encoding& e : offers(w)) encoded(w, e);
  encoded(w, {.zeros = Zeros::elements});
}

TEST(Encoding, a_negative_zero_is_on_no_grid) {
  const WeightForm form{.grid = WeightForm::Grid{.scale = {0.5F}}};
  EXPECT_THAT(symbols_offered(weights({2}, {0, 0.5F}, form)), Contains(Symbols::int8));
  EXPECT_THAT(symbols_offered(weights({2}, {-0.0F, 0.5F}, form)), Not(Contains(Symbols::int8)));
}

TEST(Encoding, other_types_are_stored_as_they_are) {
  const Value bias{
      .name = "b", .type = {DType::int32, {2}}, .constant = make_constant(std::vector<std::int32_t>{0, 0})};
  EXPECT_THAT(offers(bias), ElementsAre(Encoding{}));
  EXPECT_THAT(encoded(bias, {}), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(smallest(bias).bytes, 10);
}

TEST(Encoding, no_weights_are_two_bytes) {
  const Value none = weights({0, 4}, {});
  EXPECT_THAT(offers(none), ElementsAre(Encoding{}));
  EXPECT_EQ(encoded(none, {}).size(), 2);
}

TEST(Encoding, what_does_not_fit_is_refused_by_name) {
  try {
    encode(integers({1, 2}, {100, 3}), {.symbols = Symbols::int4, .zeros = Zeros::elements, .code = Code::rans});
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "'w': its weights cannot be stored as int4 in rANS, zeros by a mask");
  }
  EXPECT_THROW(encode(integers({1, 2}, {100, 3}), {.zeros = Zeros::blocks}), Error);
}

TEST(Encoding, an_entropy_code_is_offered_for_the_narrowest_integers_only) {
  const std::vector<Encoding> list = offers(integers({1, 4}, {7, -8, 1, 3}));
  EXPECT_THAT(list, Contains(Encoding{.symbols = Symbols::int8}));
  EXPECT_THAT(list, Contains(Encoding{.symbols = Symbols::int4, .code = Code::rans}));
  EXPECT_THAT(list, Not(Contains(Encoding{.symbols = Symbols::int8, .code = Code::rans})));
}

TEST(Encoding, rows_are_those_of_the_form_or_the_quantization) {
  Value w = integers({1, 2, 2}, {0, 1, 2, 3});
  w.quantization = {.scale = {1, 1}, .zero_point = {0, 0}, .dimension = 2};
  EXPECT_THAT(encoded(w, {.symbols = Symbols::int8, .code = Code::packed}), ElementsAre(0x01, 0x30, 2, 0, 0, 2, 1, 3));
}

TEST(Encoding, each_offer_is_decoded_to_the_bit) {
  Random random(3);
  for (int trial = 0; trial < 40; ++trial) {
    SCOPED_TRACE(trial);
    const Shape shape{1 + random.below(6), 1 + random.below(4), 1 + random.below(9)};
    WeightForm form{.axis = static_cast<int>(random.below(4)) - 1};
    const std::int64_t rows = form.axis < 0 ? 1 : shape[form.axis];
    form.grid = WeightForm::Grid{.scale = std::vector<float>(static_cast<std::size_t>(rows), 0.01F)};
    form.codebook = WeightForm::Codebook{.centroids = 8, .per_row = random.below(2) == 0};
    form.sparsity = WeightForm::Sparsity{
        .block_rows = 1 + random.below(3), .block_columns = 1 + random.below(5), .keep = 2, .of = 3 + random.below(3)};
    const std::int64_t most = std::int64_t{1} << random.below(8);
    std::vector<float> numbers;
    for (std::int64_t i = 0; i < shape.elements(); ++i) {
      const std::int64_t integer = random.below(3) == 0 ? random.below(2 * most) - most : 0;
      numbers.push_back(0.01F * static_cast<float>(integer));
    }
    const Value w = weights(shape, numbers, form);
    for (Encoding e : offers(w)) {
      for (e.segment = 0; e.segment < 40; e.segment += 13) encoded(w, e);
    }
  }
}

TEST(Encoding, rans_comes_within_3_percent_of_the_entropy) {
  const Value w = pruned_and_clustered();
  const Bytes bytes = encode(w, {.symbols = Symbols::codebook, .code = Code::rans});
  EXPECT_EQ(*decode(bytes, w.type), *w.constant);
  const std::size_t tables = 33 * 4 + 33 * 2;  // codebook and at most that much for frequencies
  EXPECT_LT(static_cast<double>(bytes.size() - tables), entropy_in_bytes(w) * 1.03);
}

TEST(Encoding, a_layer_with_92_percent_zeros_and_5_bit_clusters_becomes_38_times_smaller) {
  const Value w = pruned_and_clustered();
  const Stored stored = smallest(w);
  EXPECT_LE(stored.bytes * 38, w.type.bytes()) << to_string(stored.encoding);
  EXPECT_EQ(std::ssize(encode(w, stored.encoding)), stored.bytes);
}

TEST(Encoding, dense_random_int8_weights_stay_as_they_are) {
  Random random(5);
  std::vector<std::int8_t> numbers;
  for (int i = 0; i < 1000; ++i) numbers.push_back(static_cast<std::int8_t>(random.below(256)));
  EXPECT_EQ(smallest(integers({10, 100}, numbers)).encoding, Encoding{});
}

TEST(Encoding, bytes_that_end_early_or_late_are_refused) {
  const Value w = integers(
      {4, 8}, {0, 1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 2, 0, 0, 2, 0, 0, 0, 0});
  for (Encoding e : offers(w)) {
    e.segment = 8;
    Bytes bytes = encode(w, e);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_THROW(decode(BytesView(bytes).first(size), w.type), Error) << to_string(e) << ", " << size;
    }
    bytes.push_back({});
    EXPECT_THROW(decode(bytes, w.type), Error) << to_string(e);
  }
}

TEST(Encoding, bytes_for_another_type_are_refused) {
  const Bytes bytes = encode(integers({1, 2}, {1, 2}), {.symbols = Symbols::int8});
  EXPECT_THROW(decode(bytes, {DType::int32, {1, 2}}), Error);
  EXPECT_THROW(decode(bytes, {DType::int8, {1, 3}}), Error);
}

TEST(Encoding, people_read_what_it_is) {
  EXPECT_EQ(to_string(Encoding{}), "as it is");
  EXPECT_EQ(to_string(Encoding{Symbols::codebook, Zeros::elements, Code::rans, Code::huffman}),
            "codebook in rANS, zeros by a mask in Huffman");
}

}  // namespace
}  // namespace mirim
