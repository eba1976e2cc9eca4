#include "mirim/exec/onednn/memory.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"

namespace mirim {
namespace onednn {

using dnnl::memory;

const dnnl::engine& cpu() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

dnnl::stream& stream() {
  thread_local dnnl::stream stream(cpu());
  return stream;
}

std::int64_t block() {
  static const std::int64_t size = [] {
    switch (dnnl::get_effective_cpu_isa()) {
      case dnnl::cpu_isa::sse41:
      case dnnl::cpu_isa::avx:
      case dnnl::cpu_isa::avx2:
      case dnnl::cpu_isa::avx2_vnni:
        return 8;
      default:
        return 16;
    }
  }();
  return size;
}

memory::dims nchw(const Shape& nhwc) {
  if (nhwc.rank() == 4) return {nhwc[0], nhwc[3], nhwc[1], nhwc[2]};
  return {nhwc[0], nhwc.elements() / std::max<std::int64_t>(1, nhwc[0]), 1, 1};
}

memory::desc describe(const Shape& nhwc, Layout layout) {
  const auto tag = layout == Layout::plain ? memory::format_tag::nhwc
                   : block() == 16         ? memory::format_tag::nChw16c
                                           : memory::format_tag::nChw8c;
  return {nchw(nhwc), memory::data_type::f32, tag};
}

memory::desc any_layout(const memory::dims& dims) { return {dims, memory::data_type::f32, memory::format_tag::any}; }

bool is_slow(std::string_view implementation) {
  return implementation.find("ref") != std::string_view::npos || implementation.find("gemm") != std::string_view::npos;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

void Call::argument(int index, const memory::desc& desc) {
  memories_.emplace_back(memory(desc, cpu(), DNNL_MEMORY_NONE));
  arguments_.push_back({index, memories_.back().get()});
}

void Call::address(int index, const void* at) {
  const auto found = std::ranges::find(arguments_, index, &dnnl_exec_arg_t::arg);
  if (found == arguments_.end()) return;
  memories_[static_cast<std::size_t>(found - arguments_.begin())].set_data_handle(const_cast<void*>(at));
}

void Call::run() const {
  const auto status =
      dnnl_primitive_execute(primitive_.get(), stream().get(), static_cast<int>(arguments_.size()), arguments_.data());
  if (status != dnnl_success) fail("oneDNN could not run a primitive (status {})", static_cast<int>(status));
}

Reorder::Reorder(const memory::desc& from, const memory::desc& to)
    : call_(std::make_shared<Call>(dnnl::reorder(dnnl::reorder::primitive_desc(cpu(), from, cpu(), to)))) {
  call_->argument(DNNL_ARG_FROM, from);
  call_->argument(DNNL_ARG_TO, to);
}

void Reorder::run(const float* from, float* to) const {
  call_->address(DNNL_ARG_FROM, from);
  call_->address(DNNL_ARG_TO, to);
  call_->run();
}

Codec make_codec(const memory::desc& canonical, const memory::desc& stored) {
  const Reorder encode(canonical, stored);
  const Reorder decode(stored, canonical);
  return {floats(stored), [encode](const float* from, float* to) { encode.run(from, to); },
          [decode](const float* from, float* to) { decode.run(from, to); }};
}

std::int64_t floats(const memory::desc& desc) { return static_cast<std::int64_t>(desc.get_size() / sizeof(float)); }

}  // namespace onednn

std::int64_t stored_elements(const Shape& shape, Layout layout) {
  if (layout == Layout::plain) return shape.elements();
  return onednn::floats(onednn::describe(shape, layout));
}

std::function<void(const float*, float*)> make_conversion(const Shape& shape, Layout from, Layout to) {
  const onednn::Reorder reorder(onednn::describe(shape, from), onednn::describe(shape, to));
  return [reorder](const float* source, float* target) { reorder.run(source, target); };
}

}  // namespace mirim
