#pragma once

#include <dnnl.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/exec/layer.hpp"

/// What the oneDNN layers share; only .cpp files of this folder include it.
namespace mirim::onednn {

const dnnl::engine& cpu();
/// One stream for all: on the CPU it keeps no state between primitives.
dnnl::stream& stream();

/// Channels in one block of Layout::blocked: 16 with AVX-512, else 8.
std::int64_t block();

/// The descriptor of an NHWC activation in a layout; a rank-2 value is [N, C, 1, 1].
dnnl::memory::desc describe(const Shape& nhwc, Layout layout);
/// The descriptor that leaves the layout to the primitive.
dnnl::memory::desc any_layout(const dnnl::memory::dims& dims);

/// N, C, H, W of an NHWC shape (N, C, 1, 1 of a matrix).
dnnl::memory::dims nchw(const Shape& nhwc);

/// Whether to avoid an implementation by its name: reference ones ("ref:any") are 20 times slower than the plain loops
/// and more; those that make matrices first ("x64:gemm:jit") are slower than our own.
bool is_slow(std::string_view implementation);

/// Attributes of all primitives here: we provide their scratch memory.
dnnl::primitive_attr attributes();

/// A primitive with its arguments, made once; `run` allocates nothing of ours.
class Call {
 public:
  Call() = default;
  explicit Call(dnnl::primitive primitive) : primitive_(std::move(primitive)) {}

  /// Memory without an address yet; `address` gives it one.
  void argument(int index, const dnnl::memory::desc& desc);
  void address(int index, const void* at);
  void run() const;
  bool ready() const { return static_cast<bool>(primitive_); }

 private:
  dnnl::primitive primitive_;
  std::vector<dnnl::memory> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;  ///< for the C interface; the C++ one makes a new list at each run
};

/// A reorder; both addresses are set before each run. Not for two threads at once.
class Reorder {
 public:
  Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to);
  void run(const float* from, float* to) const;

 private:
  std::shared_ptr<Call> call_;
};

/// Weights stored as `stored`, seen in the graph as `canonical`.
Codec make_codec(const dnnl::memory::desc& canonical, const dnnl::memory::desc& stored);

/// Floats in memory of this descriptor.
std::int64_t floats(const dnnl::memory::desc& desc);

}  // namespace mirim::onednn
