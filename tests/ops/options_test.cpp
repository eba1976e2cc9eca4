#include "mirim/graph/options.hpp"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

// Gives every option a random value, the smallest and the largest of its type and the schema's default among them.
class Scramble : public Options {
 public:
  explicit Scramble(std::uint64_t seed) : random_(seed) {}

  void field(int, std::string_view, bool& value, bool) override { value = random_.below(2) == 1; }
  void field(int, std::string_view, std::int32_t& value, std::int32_t fallback) override {
    const std::int32_t choices[] = {INT32_MIN, -1, 0, 1, 7, INT32_MAX, fallback};
    value = choices[random_.below(7)];
  }
  void field(int, std::string_view, float& value, float fallback) override {
    const float choices[] = {-0.0F, 0, 0.1F, 1e-40F, -3.4028235e38F, random_.normal(), fallback};
    value = choices[random_.below(7)];
  }
  void field(int, std::string_view, std::vector<std::int32_t>& value) override {
    value.assign(static_cast<std::size_t>(random_.below(4)), -1);
  }
  void field(int, std::string_view, std::vector<std::int64_t>& value) override {
    value.assign(static_cast<std::size_t>(random_.below(4)), random_.below(2) == 0 ? INT64_MIN : INT64_MAX);
  }
  void field(int, std::string_view, std::vector<float>& value) override {
    value.assign(static_cast<std::size_t>(random_.below(4)), -1e-40F);
  }
  void field(int, std::string_view, std::string& value) override {
    const std::string_view choices[] = {"", "state/conv_1", "two words, \"quoted\"}\n"};
    value = choices[random_.below(3)];
  }
  using Options::field;

 protected:
  void enumeration(int, std::string_view, int& value, int, std::span<const std::string_view> names) override {
    ASSERT_GT(names.size(), 1U);
    value = static_cast<int>(random_.below(static_cast<std::int64_t>(names.size())));
  }

 private:
  Random random_;
};

// Notes the slots and names of an operator's options.
class Names : public Options {
 public:
  std::vector<int> slots;
  std::vector<std::string> names;

  void field(int slot, std::string_view name, bool&, bool) override { add(slot, name); }
  void field(int slot, std::string_view name, std::int32_t&, std::int32_t) override { add(slot, name); }
  void field(int slot, std::string_view name, float&, float) override { add(slot, name); }
  void field(int slot, std::string_view name, std::vector<std::int32_t>&) override { add(slot, name); }
  void field(int slot, std::string_view name, std::vector<std::int64_t>&) override { add(slot, name); }
  void field(int slot, std::string_view name, std::vector<float>&) override { add(slot, name); }
  void field(int slot, std::string_view name, std::string&) override { add(slot, name); }

 protected:
  void enumeration(int slot, std::string_view name, int&, int, std::span<const std::string_view>) override {
    add(slot, name);
  }

 private:
  void add(int slot, std::string_view name) {
    if (slot != kOutsideTable) slots.push_back(slot);
    names.emplace_back(name);
  }
};

TEST(OperatorOptions, text_keeps_every_option_of_every_operator) {
  for (const Op& op : all_operators().all()) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      Graph graph;
      graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {1}}})};
      graph.outputs = {graph.add(Value{.name = "y", .type = {DType::float32, {1}}})};
      Op scrambled = op;
      Scramble scramble(seed);
      scrambled.options(scramble);
      graph.nodes.push_back({scrambled, graph.inputs, graph.outputs, "y", {}});
      const std::string text = to_text(graph);
      EXPECT_TRUE(parse_graph(text, all_operators()).nodes.at(0).op == scrambled) << "seed " << seed << "\n" << text;
    }
  }
}

TEST(OperatorOptions, slots_and_names_are_used_once) {
  for (const Op& op : all_operators().all()) {
    Names options;
    op.options(options);
    EXPECT_EQ(std::set<int>(options.slots.begin(), options.slots.end()).size(), options.slots.size()) << op.name();
    EXPECT_EQ(std::set<std::string>(options.names.begin(), options.names.end()).size(), options.names.size())
        << op.name();
  }
}

}  // namespace
}  // namespace mirim
