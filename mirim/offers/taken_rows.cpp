#include "mirim/offers/taken_rows.hpp"

#include <algorithm>
#include <array>

#include "mirim/micro/fully_connected.hpp"
#include "mirim/micro/pool.hpp"
#include "mirim/micro/reduce.hpp"
#include "mirim/micro/taken_rows.hpp"
#include "mirim/offers/operands.hpp"

namespace mirim {
namespace {

constexpr const char* kHeader = "mirim/micro/taken_rows.hpp";

// One image and how it comes.
struct Image {
  std::int32_t calls, pixels, channels;  // pixels of a call
};

bool covers(const micro::Pool2dParams& p) {
  return p.output_height == 1 && p.output_width == 1 && p.padding_top == 0 && p.padding_left == 0 &&
         p.filter_height == p.input_height && p.filter_width == p.input_width;
}

/// Whether what is kept are the channels, neighbours in memory, and nothing else.
template <class Params>
bool keeps_channels(const Params& p, std::int32_t channels) {
  std::int64_t kept = 1;
  for (int i = 0; i < 3; ++i) {
    kept *= p.kept_size[i];
    if (p.kept_size[i] > 1 && p.kept_stride[i] != 1) return false;
  }
  return kept == channels;
}

std::int64_t state_bytes(std::int32_t sums) { return std::int64_t{4} * (1 + sums); }

// A load, two additions and the loop for four elements, then four sums to load and store; the rest at the end.
std::int64_t mean_cycles(const Image& image, std::int64_t finish) {
  return std::int64_t{image.channels} * (image.pixels * 3 / 2 + 8) + image.channels * finish / image.calls;
}

Offer largest(const Image& image, std::int32_t least, std::int32_t most) {
  const micro::AverageOfRowsParams params{.calls = image.calls,
                                          .pixels = image.pixels,
                                          .channels = image.channels,
                                          .activation_min = least,
                                          .activation_max = most};
  Offer offer{.call = make_kernel_call(kHeader, "largest_of_rows", "AverageOfRowsParams", &micro::largest_of_rows,
                                       params, {kernel_input(0), kernel_scratch(), kernel_output(0)}),
              .cycles = std::int64_t{image.pixels} * image.channels * 8};
  offer.call.scratch_bytes = state_bytes(0);
  return offer;
}

Offer average(const Image& image, const micro::Pool2dParams& pool) {
  const micro::AverageOfRowsParams params{.calls = image.calls,
                                          .pixels = image.pixels,
                                          .channels = image.channels,
                                          .activation_min = pool.activation_min,
                                          .activation_max = pool.activation_max};
  Offer offer{.call = make_kernel_call(kHeader, "average_of_rows", "AverageOfRowsParams", &micro::average_of_rows,
                                       params, {kernel_input(0), kernel_scratch(), kernel_output(0)}),
              .cycles = mean_cycles(image, 25)};
  offer.call.scratch_bytes = state_bytes(image.channels);
  return offer;
}

Offer mean(const Image& image, const micro::MeanParams& mean) {
  const micro::MeanOfRowsParams params{.calls = image.calls,
                                       .pixels = image.pixels,
                                       .channels = image.channels,
                                       .input_zero_points = mean.input_zero_points,
                                       .output_offset = mean.output_offset,
                                       .multiplier = mean.multiplier,
                                       .shift = mean.shift};
  Offer offer{.call = make_kernel_call(kHeader, "mean_of_rows", "MeanOfRowsParams", &micro::mean_of_rows, params,
                                       {kernel_input(0), kernel_scratch(), kernel_output(0)}),
              .cycles = mean_cycles(image, 20)};
  offer.call.scratch_bytes = state_bytes(image.channels);
  return offer;
}

Offer fully_connected(const Image& image, const micro::FullyConnectedParams& plain, const KernelCall& call) {
  const std::int32_t inputs = image.pixels * image.channels;
  const micro::FullyConnectedOfRowsParams params{.calls = image.calls,
                                                 .inputs = inputs,
                                                 .outputs = plain.outputs,
                                                 .input_offset = plain.input_offset,
                                                 .output_offset = plain.output_offset,
                                                 .multiplier_stride = plain.multiplier_stride,
                                                 .activation_min = plain.activation_min,
                                                 .activation_max = plain.activation_max};
  std::vector<KernelArgument> arguments = call.arguments;  // input, weights, bias, multiplier, shift, output
  arguments.insert(arguments.end() - 1, kernel_scratch());
  Offer offer{.call = make_kernel_call(kHeader, "fully_connected_of_rows", "FullyConnectedOfRowsParams",
                                       &micro::fully_connected_of_rows, params, arguments),
              .cycles = std::int64_t{plain.outputs} * inputs * 22 / 10 + std::int64_t{plain.outputs} * 20};
  offer.call.constants = call.constants;
  offer.call.scratch_bytes = state_bytes(plain.outputs);
  return offer;
}

}  // namespace

std::optional<Offer> offer_taken_rows(const Work& work, std::int32_t rows) {
  if (!work.in.has(0) || work.in[0].is_constant() || work.in[0].dtype() != DType::int8 || work.out.size() != 1 ||
      work.out[0].dtype() != DType::int8) {
    return std::nullopt;
  }
  const Shape& shape = work.in[0].shape();
  if (shape.rank() != 4 || shape[0] != 1 || shape.elements() == 0) return std::nullopt;
  const auto height = static_cast<std::int32_t>(shape[1]), width = static_cast<std::int32_t>(shape[2]);
  const Image image{height / rows, rows * width, static_cast<std::int32_t>(shape[3])};
  const std::string_view name = work.op.name();
  if (const auto* pool = work.plain.parameters_as<micro::Pool2dParams>(); pool && covers(*pool)) {
    if (name == "AVERAGE_POOL_2D") return average(image, *pool);
    if (name == "MAX_POOL_2D") return largest(image, pool->activation_min, pool->activation_max);
  }
  if (const auto* p = work.plain.parameters_as<micro::MeanParams>(); p && keeps_channels(*p, image.channels))
    return mean(image, *p);
  if (const auto* p = work.plain.parameters_as<micro::ReduceParams>(); p && keeps_channels(*p, image.channels)) {
    if (name == "REDUCE_MAX") return largest(image, -128, 127);
  }
  if (const auto* p = work.plain.parameters_as<micro::FullyConnectedParams>(); p && p->batches == 1 && is_int8(work))
    return fully_connected(image, *p, work.plain);
  return std::nullopt;
}

}  // namespace mirim
