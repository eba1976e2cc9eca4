#include "mirim/zoo/transformer.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 62;

[[noreturn]] void refuse() { fail("the sizes give more than 2^62 parameters or products; are they right?"); }

std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) {
    if (__builtin_mul_overflow(result, factor, &result) || result > kMost) refuse();
  }
  return result;
}

std::int64_t sum(std::initializer_list<std::int64_t> terms) {
  std::int64_t result = 0;
  for (const std::int64_t term : terms) {
    if (__builtin_add_overflow(result, term, &result) || result > kMost) refuse();
  }
  return result;
}

void check(std::string_view what, std::int64_t value, std::int64_t least) {
  if (value < least) fail("{} is {}; it must be at least {}", what, value, least);
}

}  // namespace

TransformerCost cost_of(const Transformer& t) {
  check("layers", t.layers, 1);
  check("width", t.width, 1);
  check("heads", t.heads, 0);
  check("context", t.context, 1);
  check("vocabulary", t.vocabulary, 1);
  check("tokens", t.tokens, 0);
  if (t.heads > 0 && t.width % t.heads != 0) fail("{} heads do not divide the width {}", t.heads, t.width);
  const std::int64_t of_layers = product({12, t.layers, t.width, t.width});
  TransformerCost cost;
  cost.parameters = sum({of_layers, product({13, t.layers, t.width}), product({t.vocabulary, t.width}),
                         product({t.context, t.width}), product({2, t.width})});
  cost.weight_macs = sum({of_layers, product({t.vocabulary, t.width})});
  cost.attention_macs = product({2, t.layers, t.context, t.width});
  sum({cost.weight_macs, cost.attention_macs});  // refuses what `macs` could not hold
  cost.kept_elements = cost.attention_macs;      // each of these is multiplied once
  cost.live_elements = std::max(t.vocabulary, product({5, t.width}));
  cost.training_flops = 6.0 * static_cast<double>(cost.parameters) * static_cast<double>(t.tokens);
  return cost;
}

}  // namespace mirim
