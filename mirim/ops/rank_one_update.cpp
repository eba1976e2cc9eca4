#include "mirim/ops/rank_one_update.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/rank_one_update.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

micro::RankOneUpdateParams params(const RankOneUpdate& op, const Shape& matrix) {
  return {.rows = device_int(RankOneUpdate::name, matrix[0]),
          .columns = device_int(RankOneUpdate::name, matrix[1]),
          .kept_begin = op.kept_begin,
          .kept_end = op.kept_end};
}

}  // namespace

std::vector<TensorType> RankOneUpdate::infer(Types in) const {
  require_inputs(name, in, 3);
  for (int i = 0; i < 3; ++i) require_dtype(name, in, i, {DType::float32});
  require_rank(name, in, 0, 2);
  if (in[1].shape().elements() != in[0].shape()[0] || in[2].shape().elements() != in[0].shape()[1]) {
    fail("{}: {}, {} and {} do not fit together", name, describe_input(in, 0), describe_input(in, 1),
         describe_input(in, 2));
  }
  if (kept_begin < 0 || kept_end < kept_begin || kept_end > in[0].shape()[1] || (pull && kept_end > 0)) {
    fail("{}: columns from {} to {} cannot stay", name, kept_begin, kept_end);
  }
  return {};
}

Cost RankOneUpdate::cost(Types in) const { return {.macs = in[0].shape().elements()}; }

void RankOneUpdate::forward(Inputs x, Outputs y) const {
  (pull ? micro::rank_one_pull : micro::rank_one_update)(params(*this, x[0].shape()), x[1].as<float>().data(),
                                                         x[2].as<float>().data(), y[0].as<float>().data());
}

KernelCall RankOneUpdate::lower(Types in, Types) const {
  return make_kernel_call("mirim/micro/rank_one_update.hpp", pull ? "rank_one_pull" : "rank_one_update",
                          "RankOneUpdateParams", pull ? &micro::rank_one_pull : &micro::rank_one_update,
                          params(*this, in[0].shape()), {kernel_input(1), kernel_input(2), kernel_variable(0)});
}

void RankOneUpdate::options(Options& o) {
  o.field(0, "pull", pull, false);
  o.field(1, "kept_begin", kept_begin, 0);
  o.field(2, "kept_end", kept_end, 0);
}

}  // namespace mirim
