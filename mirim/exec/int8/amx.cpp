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
  const Configuration configuration;
  _tile_loadconfig(&configuration);
  done = true;
}

using VectorLoops = Loops<Avx512>;

/// A tile of sums to int8.
void finish(const Product& p, const int32_t* sums, int64_t n, int8_t* y) {
  Avx512::Sums rows[kTile];
  for (int64_t m = 0; m < kTile; ++m) rows[m] = Avx512::load_sums(sums + m * kTile);
  VectorLoops::finish_column<kTile>(p, rows, n, y);
}

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

// The numbers of tiles must be constants in the instructions: one function for each block of sums.

/// 32 rows times 32 channels.
void two_by_two(const Product& p, const int8_t* x, int64_t step, int64_t n, int8_t* y) {
  const int64_t vector_bytes = p.vector_bytes(kTile);
  const int8_t* w = p.weights + n * vector_bytes;
  const int8_t* x1 = x + kTile * step;
  _tile_loadd(0, p.bias + n * kTile, 0);
  _tile_loadd(1, p.bias + (n + 1) * kTile, 0);
  _tile_loadd(2, p.bias + n * kTile, 0);
  _tile_loadd(3, p.bias + (n + 1) * kTile, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(4, x + at.x, step);
    _tile_loadd(6, w + at.w, 64);
    _tile_loadd(7, w + at.w + vector_bytes, 64);
    _tile_loadd(5, x1 + at.x, step);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  alignas(64) int32_t sums[4][kTile * kTile];
  _tile_stored(0, sums[0], 64);
  _tile_stored(1, sums[1], 64);
  _tile_stored(2, sums[2], 64);
  _tile_stored(3, sums[3], 64);
  finish(p, sums[0], n, y);
  finish(p, sums[1], n + 1, y);
  finish(p, sums[2], n, y + kTile * p.channels);
  finish(p, sums[3], n + 1, y + kTile * p.channels);
}

/// 16 rows times 32 channels.
void one_by_two(const Product& p, const int8_t* x, int64_t step, int64_t n, int8_t* y) {
  const int64_t vector_bytes = p.vector_bytes(kTile);
  const int8_t* w = p.weights + n * vector_bytes;
  _tile_loadd(0, p.bias + n * kTile, 0);
  _tile_loadd(1, p.bias + (n + 1) * kTile, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(4, x + at.x, step);
    _tile_loadd(6, w + at.w, 64);
    _tile_loadd(7, w + at.w + vector_bytes, 64);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
  }
  alignas(64) int32_t sums[2][kTile * kTile];
  _tile_stored(0, sums[0], 64);
  _tile_stored(1, sums[1], 64);
  finish(p, sums[0], n, y);
  finish(p, sums[1], n + 1, y);
}

/// 32 rows times 16 channels.
void two_by_one(const Product& p, const int8_t* x, int64_t step, int64_t n, int8_t* y) {
  const int8_t* w = p.weights + n * p.vector_bytes(kTile);
  const int8_t* x1 = x + kTile * step;
  _tile_loadd(0, p.bias + n * kTile, 0);
  _tile_loadd(2, p.bias + n * kTile, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(6, w + at.w, 64);
    _tile_loadd(4, x + at.x, step);
    _tile_loadd(5, x1 + at.x, step);
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(2, 5, 6);
  }
  alignas(64) int32_t sums[2][kTile * kTile];
  _tile_stored(0, sums[0], 64);
  _tile_stored(2, sums[1], 64);
  finish(p, sums[0], n, y);
  finish(p, sums[1], n, y + kTile * p.channels);
}

/// 16 rows times 16 channels.
void one_by_one(const Product& p, const int8_t* x, int64_t step, int64_t n, int8_t* y) {
  const int8_t* w = p.weights + n * p.vector_bytes(kTile);
  _tile_loadd(0, p.bias + n * kTile, 0);
  for (Step at(p); at.more(); at.next()) {
    _tile_loadd(4, x + at.x, step);
    _tile_loadd(6, w + at.w, 64);
    _tile_dpbusd(0, 4, 6);
  }
  alignas(64) int32_t sums[kTile * kTile];
  _tile_stored(0, sums, 64);
  finish(p, sums, n, y);
}

/// Tiles for sixteens of rows, vectors for what is left: a tile takes its time however few of its rows count.
void product(const Product& p, const int8_t* x, int64_t step, int64_t rows, int8_t* y) {
  if (rows >= kTile) configure();
  const int64_t vectors = (p.channels + kTile - 1) / kTile;
  const int64_t in_tiles = rows / kTile * kTile;
  for (int64_t n = 0; n < vectors;) {
    const bool two = n + 2 <= vectors;
    int64_t m = 0;
    for (; m + 2 * kTile <= in_tiles; m += 2 * kTile) {
      (two ? two_by_two : two_by_one)(p, x + m * step, step, n, y + m * p.channels);
    }
    if (m < in_tiles) (two ? one_by_two : one_by_one)(p, x + m * step, step, n, y + m * p.channels);
    n += two ? 2 : 1;
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
                                .mean = &L::mean,
                                .add = &L::add};
  return &kKernels;
}

}  // namespace mirim::int8
