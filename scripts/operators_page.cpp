// Prints docs/operators.md from the registry: mirim_operators_page > docs/operators.md

#include <fmt/core.h>
#include <fmt/format.h>

#include <string>

#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

/// Collects "name = default" of every option.
class OptionNames : public Options {
 public:
  std::string text;

  void field(int, std::string_view name, bool& value, bool) override { add(name, value ? "true" : "false"); }
  void field(int, std::string_view name, std::int32_t& value, std::int32_t) override {
    add(name, fmt::to_string(value));
  }
  void field(int, std::string_view name, float& value, float) override { add(name, fmt::format("{:g}", value)); }
  void field(int, std::string_view name, std::vector<std::int32_t>& value) override {
    add(name, fmt::format("[{}]", fmt::join(value, ", ")));
  }

 protected:
  void enumeration(int, std::string_view name, int& value, int, std::span<const std::string_view> names) override {
    add(name, names[static_cast<std::size_t>(value)]);
  }

 private:
  void add(std::string_view name, std::string_view value) {
    text += fmt::format("{}`{} = {}`", text.empty() ? "" : " ", name, value);
  }
};

void row(std::string_view type, const Op& op) {
  OptionNames options;
  op.options(options);
  fmt::print("| `{}` | `{}` | {} | {} | {} | {} |\n", op.name(), type,
             op.tflite_code() < 0 ? "" : fmt::to_string(op.tflite_code()), op.differentiable() ? "yes" : "",
             op.deployable() ? "yes" : "", options.text);
}

}  // namespace
}  // namespace mirim

int main() {
  using namespace mirim;
  fmt::print(
      "# Operators\n\n"
      "Made from the registry by `mirim_operators_page > docs/operators.md`; a test holds the page to it. The name is "
      "what\n"
      "the text form and TensorFlow Lite call the operator, the type what C++ calls it (`mirim/ops/all.hpp`). An "
      "operator\n"
      "without a .tflite code is one that TensorFlow Lite lacks: it is for training and written in TFLite's operators, "
      "or,\n"
      "LOOKUP_TABLE, made by the compiler. A device kernel means that the operator can be compiled; the options are "
      "those of\n"
      "the .tflite schema, with mirim's defaults.\n\n"
      "| name | type | .tflite code | gradient | device kernel | options |\n"
      "|---|---|---|---|---|---|\n");
#define X(Type) #Type,
  constexpr std::string_view types[] = {MIRIM_OPERATORS(X)};
#undef X
  // The registry is in the order of the list.
  for (std::size_t i = 0; i < std::size(types); ++i) row(types[i], all_operators().all()[i]);
}
