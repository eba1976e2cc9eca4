#include "mirim/formats/flexbuffer_options.hpp"

#include <flatbuffers/flexbuffers.h>

#include <cmath>
#include <limits>
#include <string>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

class Reader final : public Options {
 public:
  explicit Reader(flexbuffers::Reference root) : root_(root) {}

  void field(int slot, std::string_view name, bool& value, bool fallback) override {
    if (slot == kOutsideTable) return;
    const flexbuffers::Reference found = find(slot, name);
    value = found.IsNull() ? fallback : number(found, name) != 0;
  }
  void field(int slot, std::string_view name, std::int32_t& value, std::int32_t fallback) override {
    if (slot == kOutsideTable) return;
    const flexbuffers::Reference found = find(slot, name);
    const double wanted = found.IsNull() ? fallback : number(found, name);
    constexpr double kMost = std::numeric_limits<std::int32_t>::max();
    if (!(wanted >= -kMost - 1 && wanted <= kMost))
      fail("option {} is {}, which does not fit in 32 bits", name, wanted);
    value = static_cast<std::int32_t>(wanted);
  }
  void field(int slot, std::string_view name, float& value, float fallback) override {
    const flexbuffers::Reference found = find(slot, name);
    value = found.IsNull() ? fallback : static_cast<float>(number(found, name));
    if (!std::isfinite(value)) fail("option {} is {}, expected a finite number", name, value);
  }
  void field(int /*slot*/, std::string_view /*name*/, std::vector<std::int32_t>& /*value*/) override {}

 protected:
  void enumeration(int /*slot*/, std::string_view /*name*/, int& /*value*/, int /*fallback*/,
                   std::span<const std::string_view> /*names*/) override {}

 private:
  flexbuffers::Reference find(int slot, std::string_view name) const {
    if (root_.IsMap()) return root_.AsMap()[std::string(name).c_str()];
    const flexbuffers::Vector vector = root_.AsVector();
    return static_cast<std::size_t>(slot) < vector.size() ? vector[static_cast<std::size_t>(slot)]
                                                          : flexbuffers::Reference();
  }

  // Numbers of any kind; their texts too would be converted by FlexBuffers, but no writer makes them.
  static double number(const flexbuffers::Reference& found, std::string_view name) {
    if (!found.IsNumeric() && !found.IsBool()) fail("option {} is no number", name);
    return found.IsBool() ? static_cast<double>(found.AsBool()) : found.AsDouble();
  }

  flexbuffers::Reference root_;
};

class Writer final : public Options {
 public:
  explicit Writer(flexbuffers::Builder& builder) : builder_(builder) {}

  int fields = 0;

  void field(int slot, std::string_view name, bool& value, bool /*fallback*/) override {
    if (slot == kOutsideTable) return;
    ++fields;
    builder_.Bool(std::string(name).c_str(), value);
  }
  void field(int slot, std::string_view name, std::int32_t& value, std::int32_t /*fallback*/) override {
    if (slot == kOutsideTable) return;
    ++fields;
    builder_.Int(std::string(name).c_str(), value);
  }
  void field(int /*slot*/, std::string_view name, float& value, float /*fallback*/) override {
    ++fields;
    builder_.Float(std::string(name).c_str(), value);
  }
  void field(int /*slot*/, std::string_view /*name*/, std::vector<std::int32_t>& /*value*/) override {}

 protected:
  void enumeration(int /*slot*/, std::string_view /*name*/, int& /*value*/, int /*fallback*/,
                   std::span<const std::string_view> /*names*/) override {}

 private:
  flexbuffers::Builder& builder_;
};

}  // namespace

void read_flexbuffer_options(BytesView bytes, Op& op) {
  if (bytes.empty()) {
    Reader nothing{flexbuffers::Reference()};
    op.options(nothing);
    return;
  }
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::vector<std::uint8_t> tracker;
  if (!flexbuffers::VerifyBuffer(data, bytes.size(), &tracker)) fail("its custom options are no sound FlexBuffer");
  const flexbuffers::Reference root = flexbuffers::GetRoot(data, bytes.size());
  if (!root.IsMap() && !root.IsVector()) fail("its custom options are no map, expected the operator's options by name");
  Reader reader(root);
  op.options(reader);
}

Bytes write_flexbuffer_options(const Op& op) {
  flexbuffers::Builder builder;
  Writer writer(builder);
  builder.Map([&] { op.options(writer); });
  if (writer.fields == 0) return {};
  builder.Finish();
  const BytesView bytes = bytes_of(builder.GetBuffer());
  return {bytes.begin(), bytes.end()};
}

}  // namespace mirim
