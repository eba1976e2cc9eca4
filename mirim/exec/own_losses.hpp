#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/exec/loss.hpp"
#include "mirim/exec/loss_term.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// A loss that the network's description asks for (`[[loss]]`). Kinds:
///   a name of Loss::Kind   of output 0, in place of the default
///   l1, l2, sparsity       of one value, see LossTerm
///   kl_normal              of the mean and the logarithm of the standard deviation of normal distributions: their KL
///                          divergence to N(0, 1), sum of (mean^2 + e^2s - 1) / 2 - s
///   factors                no number: the first elements of one value are to stand for what the data give of a sample,
///                          in order; training holds those that do not vary in a batch (exec/held_factors.hpp)
struct OwnLoss {
  std::string kind;
  std::vector<std::string> of{};  ///< names of values; none for a loss of output 0
  float weight = 1;
  float rate = 0.05F;  ///< of sparsity
  bool sum = false;    ///< of output 0: over the elements of a sample, not their mean

  bool operator==(const OwnLoss&) const = default;
};

/// Extra of a graph, and the name under which a file's metadata keeps it: a line for each loss.
inline constexpr std::string_view kOwnLosses = "mirim.losses";

/// Throws Error if the extra is damaged.
std::vector<OwnLoss> own_losses(const Graph& graph);
/// Throws Error for a loss that is not one: an unknown kind, too few or too many values, a weight or rate out of range.
void set_own_losses(Graph& graph, const std::vector<OwnLoss>& losses);

/// The kinds that `[[loss]]` takes.
std::vector<std::string> own_loss_kinds();

/// What training makes of them.
struct ResolvedLosses {
  std::optional<Loss::Kind> loss{};  ///< of output 0
  bool sum = false;
  std::vector<LossTerm> terms{};
  std::vector<OwnLoss> beside{};  ///< those that the terms come from
  ValueId factors = kNoValue;     ///< the value that a loss `factors` is of
  /// Whether the whole is a variational autoencoder's -ELBO: binary cross entropy as a sum, and kl_normal, both of
  /// weight 1.
  bool negative_elbo = false;
  /// Names of values that losses are of and that are not in the graph any more; these losses are left out.
  std::vector<std::string> missing{};
};

/// Throws Error if the extra is damaged.
ResolvedLosses resolve_own_losses(const Graph& graph);

}  // namespace mirim
