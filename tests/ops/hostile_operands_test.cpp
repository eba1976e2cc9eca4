#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

// Operands as a broken file could have them: any type, any shape, constants of any content.
Tensor strange_tensor(Random& random) {
  constexpr DType kTypes[] = {DType::float32, DType::float32, DType::int8,   DType::int32,
                              DType::int64,   DType::uint8,   DType::boolean};
  constexpr std::int64_t kSizes[] = {0, 1, 1, 2, 3, 4, 8, 1000};
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(random.below(8)));
  std::int64_t elements = 1;
  for (std::int64_t& dimension : dimensions) {
    dimension = kSizes[random.below(8)];
    if (elements * dimension > 10'000) dimension = 1;
    elements *= dimension;
  }
  Tensor tensor({kTypes[random.below(7)], Shape(std::move(dimensions))});
  const bool small = random.below(2) == 1;
  for (std::byte& byte : tensor.bytes) byte = static_cast<std::byte>(small ? random.below(2) : random.below(256));
  return tensor;
}

// infer either gives types or throws Error, whatever it is given; what it accepts, cost and tflite_version accept.
TEST(HostileOperands, infer_answers_or_refuses) {
  Random random(1);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
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
  EXPECT_GT(accepted, 500);
}

// Shapes near the limits: products must not overflow.
TEST(HostileOperands, sizes_near_the_limit_do_not_overflow) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 46;
  const Quantization none;
  Random random(2);
  constexpr std::int64_t kSizes[] = {0, 1, 2, 1 << 20, INT32_MAX, std::int64_t{1} << 40, kHuge, INT64_MAX, -1};
  for (int round = 0; round < 20'000; ++round) {
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
