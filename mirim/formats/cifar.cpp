#include "mirim/formats/cifar.hpp"

#include "mirim/base/error.hpp"

namespace mirim {

void append_cifar10(BytesView bytes, CifarRecords& to) {
  constexpr std::size_t kPixels = 32 * 32, kRecord = 1 + 3 * kPixels;
  if (bytes.empty() || bytes.size() % kRecord != 0) {
    fail("has {} bytes, expected a multiple of {}: a label and 32x32x3 pixels a record", bytes.size(), kRecord);
  }
  to.images.reserve(to.images.size() + bytes.size());
  for (std::size_t record = 0; record < bytes.size(); record += kRecord) {
    const auto label = std::to_integer<std::int32_t>(bytes[record]);
    if (label >= 10) fail("record {} has label {}, expected 0 to 9", record / kRecord, label);
    to.labels.push_back(label);
    const auto planes = bytes.subspan(record + 1, 3 * kPixels);
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
      for (std::size_t channel = 0; channel < 3; ++channel) to.images.push_back(planes[channel * kPixels + pixel]);
    }
  }
}

}  // namespace mirim
