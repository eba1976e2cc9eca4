#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

// Operands as a broken file could have them: any type, any shape, constants of any content.
Tensor strange_tensor(Random& random) {
  constexpr DType kTypes[] = {DType::float32, DType::float32, DType::int8, DType::int32, DType::int64,
                              DType::uint8,   DType::boolean, DType::int4, DType::int2,  DType::int16};
  constexpr std::int64_t kSizes[] = {0, 1, 1, 2, 3, 4, 8, 1000};
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(random.below(8)));
  std::int64_t elements = 1;
  for (std::int64_t& dimension : dimensions) {
    dimension = kSizes[random.below(8)];
    if (elements * dimension > 10'000) dimension = 1;
    elements *= dimension;
  }
  Tensor tensor({kTypes[random.below(10)], Shape(std::move(dimensions))});
  const bool small = random.below(2) == 1;
  for (std::byte& byte : tensor.bytes) byte = static_cast<std::byte>(small ? random.below(2) : random.below(256));
  return tensor;
}

// infer either gives types or throws Error, whatever it is given; what it accepts, cost and tflite_version accept.
TEST(HostileOperands, infer_answers_or_refuses) {
  Random random(1);
  int accepted = 0;
  for (int round = 0; round < 10'000; ++round) {
    const auto& all = all_operators().all();
    const Op& op = all[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(all.size())))];
    std::vector<Tensor> tensors(static_cast<std::size_t>(random.below(6)));
    for (Tensor& tensor : tensors) tensor = strange_tensor(random);
    std::vector<Operand> in;
    for (const Tensor& tensor : tensors) {
      Operand operand = tensor.operand();
      if (random.below(4) == 0) operand.constant = {};
      in.push_back(random.below(10) == 0 ? Operand{} : operand);
    }
    try {
      const auto types = op.infer(Types(in));
      for (const TensorType& type : types) EXPECT_GE(type.shape.elements(), 0);
      EXPECT_GE(op.cost(Types(in)).operations, 0) << op.name();
      ++accepted;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(std::string(op.name()))) << "the message names the operator";
    }
  }
  EXPECT_GT(accepted, 200);
}

// Sizes that often fit: one rank, small dimensions, and one type for nearly all.
Tensor likely_tensor(Random& random, DType dtype, std::int64_t channels) {
  std::vector<std::int64_t> dimensions{1 + random.below(2), 1 + random.below(5), 1 + random.below(5), channels};
  if (random.below(3) == 0) dimensions.erase(dimensions.begin(), dimensions.begin() + random.below(4));
  if (random.below(20) == 0) dimensions.front() = 0;
  Tensor tensor({random.below(8) == 0 ? DType::int32 : dtype, Shape(std::move(dimensions))});
  for (std::byte& byte : tensor.bytes) byte = static_cast<std::byte>(random.below(4));
  if (random.below(4) != 0) tensor.quantization = {{0.01F + random.uniform()}, {random.below(256) - 128}};
  return tensor;
}

// What infer accepts can be run: forward and, in floats, backward touch nothing outside their tensors (the sanitizers
// watch), or forward throws Error where the quantization makes no sense.
TEST(HostileOperands, what_infer_accepts_runs) {
  Random random(3);
  int ran = 0;
  for (int round = 0; round < 12'000; ++round) {
    const auto& all = all_operators().all();
    const Op& op = all[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(all.size())))];
    const DType dtype = random.below(2) == 0 ? DType::float32 : DType::int8;
    const std::int64_t channels = 1 + random.below(3);
    std::vector<Tensor> tensors(static_cast<std::size_t>(1 + random.below(3)));
    for (Tensor& tensor : tensors) tensor = likely_tensor(random, dtype, channels);
    std::vector<Operand> in;
    std::vector<ConstTensorView> x;
    for (const Tensor& tensor : tensors) {
      in.push_back(tensor.operand());
      x.push_back(tensor.view());
    }
    try {
      const auto types = op.infer(Types(in));
      std::vector<Tensor> y;
      std::vector<TensorView> out;
      for (const TensorType& type : types) {
        if (type.bytes() <= 1'000'000) y.emplace_back(type, Quantization{{0.5F}, {1}});
      }
      if (y.size() < types.size()) continue;
      for (Tensor& tensor : y) out.push_back(tensor.view());
      for (const int state : op.variables(Types(in))) out.push_back(tensors[static_cast<std::size_t>(state)].view());
      op.forward(Inputs(x), Outputs(out));
      ++ran;
      if (!op.differentiable() || dtype != DType::float32 || types.at(0).dtype != DType::float32) continue;
      std::vector<Tensor> gradients;
      for (const Tensor& tensor : tensors) gradients.emplace_back(tensor.type);
      std::vector<TensorView> dx;
      for (Tensor& gradient : gradients) {
        dx.push_back(gradient.type.dtype == DType::float32 ? gradient.view() : TensorView{});
      }
      const std::vector<ConstTensorView> result{y[0].view()};
      Bytes saved(static_cast<std::size_t>(op.saved_bytes(Types(in))));
      op.forward_training(Inputs(x), Outputs(out), {saved, 1});
      op.backward(Inputs(x), Inputs(result), Inputs(result), Outputs(dx), {saved, 1});
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(std::string(op.name())));
    }
  }
  EXPECT_GT(ran, 1000);
}

// Shapes near the limits: products must not overflow.
TEST(HostileOperands, sizes_near_the_limit_do_not_overflow) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 46;
  const Quantization none;
  Random random(2);
  constexpr std::int64_t kSizes[] = {0, 1, 2, 1 << 20, INT32_MAX, std::int64_t{1} << 40, kHuge, INT64_MAX, -1};
  for (int round = 0; round < 8'000; ++round) {
    const auto& all = all_operators().all();
    const Op& op = all[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(all.size())))];
    std::vector<TensorType> types(static_cast<std::size_t>(1 + random.below(3)));
    std::vector<Operand> in;
    for (TensorType& type : types) {
      std::vector<std::int64_t> dimensions(random.below(2) == 0 ? 4 : static_cast<std::size_t>(1 + random.below(4)));
      for (std::int64_t& dimension : dimensions) dimension = random.below(2) == 0 ? 1 : kSizes[random.below(9)];
      type.shape = Shape(std::move(dimensions));
      in.push_back({&type, &none, {}});
    }
    try {
      op.infer(Types(in));
      op.cost(Types(in));
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
    }
  }
}

}  // namespace
}  // namespace mirim
