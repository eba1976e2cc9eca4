#include "mirim/passes/integer_form.hpp"

#include <string>

#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

class Writer {
 public:
  explicit Writer(const Shape& shape) {
    x_ = form_.graph.add(Value{.name = "x", .type = {DType::float32, shape}});
    form_.graph.inputs = {x_};
  }

  ValueId x() const { return x_; }
  ValueId number(const std::string& name, float value) { return add_constant(form_.graph, name, {1}, {value}); }
  ValueId node(Op op, std::vector<ValueId> inputs, const std::string& name) {
    return form_.graph.add(std::move(op), std::move(inputs), name);
  }

  ValueId size() { return node(Abs{}, {x_}, "size"); }

  /// log(1 + e^x) = max(x, 0) - log(1 - t) with t = e^-|x| / (1 + e^-|x|). The polynomial is the one of least error on
  /// (0, 1/2]: |t (c0 + c1 t + c2 t^2) + log(1 - t)| < 6e-4, and nothing at 0.
  ValueId softplus() {
    const ValueId below = node(Mul{}, {size(), number("minus_one", -1)}, "below");
    const ValueId t = node(Logistic{}, {below}, "logistic");
    const ValueId second = node(Mul{}, {t, number("c2", 0.84484579F)}, "second");
    const ValueId first = node(Add{}, {second, number("c1", 0.31259305F)}, "first");
    const ValueId product = node(Mul{}, {first, t}, "product");
    const ValueId sum = node(Add{}, {product, number("c0", 1.01778728F)}, "sum");
    const ValueId logarithm = node(Mul{}, {sum, t}, "log");
    return node(Add{}, {node(Relu{}, {x_}, "relu"), logarithm}, "softplus");
  }

  IntegerForm finish(ValueId result, bool may_widen, std::optional<Quantization> output = std::nullopt) {
    form_.graph.outputs = {result};
    form_.may_widen = may_widen;
    form_.output = std::move(output);
    return std::move(form_);
  }

 private:
  IntegerForm form_;
  ValueId x_ = kNoValue;
};

}  // namespace

std::optional<IntegerForm> integer_form(const Op& op, const Shape& shape, float step) {
  if (shape.rank() == 0) return std::nullopt;  // with a constant of [1] it would become a vector
  Writer w(shape);
  if (op.is<Swish>()) {
    return w.finish(w.node(Mul{}, {w.x(), w.node(Logistic{}, {w.x()}, "logistic")}, "product"), false);
  }
  if (op.is<Softplus>()) return w.finish(w.softplus(), true);
  if (op.is<Mish>()) return w.finish(w.node(Mul{}, {w.x(), w.node(Tanh{}, {w.softplus()}, "tanh")}, "product"), true);
  if (op.is<Softsign>()) {
    const ValueId divisor = w.node(Add{}, {w.size(), w.number("one", 1)}, "divisor");
    const ValueId root = w.node(Rsqrt{}, {divisor}, "root");
    // (x r) r: r r alone would be small where |x| is large, and rounded to few steps.
    return w.finish(w.node(Mul{}, {w.node(Mul{}, {w.x(), root}, "half"), root}, "product"), true);
  }
  if (op.is<Selu>()) {
    // Klambauer et al., 2017: scale 1.0507, times alpha 1.6733 below zero.
    constexpr double kScale = 1.0507009873554805;
    constexpr double kAlpha = 1.6732632423543772;
    const ValueId above =
        w.node(Mul{}, {w.node(Relu{}, {w.x()}, "relu"), w.number("scale", static_cast<float>(kScale))}, "above");
    const ValueId negative = w.node(Minimum{}, {w.x(), w.number("zero", 0)}, "negative");
    const ValueId elu = w.node(Elu{}, {negative}, "elu");
    const ValueId below = w.node(Mul{}, {elu, w.number("factor", static_cast<float>(kScale * kAlpha))}, "below");
    return w.finish(w.node(Add{}, {above, below}, "sum"), false);
  }
  if (op.is<Step>()) {
    // RELU has a finer scale of its own, so one step may become two thirds of it: twice is enough for each.
    const ValueId above = w.node(Relu{}, {w.x()}, "relu");
    return w.finish(w.node(Mul{}, {above, w.number("per_step", 2 / step)}, "steps"), false,
                    Quantization{.scale = {1.0F / 255}, .zero_point = {-128}});
  }
  return std::nullopt;
}

}  // namespace mirim
