#include "mirim/exec/own_losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"

namespace mirim {
namespace {

std::optional<Loss::Kind> of_output(std::string_view kind) {
  for (const Loss::Kind each : kAllLosses) {
    if (name(each) == kind) return each;
  }
  return std::nullopt;
}

struct Regulariser {
  std::string_view kind;
  std::size_t values;  ///< that it is of
};
constexpr std::array kRegularisers{Regulariser{"factors", 1}, Regulariser{"kl_normal", 2}, Regulariser{"l1", 1},
                                   Regulariser{"l2", 1}, Regulariser{"sparsity", 1}};

/// Throws Error unless it is one of the losses that there are.
void check(const OwnLoss& loss) {
  if (!(std::isfinite(loss.weight) && loss.weight > 0)) fail("weight is {}; it must be above 0", loss.weight);
  if (of_output(loss.kind)) {
    if (!loss.of.empty()) fail("loss {} is of the output; leave out 'of'", loss.kind);
    if (loss.weight != 1) fail("the loss of the output has weight 1; give the others theirs in relation to it");
    return;
  }
  const auto found = std::ranges::find(kRegularisers, loss.kind, &Regulariser::kind);
  if (found == kRegularisers.end()) {
    fail("unknown loss '{}'; {}", loss.kind.substr(0, 60), suggestion(loss.kind, own_loss_kinds()));
  }
  if (loss.of.size() != found->values) {
    fail("loss {} is of {}; name {} layer{} in 'of'", loss.kind,
         found->values == 2 ? "means and logarithms of standard deviations" : "one layer", found->values,
         found->values == 1 ? "" : "s");
  }
  if (loss.sum) fail("loss {} is a sum over elements in any case; leave out 'reduction'", loss.kind);
  if (!(loss.rate > 0 && loss.rate < 1)) fail("rate is {}; it must be between 0 and 1", loss.rate);
  for (const std::string& each : loss.of) {
    if (each.find_first_of("\t\n\r") != std::string::npos) fail("a name has tabs or line breaks; give another");
  }
}

std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

float number(const std::string& text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail("'{}' is no number", text.substr(0, 40));
  return value;
}

OwnLoss loss_of(const std::string& line) {
  const std::vector<std::string> fields = parts_of(line, '\t');
  if (fields.size() < 4) fail("a line has {} fields", fields.size());
  OwnLoss loss{.kind = fields[0],
               .of = {fields.begin() + 4, fields.end()},
               .weight = number(fields[1]),
               .rate = number(fields[2]),
               .sum = fields[3] == "sum"};
  check(loss);
  return loss;
}

/// kNoValue if there is none.
ValueId value_named(const Graph& graph, const std::string& wanted) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].name == wanted && !graph.values[i].is_constant()) return static_cast<ValueId>(i);
  }
  return kNoValue;
}

}  // namespace

std::vector<std::string> own_loss_kinds() {
  std::vector<std::string> kinds;
  for (const Loss::Kind each : kAllLosses) kinds.emplace_back(name(each));
  for (const Regulariser& each : kRegularisers) kinds.emplace_back(each.kind);
  return kinds;
}

std::vector<OwnLoss> own_losses(const Graph& graph) {
  std::vector<OwnLoss> losses;
  const auto found = graph.extras.find(std::string(kOwnLosses));
  if (found == graph.extras.end()) return losses;
  const std::string_view text(reinterpret_cast<const char*>(found->second.data()), found->second.size());
  in_context(fmt::format("metadata '{}' is damaged", kOwnLosses), [&] {
    for (const std::string& line : parts_of(text, '\n')) losses.push_back(loss_of(line));
  });
  return losses;
}

void set_own_losses(Graph& graph, const std::vector<OwnLoss>& losses) {
  graph.extras.erase(std::string(kOwnLosses));
  if (losses.empty()) return;
  std::string text;
  for (const OwnLoss& loss : losses) {
    check(loss);
    text += fmt::format("{}{}\t{}\t{}\t{}", text.empty() ? "" : "\n", loss.kind, loss.weight, loss.rate,
                        loss.sum ? "sum" : "mean");
    for (const std::string& each : loss.of) text += "\t" + each;
  }
  const BytesView bytes = bytes_of(std::string_view(text));
  graph.extras[std::string(kOwnLosses)] = Bytes(bytes.begin(), bytes.end());
}

ResolvedLosses resolve_own_losses(const Graph& graph) {
  ResolvedLosses result;
  bool divergence = false;
  const auto term = [&](LossTerm::Kind kind, const OwnLoss& loss, std::size_t i, float factor) {
    result.terms.push_back(
        {.kind = kind, .value = value_named(graph, loss.of[i]), .weight = factor * loss.weight, .rate = loss.rate});
  };
  for (const OwnLoss& loss : own_losses(graph)) {
    if (const auto kind = of_output(loss.kind)) {
      result.loss = kind;
      result.sum = loss.sum;
      continue;
    }
    const std::size_t lost = result.missing.size();
    for (const std::string& each : loss.of) {
      if (value_named(graph, each) == kNoValue) result.missing.push_back(each);
    }
    if (result.missing.size() > lost) continue;
    if (loss.kind == "factors") {
      result.factors = value_named(graph, loss.of[0]);
      continue;
    }
    result.beside.push_back(loss);
    if (loss.kind == "kl_normal") {
      term(LossTerm::Kind::l2, loss, 0, 0.5F);
      term(LossTerm::Kind::log_deviation, loss, 1, 1);
      divergence = loss.weight == 1;
    } else {
      const auto kind = loss.kind == "l1"   ? LossTerm::Kind::l1
                        : loss.kind == "l2" ? LossTerm::Kind::l2
                                            : LossTerm::Kind::sparsity;
      term(kind, loss, 0, 1);
    }
  }
  result.negative_elbo =
      divergence && result.sum && result.loss == Loss::Kind::binary_cross_entropy && result.terms.size() == 2;
  return result;
}

}  // namespace mirim
