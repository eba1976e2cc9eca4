// Any bytes given to the readers of data, .npy, IDX, WAV, strokes, CSV and windows of it: an Error, or a tensor with as
// many bytes as its type says. What .npy can hold is written and read again with the same result. A table is read with
// options that its own first line may hold, behind a '?': what is read then is a whole data set, with labels among its
// classes.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "mirim/base/error.hpp"
#include "mirim/base/source_options.hpp"
#include "mirim/data/csv_data.hpp"
#include "mirim/data/strokes.hpp"
#include "mirim/data/windows.hpp"
#include "mirim/formats/idx.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/sound.hpp"

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

void read_table(std::string_view text) {
  std::string options;
  if (text.starts_with('?')) {
    options = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(options.size() + 1, text.size()));
  }
  const auto [file, parsed] = mirim::parse_csv_spec("f" + options);
  const mirim::Dataset table = mirim::parse_csv(text, parsed).data;
  const auto rows = static_cast<std::size_t>(table.size());
  if (rows == 0 || table.samples.size() != rows * static_cast<std::size_t>(table.sample.bytes())) std::abort();
  if (!table.labels.empty() && table.labels.size() != rows) std::abort();
  if (table.targets.size() != rows * static_cast<std::size_t>(table.target_size)) std::abort();
  mirim::check_labels(table);
}

void read_strokes(std::string_view text) {
  const mirim::Dataset strokes = mirim::parse_strokes(text, {.points = 5, .group = text.size() % 2 == 0 ? "" : "by"});
  const auto count = static_cast<std::size_t>(strokes.size());
  if (count == 0 || strokes.samples.size() != count * 5 * 4 * sizeof(float)) std::abort();
  for (std::size_t i = 0; i < strokes.samples.size(); i += sizeof(float)) {
    float element = 0;
    std::memcpy(&element, &strokes.samples[i], sizeof element);
    if (!std::isfinite(element)) std::abort();
  }
  if (!strokes.labels.empty() && strokes.labels.size() != count) std::abort();
  mirim::check_labels(strokes);
}

void read_windows(std::string_view text) {
  const mirim::Dataset windows = mirim::parse_windows(text, mirim::window_options("f?size=3&overlap=0.4"));
  const auto count = static_cast<std::size_t>(windows.size());
  if (count == 0 || windows.samples.size() != count * static_cast<std::size_t>(windows.sample.bytes())) std::abort();
  if (!windows.labels.empty() && windows.labels.size() != count) std::abort();
  if (!windows.groups.empty() && windows.groups.size() != count) std::abort();
  mirim::check_labels(windows);
}

void read_sound(mirim::BytesView bytes) {
  for (const mirim::Channels channels : {mirim::Channels::only, mirim::Channels::first, mirim::Channels::mean}) {
    const mirim::Sound sound = mirim::parse_wav(bytes, channels);
    if (sound.samples.empty() || sound.rate < 1) std::abort();
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
  unless_refused([&] { read_sound(bytes); });
  unless_refused([&] { read_windows({reinterpret_cast<const char*>(data), size}); });
  unless_refused([&] { read_strokes({reinterpret_cast<const char*>(data), size}); });
  unless_refused([&] { read_table({reinterpret_cast<const char*>(data), size}); });
  return 0;
}
