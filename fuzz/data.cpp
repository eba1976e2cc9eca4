// Any bytes given to the readers of data, .npy, IDX and CSV: an Error, or a tensor with as many bytes as its type says.
// What .npy can hold is written and read again with the same result.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mirim/base/error.hpp"
#include "mirim/formats/csv.hpp"
#include "mirim/formats/idx.hpp"
#include "mirim/formats/npy.hpp"

namespace {

void require_whole(const mirim::Tensor& tensor) {
  if (static_cast<std::int64_t>(tensor.bytes.size()) != tensor.type.bytes()) std::abort();
}

template <class F>
void unless_refused(F f) {
  try {
    f();
  } catch (const mirim::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mirim::BytesView bytes = std::as_bytes(std::span(data, size));
  unless_refused([&] {
    const mirim::Tensor tensor = mirim::parse_npy(bytes);
    require_whole(tensor);
    const mirim::Tensor again = mirim::parse_npy(mirim::format_npy(tensor.type, tensor.bytes));
    if (again.type != tensor.type || again.bytes != tensor.bytes) std::abort();
  });
  unless_refused([&] { require_whole(mirim::parse_idx(bytes)); });
  unless_refused([&] { mirim::parse_csv(std::string_view(reinterpret_cast<const char*>(data), size)); });
  return 0;
}
