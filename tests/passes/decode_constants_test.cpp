#include "mirim/passes/decode_constants.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/opaque.hpp"
#include "mirim/graph/verify.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

/// %y, the result of a TFLM_DECODE of these bytes.
Model decoded(Value result, Bytes codes, Bytes ancillary) {
  Model model;
  Graph& graph = model.graphs.emplace_back();
  const auto given = [&](const char* name, Bytes data) {
    const auto size = static_cast<std::int64_t>(data.size());
    return graph.add(Value{.name = name, .type = {DType::uint8, {size}}, .constant = make_constant(std::move(data))});
  };
  const ValueId a = given("codes", std::move(codes)), b = given("ancillary", std::move(ancillary));
  result.name = "y";
  const ValueId y = graph.add(std::move(result));
  graph.nodes.push_back({.op = Opaque{.title = std::string(kTflmDecode)}, .inputs = {a, b}, .outputs = {y}});
  graph.outputs = {y};
  model.signatures.push_back({.key = "s", .inputs = {}, .outputs = {{"y", y}}});
  decode_constants(model);
  return model;
}

const Value& only(const Model& model) {
  EXPECT_EQ(model.main().nodes.size(), 0);
  EXPECT_EQ(model.main().values.size(), 1);
  EXPECT_EQ(model.signatures[0].outputs[0].second, 0);
  return model.main()[0];
}

std::string reason(const Model& model) {
  EXPECT_EQ(model.main().nodes.size(), 1);
  return model.main().nodes[0].op.as<Opaque>()->reason;
}

Value int8(Shape shape, int channels = 0, int axis = 0) {
  Value value{.type = {DType::int8, std::move(shape)}};
  const auto scales = static_cast<std::size_t>(channels);
  value.quantization = {std::vector<float>(scales, 1), std::vector<std::int64_t>(scales), axis};
  return value;
}

// Version 1 of the header and of the type; byte 5 is the axis and the bits of a number, 6 the numbers of a table.
Bytes header(int type, int parameters = 0, int stride = 0) {
  return bytes({type, 1, 0, 0, 1, parameters, stride, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// 01 10 00 10 | 10 00 ....: the highest bits first.
TEST(DecodeConstants, numbers_of_a_table) {
  const Model model = decoded(int8({2, 3}), bytes({0x62, 0x80}), header(0, 0xF2, 3) + bytes({5, 6, 7}));
  EXPECT_THAT(only(model).values<std::int8_t>(), ElementsAre(6, 7, 5, 7, 7, 5));
  EXPECT_EQ(only(model).form->codebook, (WeightForm::Codebook{.centroids = 3, .per_row = false}));
  EXPECT_THAT(verify(model), testing::IsEmpty());
}

// Tables 1, 2 and 3, 4: rows of the first axis, then columns of the last.
TEST(DecodeConstants, a_table_for_each_channel) {
  const Bytes tables = bytes({1, 2, 3, 4});
  EXPECT_THAT(only(decoded(int8({2, 2}, 2), bytes({0x40}), header(0, 0x01, 2) + tables)).values<std::int8_t>(),
              ElementsAre(1, 2, 3, 3));
  const Model last = decoded(int8({2, 2}, 2, 1), bytes({0x40}), header(0, 0x11, 2) + tables);
  EXPECT_THAT(only(last).values<std::int8_t>(), ElementsAre(1, 4, 1, 3));
  EXPECT_TRUE(only(last).form->codebook->per_row);
  EXPECT_EQ(only(last).form->axis, 1);
  const Model older = decoded(int8({2, 2}, 2, 1), bytes({0x40}), header(0, 0x01, 2) + tables);
  EXPECT_THAT(only(older).values<std::int8_t>(), ElementsAre(1, 4, 1, 3)) << "the axis is that of the scales";
}

// Codes 0 -> 9, 10 -> -1, 11 -> 4 with a first table of one bit: 11 0 10 0.
TEST(DecodeConstants, huffman_codes) {
  const Bytes tables = bytes({0x09, 0x88, 0x01, 0x00, 0xFF, 0x88, 0x04, 0x88});
  const Model model = decoded(int8({4}), bytes({0xD0}), header(1, 0x00) + tables);
  EXPECT_THAT(only(model).values<std::int8_t>(), ElementsAre(4, 9, -1, 9));
  EXPECT_FALSE(only(model).form);
}

TEST(DecodeConstants, pruned_numbers_are_zero_points) {
  Value value = int8({2, 2}, 2);
  EXPECT_TRUE(only(decoded(value, bytes({0x90}), header(2) + bytes({3, 4}))).form->sparsity);
  value.quantization.zero_point = {7, 8};
  const Model model = decoded(value, bytes({0x90}), header(2) + bytes({3, 4}));
  EXPECT_THAT(only(model).values<std::int8_t>(), ElementsAre(3, 7, 8, 4));
  EXPECT_FALSE(only(model).form);
}

TEST(DecodeConstants, what_cannot_be_decoded_stays_and_says_why) {
  const Bytes one = bytes({0});
  EXPECT_THAT(reason(decoded(int8({4}), one, header(200))), HasSubstr("type 200, which an application has of its own"));
  EXPECT_THAT(reason(decoded(int8({4}), one, header(3))), HasSubstr("type 3, which is unknown"));
  EXPECT_THAT(reason(decoded(int8({4}), one, bytes({0, 1}))), HasSubstr("2 bytes, at least 16"));
  EXPECT_THAT(reason(decoded(int8({4}), one, bytes({0, 2}) + Bytes(14))), HasSubstr("version 2.0"));
  EXPECT_THAT(reason(decoded(int8({9}), one, header(0, 0xF1, 1) + one)), HasSubstr("codes end early"));
  EXPECT_THAT(reason(decoded(int8({4}), bytes({0x10}), header(0, 0xF1, 1) + one)), HasSubstr("1 numbers, number 1"));
  EXPECT_THAT(reason(decoded(int8({4}), one, header(0, 0xF1, 0))), HasSubstr("0 numbers, number 0"));
  EXPECT_THAT(reason(decoded(int8({4}), one, header(0, 0x21, 1) + one)), HasSubstr("too few for axis 2 of [4]"));
  EXPECT_THAT(reason(decoded(int8({4}), one, header(0, 0xF0, 1) + one)), HasSubstr("0 bits"));
  EXPECT_THAT(reason(decoded(int8({9}), one, header(2))), HasSubstr("codes end early"));
  EXPECT_THAT(reason(decoded(int8({4}), bytes({0xF0}), header(2) + one)), HasSubstr("1 numbers, number 1"));
  EXPECT_THAT(reason(decoded(int8({4}), one, header(1))), HasSubstr("0 entries, entry 0"));
  // An entry that leads to itself takes a bit each time.
  EXPECT_THAT(reason(decoded(int8({4}), one, header(1) + bytes({0, 0, 0, 0}))), HasSubstr("codes end early"));
  EXPECT_THAT(reason(decoded({.type = {DType::int16, {4}}}, one, header(1))), HasSubstr("int16 with 16 bits"));
  EXPECT_THAT(reason(decoded({.type = {DType::int4, {4}}}, one, header(0, 0xF1, 1))), HasSubstr("int4"));
  EXPECT_THAT(reason(decoded(int8({1 << 30}), one, header(1))), HasSubstr("more than 268435456 bytes"));
}

}  // namespace
}  // namespace mirim
