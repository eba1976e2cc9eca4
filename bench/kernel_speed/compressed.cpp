#include "bench/kernel_speed/compressed.hpp"

#include <fmt/format.h>

#include <functional>
#include <limits>
#include <memory>

#include "mirim/compress/encoding.hpp"
#include "mirim/offers/conv2d_layer.hpp"
#include "mirim/offers/tiles.hpp"
#include "tests/offers/compressed_cases.hpp"
#include "tests/offers/on_board.hpp"

namespace mirim {
namespace {

using test::BoardKernel;
using Weights = std::vector<std::int8_t>;

struct Layer {
  const char* name;
  std::int32_t height, width, channels, filter_height, filter_width, filters, stride;
  int in_resnet8, in_ds_cnn;  ///< how many the models have
};
const Layer kLayers[] = {{"first 3x3, 3 to 16", 32, 32, 3, 3, 3, 16, 1, 1, 0},
                         {"3x3, 16 to 16", 32, 32, 16, 3, 3, 16, 1, 2, 0},
                         {"3x3, 16 to 32, stride 2", 32, 32, 16, 3, 3, 32, 2, 1, 0},
                         {"1x1, 16 to 32, stride 2", 32, 32, 16, 1, 1, 32, 2, 1, 0},
                         {"3x3, 32 to 32", 16, 16, 32, 3, 3, 32, 1, 1, 0},
                         {"3x3, 32 to 64, stride 2", 16, 16, 32, 3, 3, 64, 2, 1, 0},
                         {"1x1, 32 to 64, stride 2", 16, 16, 32, 1, 1, 64, 2, 1, 0},
                         {"3x3, 64 to 64", 8, 8, 64, 3, 3, 64, 1, 1, 0},
                         {"first 10x4, 1 to 64, stride 2", 49, 10, 1, 10, 4, 64, 2, 0, 1},
                         {"1x1, 64 to 64", 25, 5, 64, 1, 1, 64, 1, 0, 4},
                         {"fully connected, 640 to 128", 1, 1, 640, 1, 1, 128, 1, 0, 0},
                         {"fully connected, 128 to 128", 1, 1, 128, 1, 1, 128, 1, 0, 0}};

/// How weights of a normal distribution are made small, and the kernel that takes them.
struct Form {
  const char* name;
  std::function<Weights(const Weights&)> of;
  std::function<test::CompressedCase(const PairedLayer&, const micro::Conv2dPairedParams&)> packed;
  bool in_fours = false;  ///< zeros
};

BoardKernel kernel_of(BoardKernel first, int with) { return static_cast<BoardKernel>(static_cast<int>(first) + with); }

Weights multiples_of_16(const Weights& weights) {
  Weights result;
  for (const std::int8_t w : weights) result.push_back(static_cast<std::int8_t>(std::clamp((w + 8) >> 4, -7, 7) * 16));
  return result;
}

/// The 16 values that stand at equal distances among the sorted ones.
Weights of_sixteen_values(const Weights& weights) {
  Weights sorted = weights, book, result;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < 16; ++i) book.push_back(sorted[sorted.size() * (2 * i + 1) / 32]);
  for (const std::int8_t w : weights) {
    result.push_back(
        *std::ranges::min_element(book, {}, [w](std::int8_t value) { return std::abs(value - std::int32_t{w}); }));
  }
  return result;
}

/// Of the fours the three quarters with the least magnitudes.
Weights without_fours(const Weights& weights) {
  const auto magnitude = [&](std::size_t four) {
    std::int32_t sum = 0;
    for (std::size_t k = 4 * four; k < 4 * four + 4; ++k) sum += std::abs(weights[k]);
    return sum;
  };
  std::vector<std::size_t> fours(weights.size() / 4);
  for (std::size_t i = 0; i < fours.size(); ++i) fours[i] = i;
  std::ranges::sort(fours, {}, [&](std::size_t four) { return std::pair{magnitude(four), four}; });
  fours.resize(fours.size() * 3 / 4);
  Weights result = weights;
  for (const std::size_t four : fours) std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(4 * four), 4, 0);
  return result;
}

std::int32_t tile_of(const micro::Conv2dPairedParams& p) {
  std::string refusal;
  const std::int32_t filters = tile_filters(p, refusal);
  if (filters == 0) fail("{}", refusal);
  return filters;
}

bool single(const micro::Conv2dPairedParams& p) { return p.output_height * p.output_width == 1; }

test::CompressedCase as_nibbles(const PairedLayer& layer, const micro::Conv2dPairedParams& p) {
  NibblesPack pack = pack_conv2d_nibbles(layer);
  return {.p = p,
          .words = std::move(pack.words),
          .refusal = pack.refusal,
          .on_board = kernel_of(BoardKernel::nibbles, single(p) ? 1 : 2)};
}

test::CompressedCase as_codebook(const PairedLayer& layer, const micro::Conv2dPairedParams& p) {
  const bool lookup = single(p);
  CodebookPack pack = pack_conv2d_codebook(layer, tile_of(p), lookup ? CodebookUse::lookup : CodebookUse::tiles);
  test::CompressedCase c{.p = p,
                         .words = std::move(pack.words),
                         .refusal = pack.refusal,
                         .on_board = kernel_of(BoardKernel::codebook, 10 * pack.bits + (lookup ? 1 : 2))};
  c.p.chunk = pack.chunk;
  return c;
}

test::CompressedCase as_fours(const PairedLayer& layer, const micro::Conv2dPairedParams& p) {
  SparsePack pack = pack_conv2d_sparse(layer);
  return {.p = p,
          .words = std::move(pack.words),
          .refusal = pack.refusal,
          .on_board = kernel_of(BoardKernel::sparse, single(p) ? 1 : 4)};
}

test::CompressedCase as_code(const PairedLayer& layer, const micro::Conv2dPairedParams& p) {
  EntropyPack pack = pack_conv2d_entropy(layer, tile_of(p));
  test::CompressedCase c{.p = p,
                         .words = std::move(pack.words),
                         .refusal = pack.refusal,
                         .on_board = kernel_of(BoardKernel::entropy, single(p) ? 1 : 2)};
  c.p.chunk = pack.chunk;
  return c;
}

const Form kForms[] = {{"4 bits", multiples_of_16, as_nibbles},
                       {"codebook of 16", of_sixteen_values, as_codebook},
                       {"75 % zero in fours", without_fours, as_fours, true},
                       {"codebook of 16, entropy-coded", of_sixteen_values, as_code},
                       {"75 % zero in fours, entropy-coded", without_fours, as_code, true}};

/// Bytes of weights alone, as `mirim cost --stored` counts them.
std::int64_t stored_bytes_of(const Layer& l, const Weights& weights, bool in_fours) {
  Value value;
  value.type = {DType::int8, {l.filters, l.filter_height, l.filter_width, l.channels}};
  const BytesView bytes = bytes_of(weights);
  value.constant = std::make_shared<Bytes>(bytes.begin(), bytes.end());
  if (in_fours) value.form = WeightForm{.sparsity = WeightForm::Sparsity{.block_rows = 1, .block_columns = 4}};
  return smallest(value).bytes;
}

/// What a way to compute a layer takes.
struct LayerCost {
  std::int64_t cycles = 0, flash = 0, weights = 0, stored = 0;  ///< weights: flash without biases and scales

  LayerCost& operator+=(const LayerCost& other) {
    cycles += other.cycles, flash += other.flash, weights += other.weights, stored += other.stored;
    return *this;
  }
  LayerCost operator*(int n) const { return {cycles * n, flash * n, weights * n, stored * n}; }
};

micro::Conv2dPairedParams geometry_of(const Layer& l) {
  micro::Conv2dPairedParams p{};
  p.batches = 1;
  p.input_height = l.height, p.input_width = l.width, p.input_channels = l.channels;
  p.filter_height = l.filter_height, p.filter_width = l.filter_width, p.output_channels = l.filters;
  p.stride_height = p.stride_width = l.stride, p.dilation_height = p.dilation_width = 1;
  p.output_height = (l.height + l.stride - 1) / l.stride, p.output_width = (l.width + l.stride - 1) / l.stride;
  p.padding_top = std::max(0, (p.output_height - 1) * l.stride + l.filter_height - l.height) / 2;
  p.padding_left = std::max(0, (p.output_width - 1) * l.stride + l.filter_width - l.width) / 2;
  p.input_offset = 3, p.output_offset = -5, p.activation_min = -128, p.activation_max = 127;
  return p;
}

/// A layer on the board: int8 weights in lanes, the better tile, and then each form.
class OnBoard {
 public:
  OnBoard(const Layer& l, test::CaseRandom& random, test::BoardCalls& calls) : layer_(l), p_(geometry_of(l)) {
    for (std::int32_t n = l.height * l.width * l.channels; n > 0; --n) {
      input_.push_back(static_cast<std::int8_t>(random.between(-128, 127)));
    }
    Weights weights;
    for (std::int32_t n = l.filters * size(); n > 0; --n) {
      std::int32_t sum = 0;  // of twelve uniform ones: nearly normal
      for (int i = 0; i < 12; ++i) sum += random.between(-32, 32);
      weights.push_back(static_cast<std::int8_t>(std::clamp(sum / 2, -127, 127)));
    }
    bias_.assign(static_cast<std::size_t>(l.filters), 1000);
    shift_.assign(bias_.size(), -9);
    multiplier_.assign(bias_.size(), 1'234'567'890);
    add_dense(weights, calls);
    for (const Form& form : kForms) add(form, form.of(weights), calls);
  }

  /// After the calls ran: of int8 weights, then of each form. Throws Error if their bits are not those of the plain
  /// kernel.
  std::vector<LayerCost> costs(const test::BoardCalls& calls) const {
    std::vector<LayerCost> costs = costs_;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      costs[i].cycles = std::numeric_limits<std::int64_t>::max();
      for (const std::size_t call : calls_of_[i]) {
        costs[i].cycles = std::min(costs[i].cycles, calls.cycles(call));
        if (calls.answer(call, expected_[i].size()) != expected_[i]) fail("{}: other bits in form {}", layer_.name, i);
      }
    }
    return costs;
  }

 private:
  std::int32_t size() const { return layer_.filter_height * layer_.filter_width * layer_.channels; }

  PairedLayer packed(const Weights& weights) const {
    return {.weights = weights,
            .filters = layer_.filters,
            .size = size(),
            .rows = layer_.filter_height,
            .input_offset = p_.input_offset,
            .bias = bias_,
            .multiplier = multiplier_,
            .shift = shift_};
  }

  void expect(const Weights& weights) {
    test::CaseRandom random(1);
    test::CaseScales scales(random, layer_.filters, size());
    scales.bias = bias_, scales.multiplier = multiplier_, scales.shift = shift_, scales.stride = 1;
    expected_.push_back(test::plain_outputs(p_, input_, weights, scales));
  }

  void add_dense(const Weights& weights, test::BoardCalls& calls) {
    const auto dense = static_cast<std::int64_t>(weights.size());
    costs_.push_back({.flash = dense + 9 * layer_.filters, .weights = dense, .stored = dense});
    calls_of_.emplace_back();
    expect(weights);
    for (const auto kernel : {BoardKernel::paired_4x2, BoardKernel::paired_2x4, BoardKernel::paired_4x1}) {
      if (single(p_) && kernel != BoardKernel::paired_4x1) continue;
      const PairedPack pack = pack_conv2d_paired(packed(weights), kernel == BoardKernel::paired_2x4 ? 2 : 4);
      micro::Conv2dPairedParams p = p_;
      p.chunk = pack.chunk;
      calls_of_.back().push_back(calls.count());
      calls.add(kernel, p, input_, pack.words);
    }
  }

  void add(const Form& form, const Weights& weights, test::BoardCalls& calls) {
    const test::CompressedCase c = form.packed(packed(weights), p_);
    if (!c.refusal.empty()) fail("{} as {}: {}", layer_.name, form.name, c.refusal);
    const auto bytes = static_cast<std::int64_t>(4 * c.words.size());
    costs_.push_back({.flash = bytes,
                      .weights = bytes - 9 * layer_.filters,
                      .stored = stored_bytes_of(layer_, weights, form.in_fours)});
    calls_of_.push_back({calls.count()});
    expect(weights);
    calls.add(c.on_board, c.p, input_, c.words);
  }

  const Layer& layer_;
  micro::Conv2dPairedParams p_;
  std::vector<std::int8_t> input_;
  std::vector<std::int32_t> bias_, multiplier_, shift_;
  std::vector<LayerCost> costs_;
  std::vector<std::vector<std::size_t>> calls_of_;
  std::vector<std::vector<std::int8_t>> expected_;
};

double ratio(std::int64_t a, std::int64_t b) { return static_cast<double>(a) / static_cast<double>(b); }

void print_row(const char* name, const std::vector<LayerCost>& costs) {
  fmt::print("| {} |", name);
  for (std::size_t form = 1; form < costs.size(); ++form) {
    fmt::print(" {:.3f}, {:.2f} |", ratio(costs[form].cycles, costs[0].cycles),
               ratio(costs[form].flash, costs[0].flash));
  }
  fmt::print("\n");
}

}  // namespace

void measure_compressed() {
  test::CaseRandom random(1);
  test::BoardCalls calls;
  std::vector<OnBoard> layers;
  layers.reserve(std::size(kLayers));
  for (const Layer& l : kLayers) layers.emplace_back(l, random, calls);
  calls.run({.cycles = true});
  fmt::print(
      "\nEstimated cycles, then flash, against int8 weights in lanes; a call for the whole tensor.\n\n| layer |");
  for (const Form& form : kForms) fmt::print(" {} |", form.name);
  fmt::print("\n|---|");
  for (std::size_t i = 0; i < std::size(kForms); ++i) fmt::print("---|");
  fmt::print("\n");
  std::vector<LayerCost> resnet8(1 + std::size(kForms)), ds_cnn = resnet8;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::vector<LayerCost> costs = layers[i].costs(calls);
    print_row(kLayers[i].name, costs);
    for (std::size_t form = 0; form < costs.size(); ++form) {
      resnet8[form] += costs[form] * kLayers[i].in_resnet8;
      ds_cnn[form] += costs[form] * kLayers[i].in_ds_cnn;
    }
  }
  print_row("all convolutions of ResNet-8", resnet8);
  print_row("all convolutions of DS-CNN but the depthwise ones", ds_cnn);
  for (std::size_t form = 1; form < resnet8.size(); ++form) {
    const char* name = kForms[form - 1].name;
    for (const auto& [model, costs] : {std::pair{"ResNet-8", &resnet8}, {"DS-CNN", &ds_cnn}}) {
      const LayerCost &its = (*costs)[form], &dense = (*costs)[0];
      fmt::print("{}, {}: cycles {:.3f} of int8, weights {:.3f} of int8, {:.3f} of stored\n", model, name,
                 ratio(its.cycles, dense.cycles), ratio(its.weights, dense.weights), ratio(its.weights, its.stored));
    }
  }
}

}  // namespace mirim
