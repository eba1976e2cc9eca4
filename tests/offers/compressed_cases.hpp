#pragma once

#include <algorithm>

#include "mirim/micro/conv2d_codebook.hpp"
#include "mirim/micro/conv2d_entropy.hpp"
#include "mirim/micro/conv2d_lookup.hpp"
#include "mirim/micro/conv2d_nibbles.hpp"
#include "mirim/micro/conv2d_sparse.hpp"
#include "mirim/offers/conv2d_codebook_pack.hpp"
#include "mirim/offers/conv2d_entropy_pack.hpp"
#include "mirim/offers/conv2d_nibbles_pack.hpp"
#include "mirim/offers/conv2d_sparse_pack.hpp"
#include "tests/offers/board_kernel.hpp"
#include "tests/offers/cases.hpp"

/// Random layers whose weights can be stored small, with the outputs of the plain kernel, and the kernels that compute
/// from these weights.
namespace mirim::test {

struct CompressedCase {
  micro::Conv2dPairedParams p{};
  std::vector<std::int8_t> input{};
  std::vector<std::uint32_t> words{};
  std::string refusal{};
  std::int32_t scratch_bytes = 0;
  std::vector<std::int8_t> expected{};
  void (*kernel)(const micro::Conv2dPairedParams&, const std::int8_t*, const std::uint32_t*, std::uint32_t*,
                 std::int8_t*) = nullptr;
  BoardKernel on_board{};

  /// What the kernel answers on the host, in exactly its scratch.
  std::vector<std::int8_t> answer() const {
    std::vector<std::uint32_t> scratch(static_cast<std::size_t>(scratch_bytes + 3) / 4);
    std::vector<std::int8_t> y(expected.size());
    kernel(p, input.data(), words.data(), scratch.data(), y.data());
    return y;
  }
};

/// The case without its packed weights.
inline CompressedCase compressed_case(const ConvolutionCase& layer, const CaseScales& scales) {
  return {.p = layer.p, .input = layer.input, .expected = plain_outputs(layer.p, layer.input, layer.weights, scales)};
}

inline CompressedCase nibbles_case(std::uint32_t seed) {
  CaseRandom random(seed);
  ConvolutionCase layer(random);
  const std::int32_t step = random.one_in(2) ? 16 : random.between(1, 16);
  // At both ends only in small layers: more of these do not fit a lane.
  const std::int32_t kind = layer.size < 500 ? random.between(0, 4) : 4;
  for (std::int32_t n = layer.p.output_channels * layer.size; n > 0; --n) {
    std::int32_t value = random.between(-8, 7);
    if (kind == 0) value = -8;
    if (kind == 1) value = 7;
    if (kind == 2) value = random.one_in(2) ? 7 : -8;
    // An end of the lane's second filter is -128, which is beside a negative one in no lane of pairs.
    layer.weights.push_back(static_cast<std::int8_t>(std::max(value * step, -127 / step * step)));
  }
  const CaseScales scales(random, layer.p.output_channels, layer.size);
  CompressedCase c = compressed_case(layer, scales);
  const NibblesPack pack = pack_conv2d_nibbles(layer.layer(scales));
  const bool pair = random.one_in(2);
  c.words = pack.words, c.refusal = pack.refusal;
  c.scratch_bytes = micro::paired_scratch_bytes(c.p, pair ? 2 : 1);
  c.kernel = pair ? &micro::conv2d_nibbles<2> : &micro::conv2d_nibbles<1>;
  c.on_board = static_cast<BoardKernel>(static_cast<int>(BoardKernel::nibbles) + (pair ? 2 : 1));
  return c;
}

inline CompressedCase sparse_case(std::uint32_t seed) {
  CaseRandom random(seed);
  ConvolutionCase layer(random);
  const std::int32_t zeros = random.between(3, 40);  // of so many fours one is there
  layer.weights = case_bytes(random, layer.p.output_channels * layer.size, -127);
  // Where channels are no whole words the packed fours are others; these are all zero where single weights are.
  const bool single = layer.p.input_channels % 4 != 0;
  for (std::int32_t k = 0; k < layer.p.output_channels * layer.size; k += single ? 1 : 4) {
    if (random.one_in(single ? 4 * zeros : zeros)) continue;
    for (std::int32_t i = k; i < k + (single ? 1 : 4); ++i) layer.weights[static_cast<std::size_t>(i)] = 0;
  }
  const CaseScales scales(random, layer.p.output_channels, layer.size);
  CompressedCase c = compressed_case(layer, scales);
  const SparsePack pack = pack_conv2d_sparse(layer.layer(scales));
  const bool tiles = random.one_in(2);
  c.words = pack.words, c.refusal = pack.refusal;
  c.scratch_bytes = micro::paired_scratch_bytes(c.p, tiles ? 4 : 1);
  c.kernel = tiles ? &micro::conv2d_sparse<4> : &micro::conv2d_sparse<1>;
  c.on_board = static_cast<BoardKernel>(static_cast<int>(BoardKernel::sparse) + (tiles ? 4 : 1));
  return c;
}

/// Few values or all, often zero or not, single or in fours.
inline CompressedCase entropy_case(std::uint32_t seed) {
  CaseRandom random(seed);
  ConvolutionCase layer(random);
  const std::int32_t values = random.one_in(2) ? random.between(1, 16) : 255;
  const std::vector<std::int8_t> book = case_bytes(random, values, -127);
  const std::int32_t zeros = random.between(0, 5), run = random.one_in(2) ? 4 : 1;
  bool zero = false;
  for (std::int32_t k = 0; k < layer.p.output_channels * layer.size; ++k) {
    if (k % run == 0) zero = zeros > 0 && !random.one_in(zeros);
    // Small indices more often than large ones.
    const auto index = random.between(0, random.between(0, values - 1));
    layer.weights.push_back(zero ? std::int8_t{0} : book[static_cast<std::size_t>(index)]);
  }
  const CaseScales scales(random, layer.p.output_channels, layer.size);
  CompressedCase c = compressed_case(layer, scales);
  const std::int32_t tile = 4 * random.between(1, random.one_in(2) ? 2 : 5);
  const EntropyPack pack = pack_conv2d_entropy(layer.layer(scales), tile);
  const bool pair = random.one_in(2);
  c.p.chunk = pack.chunk;
  c.words = pack.words, c.refusal = pack.refusal;
  c.scratch_bytes = micro::entropy_scratch_bytes(c.p, pair ? 2 : 1, pack.symbols, tile);
  c.kernel = pair ? &micro::conv2d_entropy<2> : &micro::conv2d_entropy<1>;
  c.on_board = static_cast<BoardKernel>(static_cast<int>(BoardKernel::entropy) + (pair ? 2 : 1));
  return c;
}

template <int kBits>
void set_codebook_kernel(CompressedCase& c, bool tiles) {
  c.kernel = tiles ? &micro::conv2d_codebook<kBits> : &micro::conv2d_lookup<kBits>;
}

inline CompressedCase codebook_case(std::uint32_t seed) {
  CaseRandom random(seed);
  ConvolutionCase layer(random);
  const std::int32_t values = random.between(1, 16);
  const bool tiles = random.one_in(2), of_each = tiles && random.one_in(3);
  std::vector<std::int8_t> book;
  for (std::int32_t filter = 0; filter < layer.p.output_channels; ++filter) {
    if (filter == 0 || of_each) book = case_bytes(random, values, -127);
    for (std::int32_t k = 0; k < layer.size; ++k) {
      layer.weights.push_back(book[static_cast<std::size_t>(random.between(0, values - 1))]);
    }
  }
  const CaseScales scales(random, layer.p.output_channels, layer.size);
  CompressedCase c = compressed_case(layer, scales);
  const std::int32_t tile = 4 * random.between(1, random.one_in(2) ? 2 : 5);
  const CodebookPack pack =
      pack_conv2d_codebook(layer.layer(scales), tile, tiles ? CodebookUse::tiles : CodebookUse::lookup);
  c.p.chunk = pack.chunk;
  c.words = pack.words, c.refusal = pack.refusal;
  c.scratch_bytes =
      tiles ? micro::codebook_scratch_bytes(c.p, pack.bits, tile) : micro::lookup_scratch_bytes(c.p, pack.bits);
  if (pack.bits == 1) set_codebook_kernel<1>(c, tiles);
  if (pack.bits == 2) set_codebook_kernel<2>(c, tiles);
  if (pack.bits == 3) set_codebook_kernel<3>(c, tiles);
  if (pack.bits == 4) set_codebook_kernel<4>(c, tiles);
  c.on_board = static_cast<BoardKernel>(static_cast<int>(BoardKernel::codebook) + 10 * pack.bits + (tiles ? 2 : 1));
  return c;
}

}  // namespace mirim::test
