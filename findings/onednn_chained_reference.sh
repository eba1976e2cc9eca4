#!/usr/bin/env bash
# oneDNN's layouts, chosen by "any" and handed on, lead to its slowest code for 3 to 7 channels.
# Version: oneDNN 2.6.3 (Debian 12), float32, x86-64 with AVX2.
# A convolution of so few outputs chooses padded blocks of 8. The next one, given them, is "ref:any".
# With "any" for its input the same layer is "jit:avx2". From 8 channels on both are.
# Nothing warns; impl_info_str() or ONEDNN_VERBOSE=1 shows it.
# Why it matters: first layers of 4 or 6 channels are common in small networks.
# What to do: where a primitive is "ref", ask again with "any" and reorder, or force a plain layout.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
grep -qw avx2 /proc/cpuinfo || { echo "Needs a processor with AVX2. Nothing was checked."; exit; }
apt-get -qq -o APT::Sandbox::User=root download libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 ocl-icd-libopencl1 libgomp1
for deb in *.deb; do dpkg -x "$deb" root; done
cat >chain.cpp <<'END'
#include <oneapi/dnnl/dnnl.hpp>

#include <cstdio>

using namespace dnnl;

int main() {
  const engine cpu(engine::kind::cpu, 0);
  const auto any = [](const memory::dims& shape) {
    return memory::desc(shape, memory::data_type::f32, memory::format_tag::any);
  };
  const auto convolution = [&](const memory::desc& in, const memory::dims& weights, const memory::dims& out) {
    return convolution_forward::primitive_desc({prop_kind::forward_inference, algorithm::convolution_direct, in,
                                                any(weights), any(out), {1, 1}, {0, 0}, {0, 0}},
                                               cpu);
  };
  std::printf("oneDNN %d.%d.%d\n", dnnl_version()->major, dnnl_version()->minor, dnnl_version()->patch);
  for (const int channels : {3, 4, 6, 7, 8, 12, 16}) {
    const memory::dims between{1, channels, 26, 26};
    const memory::dims out{1, 16, 24, 24};
    const auto first = convolution(any({1, 1, 28, 28}), {channels, 1, 3, 3}, between);
    const auto chained = convolution(first.dst_desc(), {16, channels, 3, 3}, out);
    const auto free = convolution(any(between), {16, channels, 3, 3}, out);
    std::printf("%d channels: first %s, second %s, second with any %s\n", channels, first.impl_info_str(),
                chained.impl_info_str(), free.impl_info_str());
  }
}
END
lib=root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH=$lib ONEDNN_MAX_CPU_ISA=AVX2
g++ -std=c++17 -Iroot/usr/include chain.cpp -o chain -L$lib -ldnnl -Wl,-rpath-link,$lib
./chain | tee seen
{
  echo "oneDNN 2.6.3"
  for channels in 3 4 6 7; do
    echo "$channels channels: first jit:avx2, second ref:any, second with any jit:avx2"
  done
  for channels in 8 12 16; do
    echo "$channels channels: first jit:avx2, second jit:avx2, second with any jit:avx2"
  done
} >expected
diff expected seen || { echo "This has changed."; exit 1; }
echo "As described."
