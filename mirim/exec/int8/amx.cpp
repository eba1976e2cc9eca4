#include "mirim/exec/int8/avx512.hpp"
#include "mirim/exec/int8/loops.hpp"

namespace mirim::int8 {
namespace {

/// A tile is 16 rows of 64 bytes: 16 rows of x times 64 bytes of k, or 16 fours of k times 16 channels, or 16 x 16
/// sums.
constexpr int64_t kTile = 16;
constexpr int64_t kTileBytes = 1024;

/// Tiles 0 to 3 hold sums, 4 and 5 rows of x, 6 and 7 weights; all of full size. Configured once per thread: it takes
/// as long as a small layer, and nothing else in the process uses tiles.
void configure() {
  struct Configuration {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  };
  static thread_local bool done = false;
  if (done) return;
  // Static, because GCC's intrinsic tells the compiler only of the first bytes that it reads.
  static constexpr Configuration configuration{};
  _tile_loadconfig(&configuration);
  done = true;
}

using VectorLoops = Loops<Avx512>;

/// Steps through k, a tile at a time: the position in a row of x and in a vector's weights.
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

/// Sums of up to four tiles, 2 x 2 or 4 x 1: from row `row`, at address `x`, and channel vector `n`.
struct Block {
  const int8_t* x = nullptr;
  int64_t row = 0;
  int64_t n = 0;
  int rows = 0, columns = 0;  ///< of tiles
};

/// Starts the products of a block: tile i * columns + j becomes the sums of row tile i and column tile j.
template <int rows, class F>
void multiply_column(const Product& p, int64_t step, const Block& b, F& between) {
  const int8_t* w = p.weights + b.n * p.vector_bytes(kTile);
  const int8_t *x1 = b.x + kTile * step, *x2 = x1 + kTile * step, *x3 = x2 + kTile * step;
  const int32_t* bias = p.bias + b.n * kTile;
  _tile_loadd(0, bias, 0);
  if constexpr (rows > 1) _tile_loadd(1, bias, 0);
  if constexpr (rows > 2) _tile_loadd(2, bias, 0);
  if constexpr (rows > 3) _tile_loadd(3, bias, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(7, w + at.w, 64);
    for (int64_t i = 0; i < kTileBytes; i += 64) Avx512::prefetch(w + at.w + p.vector_bytes(kTile) + i);
    _tile_loadd(4, b.x + at.x, step);
    _tile_dpbusd(0, 4, 7);
    if constexpr (rows > 1) _tile_loadd(5, x1 + at.x, step);
    if constexpr (rows > 1) _tile_dpbusd(1, 5, 7);
    if constexpr (rows > 2) _tile_loadd(6, x2 + at.x, step);
    if constexpr (rows > 2) _tile_dpbusd(2, 6, 7);
    if constexpr (rows > 3) _tile_loadd(4, x3 + at.x, step);
    if constexpr (rows > 3) _tile_dpbusd(3, 4, 7);
    between();
  }
}

/// The same for two columns.
template <int rows, class F>
void multiply_columns(const Product& p, int64_t step, const Block& b, F& between) {
  const int64_t vector_bytes = p.vector_bytes(kTile);
  const int8_t* w = p.weights + b.n * vector_bytes;
  const int8_t* x1 = b.x + kTile * step;
  const int32_t *bias = p.bias + b.n * kTile, *bias1 = bias + kTile;
  _tile_loadd(0, bias, 0);
  _tile_loadd(1, bias1, 0);
  if constexpr (rows == 2) _tile_loadd(2, bias, 0);
  if constexpr (rows == 2) _tile_loadd(3, bias1, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(4, b.x + at.x, step);
    _tile_loadd(6, w + at.w, 64);
    _tile_loadd(7, w + at.w + vector_bytes, 64);
    if constexpr (rows == 2) _tile_loadd(5, x1 + at.x, step);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    if constexpr (rows == 2) _tile_dpbusd(2, 5, 6);
    if constexpr (rows == 2) _tile_dpbusd(3, 5, 7);
    between();
  }
}

template <class F>
void multiply(const Product& p, int64_t step, const Block& b, F& between) {
  if (b.columns == 2) {
    return b.rows == 2 ? multiply_columns<2>(p, step, b, between) : multiply_columns<1>(p, step, b, between);
  }
  switch (b.rows) {
    case 1:
      return multiply_column<1>(p, step, b, between);
    case 2:
      return multiply_column<2>(p, step, b, between);
    case 3:
      return multiply_column<3>(p, step, b, between);
    default:
      return multiply_column<4>(p, step, b, between);
  }
}

/// Requantizes a block's sums to int8. While the next block is multiplied, one tile after the other is finished between
/// the steps of the product. The two use different units of the processor, which does not look far enough ahead to
/// overlap them itself.
class Finisher {
 public:
  Finisher(const Product& p, int8_t* y) : product_(p), y_(y), steps_(p.vector_bytes(kTile) / kTileBytes) {}

  /// After each step.
  void operator()() {
    step_ += tiles_;
    for (; step_ >= steps_; step_ -= steps_) finish_tile();
  }

  /// Takes the tiles of a block that was just multiplied.
  void take(const Block& b) {
    finish();
    tiles_ = b.rows * b.columns;
    _tile_stored(0, sums_, 64);
    if (tiles_ > 1) _tile_stored(1, sums_ + kTile * kTile, 64);
    if (tiles_ > 2) _tile_stored(2, sums_ + 2 * kTile * kTile, 64);
    if (tiles_ > 3) _tile_stored(3, sums_ + 3 * kTile * kTile, 64);
    block_ = b;
    step_ = done_ = 0;
  }
  void finish() {
    while (done_ < tiles_) finish_tile();
  }

 private:
  void finish_tile() {
    if (done_ == tiles_) return;
    const int row = done_ / block_.columns, column = done_ % block_.columns;
    VectorLoops::finish_column<kTile>(product_, sums_ + done_ * kTile * kTile, block_.n + column,
                                      y_ + (block_.row + row * kTile) * product_.channels);
    ++done_;
  }

  const Product& product_;
  int8_t* y_;
  int64_t steps_;
  int64_t step_ = 0;
  int tiles_ = 0, done_ = 0;
  Block block_;
  alignas(64) int32_t sums_[4 * kTile * kTile + kTile] = {};  // one element after four tiles may be read
};

/// Multiplies all of `rows`, a multiple of a tile's, block by block; `between` is called after each step of a product,
/// `done` with each block.
template <class Between, class Done>
void for_each_block(const Product& p, const int8_t* x, int64_t step, int64_t rows, Between& between, Done done) {
  if (rows > 0) configure();
  // Many rows: each load of the weights, which are farther away, serves four tiles.
  const bool tall = rows % (4 * kTile) == 0;
  const int64_t row_tiles = tall ? 4 : 2, column_tiles = tall ? 1 : 2;
  const int64_t vectors = (p.channels + kTile - 1) / kTile;
  for (int64_t n = 0; n < vectors; n += column_tiles) {
    for (int64_t m = 0; m < rows; m += row_tiles * kTile) {
      const Block block{x + m * step, m, n, static_cast<int>(least(row_tiles, (rows - m) / kTile)),
                        static_cast<int>(least(column_tiles, vectors - n))};
      multiply(p, step, block, between);
      done(block);
    }
  }
}

/// Tiles for groups of 16 rows, vectors for the rest: a tile takes its full time for any number of rows.
void product(const Product& p, const int8_t* x, int64_t step, int64_t rows, int8_t* y) {
  const int64_t in_tiles = rows / kTile * kTile;
  Finisher finisher(p, y);
  for_each_block(p, x, step, in_tiles, finisher, [&](const Block& block) { finisher.take(block); });
  finisher.finish();
  if (in_tiles < rows) {
    VectorLoops::product(p, x + in_tiles * step, step, rows - in_tiles, y + in_tiles * p.channels);
  }
}

/// The intrinsic needs the tile's number as a literal.
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

/// Stores a tile of sums, as far as there are channels.
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
  const int64_t in_tiles = rows / kTile * kTile;
  const auto nothing = [] {};
  for_each_block(p, x, step, in_tiles, nothing, [&](const Block& b) {
    for (int tile = 0; tile < b.rows * b.columns; ++tile) {
      put_tile(p, tile, b.n + tile % b.columns, y + (b.row + tile / b.columns * kTile) * p.channels);
    }
  });
  if (in_tiles < rows) {
    VectorLoops::product(p, x + in_tiles * step, step, rows - in_tiles, y + in_tiles * p.channels);
  }
}

}  // namespace

const Kernels* amx_kernels() {
  static const Kernels kKernels = [] {
    Kernels kernels = vector_kernels<Avx512>("AMX");
    kernels.fours = kTileBytes / 64;
    kernels.slack = 64;
    kernels.narrow = avx512_vnni_kernels();
    kernels.product = &product;
    kernels.product_sums = &product_sums;
    return kernels;
  }();
  return &kKernels;
}

}  // namespace mirim::int8
