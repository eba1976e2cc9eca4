#include "mirim/exec/random_inputs.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/random.hpp"

namespace mirim {
namespace {

/// Calls fill(distribution as a type).
template <class Fill>
void with(Distribution distribution, Fill fill) {
  switch (distribution) {
    case Distribution::normal:
      return fill(micro::Normal{});
    case Distribution::uniform:
      return fill(micro::Uniform{});
    case Distribution::bernoulli:
      return fill(micro::Coin{});
  }
}

template <class T>
void fill_integers(const micro::Draw& numbers, Distribution distribution, const TensorView& to) {
  const auto elements = to.as<T>();
  with(distribution, [&](auto type) {
    micro::fill_random<decltype(type)>(numbers, elements.data(), static_cast<std::int32_t>(elements.size()),
                                       to.quantization->scale[0],
                                       static_cast<std::int32_t>(to.quantization->zero_point[0]));
  });
}

}  // namespace

void draw(Distribution distribution, std::uint64_t seed, std::uint64_t number, int stream, std::span<float> to) {
  const micro::Draw numbers{seed, number, static_cast<std::uint32_t>(stream)};
  with(distribution, [&](auto type) {
    micro::fill_random<decltype(type)>(numbers, to.data(), static_cast<std::int32_t>(to.size()));
  });
}

void draw_into(const TensorView& to, const std::string& name, Distribution distribution, std::uint64_t seed,
               std::uint64_t number, int stream) {
  const bool one_scale = to.quantization->scale.size() == 1 && to.quantization->zero_point.size() == 1;
  const micro::Draw numbers{seed, number, static_cast<std::uint32_t>(stream)};
  if (to.dtype() == DType::float32) {
    draw(distribution, seed, number, stream, to.as<float>());
  } else if (one_scale && to.dtype() == DType::int8) {
    fill_integers<std::int8_t>(numbers, distribution, to);
  } else if (one_scale && to.dtype() == DType::int16) {
    fill_integers<std::int16_t>(numbers, distribution, to);
  } else {
    fail("input '{}' is random and {}; only float32, int8 and int16 with one scale are drawn", name,
         mirim::name(to.dtype()));
  }
}

void draw_random_inputs(Interpreter& interpreter, std::uint64_t seed, std::uint64_t number) {
  const Graph& graph = interpreter.graph();
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const Value& value = graph[graph.inputs[i]];
    const int index = static_cast<int>(i);
    if (const auto distribution = distribution_of(value)) {
      draw_into(interpreter.input(index), value.name, *distribution, seed, number, index);
    }
  }
}

}  // namespace mirim
