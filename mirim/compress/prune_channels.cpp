#include "mirim/compress/prune_channels.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/compress/channel_scores.hpp"
#include "mirim/passes/groups.hpp"
#include "mirim/passes/macs_of.hpp"
#include "mirim/passes/remove_channels.hpp"

namespace mirim {
namespace {

struct Candidate {
  double score;
  std::size_t group;
  std::int64_t channel;
};

using Criterion = ChannelPruning::Criterion;

std::vector<double> scores_of(const Graph& graph, const Group& group, const ChannelPruning& options) {
  const ChannelScores scores = score_channels(graph, group, options.importance);
  std::vector<double> score = scores.l2;
  if (options.criterion == Criterion::batch_norm && !scores.scale.empty()) score = scores.scale;
  if (options.criterion == Criterion::taylor) score = scores.given;
  std::vector<double> costs(score.size(), 1);
  if (options.criterion == Criterion::flops) costs.assign(scores.macs.begin(), scores.macs.end());
  if (options.criterion == Criterion::latency) {
    // Kernels work on four channels at a time: 63 take as long as 64. Half of them, a multiple of four, shows what they
    // cost.
    const std::int64_t half = group.channels >= 8 ? group.channels / 8 * 4 : 1;
    costs = costs_of_channels(graph, group, options.cost, half);
  }
  double mean = 0;
  for (const double s : score) mean += s / static_cast<double>(score.size());
  for (std::size_t c = 0; c < score.size(); ++c) {
    score[c] /= std::max(mean, 1e-30) * std::max(1.0, costs[c]);
  }
  return score;
}

/// All channels that may go, the first to go first.
std::vector<Candidate> in_order(const Graph& graph, const std::vector<Group>& groups, const ChannelPruning& options) {
  std::vector<Candidate> all;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!groups[g].reason.empty()) continue;
    const std::vector<double> score = scores_of(graph, groups[g], options);
    std::vector<Candidate> own;
    for (std::size_t c = 0; c < score.size(); ++c) own.push_back({score[c], g, static_cast<std::int64_t>(c)});
    std::ranges::stable_sort(own, {}, &Candidate::score);
    const auto most = static_cast<std::size_t>(options.most_of_group * static_cast<double>(own.size()));
    own.resize(std::min(most, own.size() - 1));
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::stable_sort(all, {}, &Candidate::score);
  return all;
}

std::vector<Removal> removals(const std::vector<Group>& groups, std::span<const Candidate> gone) {
  std::vector<Removal> all;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Removal one{.group = &groups[g]};
    for (const Candidate& candidate : gone) {
      if (candidate.group == g) one.channels.push_back(candidate.channel);
    }
    std::ranges::sort(one.channels);
    if (!one.channels.empty()) all.push_back(std::move(one));
  }
  return all;
}

Graph without(const Graph& graph, const std::vector<Group>& groups, std::span<const Candidate> gone) {
  Graph smaller = graph;
  const std::vector<Removal> all = removals(groups, gone);
  if (!all.empty()) remove_channels(smaller, all);
  return smaller;
}

}  // namespace

ChannelsRemoved prune_channels(Graph& graph, const ChannelPruning& options) {
  if (!(options.share >= 0 && options.share < 1)) {
    fail("the share of multiply-adds to remove is {}; it must be at least 0 and below 1", options.share);
  }
  if (options.criterion == Criterion::latency && !options.cost) fail("criterion latency needs what a run costs");
  if (options.criterion == Criterion::taylor && options.importance.empty()) {
    fail("criterion taylor needs the weights' gradients");
  }
  Graph work = graph;
  separate_constants(work);
  ChannelsRemoved result{.macs_before = macs_of(work)};
  const auto most = static_cast<std::int64_t>((1 - options.share) * static_cast<double>(result.macs_before));
  const std::vector<Group> groups = find_groups(work);
  const std::vector<Candidate> order = in_order(work, groups, options);
  if (order.empty())
    fail("no channels can be removed: {}", groups.empty() ? "there are no layers with weights" : groups[0].reason);
  const auto first = [&](std::size_t count) { return std::span(order).first(count); };
  const std::int64_t least = macs_of(without(work, groups, order));
  if (least > most) {
    fail(
        "removing channels takes away at most {:.1f} % of the multiply-adds, {:.1f} % is asked; "
        "a channel of each layer must stay",
        100 * (1 - static_cast<double>(least) / static_cast<double>(result.macs_before)), 100 * options.share);
  }
  // The more channels go, the fewer multiply-adds are left.
  std::size_t few = 0, many = order.size();
  while (few < many) {
    const std::size_t middle = (few + many) / 2;
    if (macs_of(without(work, groups, first(middle))) <= most) {
      many = middle;
    } else {
      few = middle + 1;
    }
  }
  graph = without(work, groups, first(many));
  result.macs_after = macs_of(graph);
  for (const Removal& removal : removals(groups, first(many))) {
    result.lines.push_back(
        fmt::format("{}: {} of {} channels go", removal.group->name, removal.channels.size(), removal.group->channels));
  }
  return result;
}

}  // namespace mirim
