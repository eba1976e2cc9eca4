#include "mirim/learn/ridge.hpp"

#include <Eigen/Dense>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using FloatRows = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

FloatRows mapped(const Rows& rows) { return {rows.values.data(), rows.rows, rows.columns}; }

class Ridge final : public Rule {
 public:
  std::string_view name() const override { return "ridge"; }
  std::string_view help() const override {
    return "The last fully_connected layer by least squares: one exact solution, no epochs.";
  }
  void settings(Settings& s) override {
    s.field("penalty", penalty_, "what is added to the sum of squares for each squared weight; never for a bias");
    s.field("skip", skip_, "first samples of a series to leave out, until its state no longer knows how it began");
  }

  void learn(Graph& graph, const Lesson& lesson) const override {
    if (!(penalty_ >= 0)) fail("ridge: penalty is {}; it must not be negative", penalty_);
    const Dense layer = last_dense(graph, name());
    Rows x = values_of(graph, layer.input, lesson.data.training, lesson);
    Rows y = targets_of(lesson, lesson.data.training);
    if (y.columns != layer.units) {
      fail("ridge: the last fully_connected layer has {} units, the targets {}; it must be the model's end",
           layer.units, y.columns);
    }
    if (skip_ < 0 || skip_ >= x.rows) fail("ridge: skip is {}; it must be from 0 to below {} samples", skip_, x.rows);
    for (Rows* rows : {&x, &y}) {
      rows->values.erase(rows->values.begin(), rows->values.begin() + skip_ * rows->columns);
      rows->rows -= skip_;
    }
    const Solution solution =
        in_context("ridge", [&] { return least_squares(x, y, penalty_, layer.bias != kNoValue); });
    set_constant(graph, layer.weights, solution.weights);
    if (layer.bias != kNoValue) set_constant(graph, layer.bias, solution.bias);
    lesson.tell(fmt::format("ridge: {} x {} weights from {} samples", layer.units, layer.inputs, x.rows));
  }

 private:
  double penalty_ = 1e-6;
  std::int64_t skip_ = 0;
};

}  // namespace

Solution least_squares(const Rows& x, const Rows& y, double penalty, bool bias) {
  const FloatRows inputs = mapped(x), targets = mapped(y);
  Eigen::RowVectorXd input_mean = Eigen::RowVectorXd::Zero(x.columns),
                     target_mean = Eigen::RowVectorXd::Zero(y.columns);
  if (bias) {
    input_mean = inputs.cast<double>().colwise().mean();
    target_mean = targets.cast<double>().colwise().mean();
  }
  // Sums in pieces: the whole as doubles would take twice the room of the samples.
  Matrix gram = Matrix::Zero(x.columns, x.columns), moment = Matrix::Zero(x.columns, y.columns);
  constexpr std::int64_t kPiece = 512;
  for (std::int64_t first = 0; first < x.rows; first += kPiece) {
    const std::int64_t count = std::min(kPiece, x.rows - first);
    const Matrix a = inputs.middleRows(first, count).cast<double>().rowwise() - input_mean;
    const Matrix b = targets.middleRows(first, count).cast<double>().rowwise() - target_mean;
    gram.selfadjointView<Eigen::Lower>().rankUpdate(a.transpose());
    moment.noalias() += a.transpose() * b;
  }
  const double largest = gram.diagonal().maxCoeff();
  gram.diagonal().array() += penalty;
  const Eigen::LDLT<Eigen::MatrixXd, Eigen::Lower> solver(gram);
  const Eigen::VectorXd pivots = solver.vectorD();
  // A pivot below this is rounding error alone.
  const double least = 32 * std::numeric_limits<double>::epsilon() * largest;
  if (solver.info() != Eigen::Success || !(pivots.minCoeff() > least)) {
    fail("{} samples do not determine {} weights, the system is singular; choose a larger penalty than {}", x.rows,
         x.columns, penalty);
  }
  const Matrix weights = solver.solve(moment).transpose();
  const Eigen::RowVectorXd offset = target_mean - input_mean * weights.transpose();
  Solution result;
  for (std::int64_t i = 0; i < weights.size(); ++i) result.weights.push_back(static_cast<float>(weights.data()[i]));
  for (std::int64_t i = 0; i < offset.size(); ++i) result.bias.push_back(static_cast<float>(offset[i]));
  return result;
}

std::shared_ptr<Rule> make_ridge() { return std::make_shared<Ridge>(); }

}  // namespace mirim
