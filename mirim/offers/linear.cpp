#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

#include "mirim/micro/add.hpp"
#include "mirim/micro/linear_int8.hpp"
#include "mirim/micro/lookup_table.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/micro/product_int8.hpp"
#include "mirim/micro/quantize.hpp"
#include "mirim/offers/kernels.hpp"
#include "mirim/offers/linear_fit.hpp"

namespace mirim {
namespace {

constexpr const char* kNoFit = "an input comes out just between two results";

double real_of(std::int32_t multiplier, std::int32_t shift) { return std::ldexp(multiplier, shift - 31); }

/// Cycles of a row of `count` elements, by bench/kernels (docs/device-speed.md).
std::int64_t price(std::int64_t count, double element) {
  return 20 + static_cast<std::int64_t>(static_cast<double>(count) * element);
}
template <class Params>
std::int64_t price_of_rows(const Params& p, double element) {
  return std::int64_t{p.size[0]} * p.size[1] * p.size[2] * p.size[3] * price(p.size[4], element);
}

std::string refusal(const Work& work, const Target& target, bool quantized) {
  for (int i = 0; i < work.in.size(); ++i) {
    if (work.in[i].dtype() != DType::int8) return "its operands are not all int8";
  }
  if (!quantized || work.out[0].dtype() != DType::int8) return "its operands are not all int8";
  return target.dsp ? "" : fmt::format("{} has no SMLAWB", target.name);
}

template <class Plain, class Params>
Params pair_params(const Plain& plain) {
  Params params{};
  for (int k = 0; k < 5; ++k) {
    params.size[k] = plain.size[k];
    params.input1_stride[k] = plain.input1_stride[k], params.input2_stride[k] = plain.input2_stride[k];
  }
  params.activation_min = plain.activation_min, params.activation_max = plain.activation_max;
  return params;
}

template <class Plain>
bool repeats_single_elements(const Plain& plain) {
  return plain.size[4] > 1 && (plain.input1_stride[4] != 1 || plain.input2_stride[4] != 1);
}

// The offer of one of the kernels `Kernel::of<kShift, kClamped>()`.
template <class Kernel, class Params>
Offer offer_of(const Kernel& kernel, int shift, bool clamped, const Params& params, const KernelCall& plain) {
  const auto call = [&]<int kShift>() {
    auto* function = clamped ? kernel.template of<kShift, true>() : kernel.template of<kShift, false>();
    return make_kernel_call(kernel.header, fmt::format("{}<{}, {}>", kernel.name, kShift, clamped), kernel.type,
                            function, params, plain.arguments);
  };
  Offer offer{.call = shift == 22   ? call.template operator()<22>()
                      : shift == 21 ? call.template operator()<21>()
                                    : call.template operator()<20>()};
  offer.call.may_overwrite = plain.may_overwrite;
  return offer;
}

bool is_clamped(std::int32_t least, std::int32_t most) { return least != -128 || most != 127; }

struct LinearKernel {
  const char* header = "mirim/micro/linear_int8.hpp";
  const char* name = "linear";
  const char* type = "LinearParams";
  template <int kShift, bool kClamped>
  static auto of() {
    return &micro::linear<kShift, kClamped>;
  }
};
struct LinearPairKernel {
  const char* header = "mirim/micro/linear_int8.hpp";
  const char* name = "linear_pair";
  const char* type = "LinearPairParams";
  template <int kShift, bool kClamped>
  static auto of() {
    return &micro::linear_pair<kShift, kClamped>;
  }
};
Int8Results requantized(const micro::RequantizeParams& plain) {
  return Int8Results::of_one(-128, 127, [&](std::int32_t x) {
    const auto from = static_cast<std::int8_t>(x);
    std::int8_t to = 0;
    micro::RequantizeParams one = plain;
    one.count = 1;
    micro::requantize(one, &from, &to);
    return to;
  });
}

}  // namespace

Answer offer_linear(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::RequantizeParams>();
  if (std::string why = refusal(work, target, plain != nullptr); !why.empty()) return why;
  const Int8Results results = requantized(*plain);
  const auto fit = fit_linear(results, real_of(plain->multiplier, plain->shift));
  if (!fit) return kNoFit;
  const micro::LinearParams params{
      .count = plain->count, .slope = fit->slope1, .start = fit->start, .activation_min = -128, .activation_max = 127};
  Offer offer = offer_of(LinearKernel{}, fit->shift, false, params, work.plain);
  offer.cycles = price(plain->count, 5.75);
  return offer;
}

namespace {

std::optional<LinearFit> find_fit_of_pair(const micro::AddParams& plain, bool subtracts) {
  const auto results =
      Int8Results::of_pairs(plain.activation_min, plain.activation_max, [&](std::int32_t a, std::int32_t b) {
        const std::int32_t x = micro::scaled_input1(plain, a), y = micro::scaled_input2(plain, b);
        return micro::rescaled_sum(plain, subtracts ? x - y : x + y);
      });
  const double output = std::ldexp(real_of(plain.output_multiplier, plain.output_shift), plain.left_shift);
  const double slope1 = real_of(plain.input1_multiplier, plain.input1_shift) * output;
  const double slope2 = real_of(plain.input2_multiplier, plain.input2_shift) * output;
  return fit_linear_pair(results, slope1, subtracts ? -slope2 : slope2);
}

/// A fit looks at 65,536 pairs; the same layer is offered once for each number of rows that a chain may take.
std::optional<LinearFit> fit_of_pair(const micro::AddParams& p, bool subtracts) {
  using Key = std::array<std::int32_t, 13>;
  constexpr std::size_t kMostKept = 1024;
  thread_local std::map<Key, std::optional<LinearFit>> known;
  const Key key{p.left_shift,        p.input1_offset,  p.input1_multiplier, p.input1_shift,      p.input2_offset,
                p.input2_multiplier, p.input2_shift,   p.output_offset,     p.output_multiplier, p.output_shift,
                p.activation_min,    p.activation_max, subtracts ? 1 : 0};
  if (const auto found = known.find(key); found != known.end()) return found->second;
  if (known.size() == kMostKept) known.clear();
  return known.emplace(key, find_fit_of_pair(p, subtracts)).first->second;
}

}  // namespace

Answer offer_linear_pair(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::AddParams>();
  if (std::string why = refusal(work, target, plain != nullptr); !why.empty()) return why;
  if (repeats_single_elements(*plain)) return "it repeats single elements";
  const auto fit = fit_of_pair(*plain, work.op.name() == "SUB");
  if (!fit) return kNoFit;
  auto params = pair_params<micro::AddParams, micro::LinearPairParams>(*plain);
  params.slope1 = fit->slope1, params.slope2 = fit->slope2, params.start = fit->start;
  const bool clamped = is_clamped(params.activation_min, params.activation_max);
  Offer offer = offer_of(LinearPairKernel{}, fit->shift, clamped, params, work.plain);
  offer.cycles = price_of_rows(params, clamped ? 14 : 8);
  return offer;
}

Answer offer_product_pair(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::MulParams>();
  if (std::string why = refusal(work, target, plain != nullptr); !why.empty()) return why;
  if (repeats_single_elements(*plain)) return "it repeats single elements";
  const std::int32_t right = -plain->output_shift - 1;
  if (right < 0 || right > 21) return fmt::format("a shift of {} is not in [-22, -1]", plain->output_shift);
  auto params = pair_params<micro::MulParams, micro::ProductPairParams>(*plain);
  params.input1_offset = plain->input1_offset, params.input2_offset = plain->input2_offset;
  params.output_offset = plain->output_offset;
  params.multiplier = plain->output_multiplier, params.right = right;
  const bool clamped = is_clamped(params.activation_min, params.activation_max);
  Offer offer{.call = make_kernel_call(
                  "mirim/micro/product_int8.hpp", fmt::format("product_pair<{}>", clamped), "ProductPairParams",
                  clamped ? &micro::product_pair<true> : &micro::product_pair<false>, params, work.plain.arguments)};
  offer.call.may_overwrite = work.plain.may_overwrite;
  offer.cycles = price_of_rows(params, clamped ? 18 : 12);
  return offer;
}

Answer offer_table(const Work& work, const Target& target) {
  const auto* plain = work.plain.parameters_as<micro::RequantizeParams>();
  if (std::string why = refusal(work, target, plain != nullptr); !why.empty()) return why;
  const Int8Results results = requantized(*plain);
  std::vector<std::int8_t> table(results.of.begin() + 128, results.of.end());
  table.insert(table.end(), results.of.begin(), results.of.begin() + 128);
  Offer offer{.call = make_kernel_call("mirim/micro/lookup_table.hpp", "lookup_table", "LookupTableParams",
                                       &micro::lookup_table<std::int8_t>, {.count = plain->count},
                                       {kernel_input(0), kernel_constant(0), kernel_output(0)}),
              .cycles = price(plain->count, 7)};
  offer.call.constants = {make_kernel_constant("table", table)};
  offer.call.may_overwrite = work.plain.may_overwrite;
  return offer;
}

}  // namespace mirim
