#include "mirim/exec/int8/avx512.hpp"
#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {
namespace {

/// A tile is 16 rows of 64 bytes: 16 rows of x times 64 bytes of k, or 16 fours of k times 16 channels, or 16 x 16
/// sums.
constexpr int64_t kTile = 16;
constexpr int64_t kTileBytes = 1024;

/// Tiles 0 to 3 hold sums, 4 and 5 rows of x, 6 and 7 weights; all of full size. Made once for each thread: it takes as
/// long as a small layer, and nothing else in the process uses tiles.
void configure() {
  struct Configuration {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  static thread_local bool done = false;
  if (done) return;
  // Static: GCC's intrinsic tells the compiler only of the first bytes that it reads.
  static constexpr Configuration configuration{};
  _tile_loadconfig(&configuration);
  done = true;
}

using VectorLoops = Loops<Avx512>;

/// Walks through k, a tile at a time: where it stands in a row of x and in a vector's weights.
class Step {
 public:
  explicit Step(const Product& p) : product_(p), left_(p.packed_fours), last_(p.vector_bytes(kTile)) {}
  bool more() const { return w < last_; }
  void next() {
    w += kTileBytes;
    x += 4 * kTile;
    if ((left_ -= kTile) > 0) return;
    left_ = product_.packed_fours;
    x = segment_ += product_.segment_step;
  }
  int64_t x = 0;
  int64_t w = 0;

 private:
  const Product& product_;
  int64_t left_;
  int64_t last_;
  int64_t segment_ = 0;
};

/// Sums of up to 2 x 2 tiles: rows from `x`, channels from vector `n`.
struct Block {
  const int8_t* x = nullptr;
  int8_t* y = nullptr;
  int64_t n = 0;
  bool two_rows = false, two_columns = false;
};

/// Starts the products of a block; tile 2 * i + j becomes the sums of row tile i and column tile j.
template <bool two_rows, bool two_columns>
void multiply(const Product& p, int64_t step, const Block& b) {
  const int64_t vector_bytes = p.vector_bytes(kTile);
  const int8_t* w = p.weights + b.n * vector_bytes;
  const int8_t* x1 = b.x + kTile * step;
  const int32_t *bias = p.bias + b.n * kTile, *bias1 = bias + kTile;
  _tile_loadd(0, bias, 0);
  if constexpr (two_columns) _tile_loadd(1, bias1, 0);
  if constexpr (two_rows) _tile_loadd(2, bias, 0);
  if constexpr (two_rows && two_columns) _tile_loadd(3, bias1, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(4, b.x + at.x, step);
    _tile_loadd(6, w + at.w, 64);
    if constexpr (two_columns) _tile_loadd(7, w + at.w + vector_bytes, 64);
    if constexpr (two_rows) _tile_loadd(5, x1 + at.x, step);
    _tile_dpbusd(0, 4, 6);
    if constexpr (two_columns) _tile_dpbusd(1, 4, 7);
    if constexpr (two_rows) _tile_dpbusd(2, 5, 6);
    if constexpr (two_rows && two_columns) _tile_dpbusd(3, 5, 7);
  }
}

void multiply(const Product& p, int64_t step, const Block& b) {
  if (b.two_rows) {
    b.two_columns ? multiply<true, true>(p, step, b) : multiply<true, false>(p, step, b);
  } else {
    b.two_columns ? multiply<false, true>(p, step, b) : multiply<false, false>(p, step, b);
  }
}

/// The sums of a block on their way to int8.
class Finisher {
 public:
  explicit Finisher(const Product& p) : product_(p) {}

  /// Takes the tiles of a block that was just started. While they are being multiplied the block before is finished:
  /// the two use different units of the processor.
  void take(const Block& b) {
    finish();
    _tile_stored(0, sums_[0], 64);
    if (b.two_columns) _tile_stored(1, sums_[1], 64);
    if (b.two_rows) _tile_stored(2, sums_[2], 64);
    if (b.two_rows && b.two_columns) _tile_stored(3, sums_[3], 64);
    block_ = b;
  }
  void finish() {
    if (!block_.y) return;
    for (int i = 0; i <= (block_.two_rows ? 1 : 0); ++i) {
      for (int j = 0; j <= (block_.two_columns ? 1 : 0); ++j) {
        Avx512::Sums rows[kTile];
        for (int64_t m = 0; m < kTile; ++m) rows[m] = Avx512::load_sums(sums_[2 * i + j] + m * kTile);
        VectorLoops::finish_column<kTile>(product_, rows, block_.n + j, block_.y + i * kTile * product_.channels);
      }
    }
    block_.y = nullptr;
  }

 private:
  const Product& product_;
  Block block_;
  alignas(64) int32_t sums_[4][kTile * kTile];
};

/// Tiles for sixteens of rows, vectors for what is left: a tile takes its time however few of its rows count.
void product(const Product& p, const int8_t* x, int64_t step, int64_t rows, int8_t* y) {
  const int64_t vectors = (p.channels + kTile - 1) / kTile;
  const int64_t in_tiles = rows / kTile * kTile;
  if (in_tiles > 0) {
    configure();
    Finisher finisher(p);
    for (int64_t n = 0; n < vectors; n += 2) {
      for (int64_t m = 0; m < in_tiles; m += 2 * kTile) {
        const Block block{x + m * step, y + m * p.channels, n, m + kTile < in_tiles, n + 1 < vectors};
        multiply(p, step, block);
        finisher.take(block);
      }
    }
    finisher.finish();
  }
  if (in_tiles < rows) {
    VectorLoops::product(p, x + in_tiles * step, step, rows - in_tiles, y + in_tiles * p.channels);
  }
}

/// The intrinsic wants the tile's number in its text.
void store(int tile, int32_t* to, int64_t step) {
  switch (tile) {
    case 0:
      _tile_stored(0, to, step);
      return;
    case 1:
      _tile_stored(1, to, step);
      return;
    case 2:
      _tile_stored(2, to, step);
      return;
    default:
      _tile_stored(3, to, step);
      return;
  }
}

/// A tile of sums to their place, as far as there are channels.
void put_tile(const Product& p, int tile, int64_t n, int32_t* y) {
  const int64_t channel = n * kTile, count = least(kTile, p.channels - channel);
  if (count == kTile) return store(tile, y + channel, p.channels * 4);
  alignas(64) int32_t sums[kTile * kTile];
  store(tile, sums, 64);
  for (int64_t m = 0; m < kTile; ++m) {
    VectorLoops::put_sums(Avx512::load_sums(sums + m * kTile), y + m * p.channels + channel, count);
  }
}

void product_sums(const Product& p, const int8_t* x, int64_t step, int64_t rows, int32_t* y) {
  const int64_t vectors = (p.channels + kTile - 1) / kTile;
  const int64_t in_tiles = rows / kTile * kTile;
  if (in_tiles > 0) configure();
  for (int64_t n = 0; n < vectors; n += 2) {
    for (int64_t m = 0; m < in_tiles; m += 2 * kTile) {
      const Block b{x + m * step, nullptr, n, m + kTile < in_tiles, n + 1 < vectors};
      multiply(p, step, b);
      int32_t *first = y + m * p.channels, *second = first + kTile * p.channels;
      put_tile(p, 0, n, first);
      if (b.two_columns) put_tile(p, 1, n + 1, first);
      if (b.two_rows) put_tile(p, 2, n, second);
      if (b.two_rows && b.two_columns) put_tile(p, 3, n + 1, second);
    }
  }
  if (in_tiles < rows) {
    VectorLoops::product(p, x + in_tiles * step, step, rows - in_tiles, y + in_tiles * p.channels);
  }
}

}  // namespace

const Kernels* amx_kernels() {
  using L = VectorLoops;
  static const Kernels kKernels{.name = "AMX",
                                .lanes = Avx512::lanes,
                                .fours = kTileBytes / 64,
                                .flip = Avx512::flip,
                                .slack = 64,
                                .narrow = avx512_vnni_kernels(),
                                .gather = &L::gather,
                                .copy = &L::copy,
                                .product = &product,
                                .depthwise = &L::depthwise,
                                .product_sums = &product_sums,
                                .depthwise_sums = &L::depthwise,
                                .mean = &L::mean,
                                .add = &L::add};
  return &kKernels;
}

}  // namespace mirim::int8
