#include "mirim/zoo/layers/reservoir.hpp"

#include <Eigen/Dense>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {
namespace {

// All eigenvalues of 2,000 units take half a minute.
constexpr std::int64_t kMostUnits = 2000;

double spectral_radius_of(const std::vector<float>& w, std::int64_t units) {
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> matrix(w.data(), units,
                                                                                                       units);
  return matrix.cast<double>().eigenvalues().cwiseAbs().maxCoeff();
}

}  // namespace

void ReservoirLayer::keys(LayerKeys& k) {
  k.needed("units", units, "reservoir needs it: how many numbers its state has");
  k.key("spectral_radius", spectral_radius);
  k.key("leak", leak);
  k.key("input_scale", input_scale);
  k.key("bias", bias);
  k.key("density", density);
  k.from(from);
}

ValueId ReservoirLayer::append(Builder& builder) const {
  const ValueId x = flat_source(builder, from, name);
  if (units < 1 || units > kMostUnits) {
    fail("layer '{}': units is {}; it must be from 1 to {}", name, units, kMostUnits);
  }
  if (!(spectral_radius > 0)) fail("layer '{}': spectral_radius is {}; it must be above 0", name, spectral_radius);
  if (!(leak > 0 && leak <= 1)) fail("layer '{}': leak is {}; it must be above 0 and at most 1", name, leak);
  if (!(input_scale > 0)) fail("layer '{}': input_scale is {}; it must be above 0", name, input_scale);
  if (!(bias >= 0)) fail("layer '{}': bias is {}; it must not be negative", name, bias);
  if (!(density > 0 && density <= 1))
    fail("layer '{}': density is {}; it must be above 0 and at most 1", name, density);
  const std::int64_t features = builder.shape(x).back();

  const ValueId input = builder.drawn_constant(name + "/input_weights", {units, features}, [&](Random& random) {
    return random.below(2) == 0 ? input_scale : -input_scale;
  });
  const ValueId offset = builder.drawn_constant(name + "/bias", {units},
                                                [&](Random& random) { return random.below(2) == 0 ? bias : -bias; });
  const ValueId inner = builder.drawn_constant(name + "/weights", {units, units}, [&](Random& random) {
    return random.uniform() < density ? random.normal() : 0.0F;
  });
  if (builder.has_numbers()) {
    std::vector<float> w = builder.numbers(inner);
    const double radius = spectral_radius_of(w, units);
    if (!(radius > 0)) fail("layer '{}': no unit reaches itself again; choose a larger density than {}", name, density);
    for (float& v : w) v = static_cast<float>(static_cast<double>(v) * static_cast<double>(spectral_radius) / radius);
    builder.set_numbers(inner, w);
  }

  const ValueId state = builder.variable(name + "/state", {1, units});
  const ValueId before = builder.node(ReadVariable{}, {state}, name + "/before");
  const ValueId outer = builder.node(FullyConnected{}, {x, input, offset}, name + "/from_input");
  const ValueId echo = builder.node(FullyConnected{}, {before, inner}, name + "/from_state");
  const ValueId sum = builder.node(Add{}, {outer, echo}, name + "/sum");
  ValueId next = builder.node(Tanh{}, {sum}, name + "/tanh");
  if (leak < 1) {
    const auto scaled = [&](ValueId value, float factor, const std::string& what) {
      return builder.node(Mul{}, {value, builder.constant(name + "/" + what + "/factor", {1}, {factor})},
                          name + "/" + what);
    };
    next = builder.node(Add{}, {scaled(before, 1 - leak, "kept"), scaled(next, leak, "new")}, name);
  }
  builder.run(AssignVariable{}, {state, next}, name + "/after");
  return next;
}

}  // namespace mirim
