#include "mirim/compress/rank_choice.hpp"

#include <algorithm>
#include <numeric>

namespace mirim {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

double share(double part, double all) { return all > 0 ? std::min(1.0, part / all) : 0.0; }

void add_two_pieces(std::vector<RankCandidate>& all, const std::vector<double>& energy, const LayerSizes& sizes) {
  const double total = std::accumulate(energy.begin(), energy.end(), 0.0);
  double tail = 0;
  for (auto rank = std::ssize(energy); rank >= 1; --rank) {
    RankCandidate one = candidate(sizes, Pieces::two, rank, 0);
    one.loss = share(tail, total);
    if (one.macs < all.front().macs) all.push_back(one);
    tail += energy[at(rank - 1)];
  }
}

void add_three_pieces(std::vector<RankCandidate>& all, const Kernel& kernel, const std::vector<double>& by_output,
                      const LayerSizes& sizes) {
  const std::vector<double> by_channel = energies(mirim::by_channel(kernel));
  const double total = std::accumulate(by_channel.begin(), by_channel.end(), 0.0);
  std::int64_t rank = std::ssize(by_output), rank_in = std::ssize(by_channel);
  double tail = 0;
  while (true) {
    RankCandidate now = candidate(sizes, Pieces::three, rank, rank_in);
    now.loss = share(tail, total);
    if (now.macs < all.front().macs) all.push_back(now);
    if (rank == 1 && rank_in == 1) return;
    const double loses = by_output[at(rank - 1)], loses_in = by_channel[at(rank_in - 1)];
    const auto saves = [&](std::int64_t r, std::int64_t r_in) {
      return static_cast<double>(now.macs - candidate(sizes, Pieces::three, r, r_in).macs);
    };
    const bool lower_in =
        rank == 1 || (rank_in > 1 && loses_in * saves(rank - 1, rank_in) < loses * saves(rank, rank_in - 1));
    tail += lower_in ? loses_in : loses;
    --(lower_in ? rank_in : rank);
  }
}

std::int64_t cost(const RankCandidate& candidate, bool parameters) {
  return parameters ? candidate.parameters : candidate.macs;
}

/// From the candidate without loss to the cheapest one, each step losing more for each number saved than that before.
std::vector<RankCandidate> convex_hull(std::vector<RankCandidate> layer, bool parameters) {
  const auto costs = [&](const RankCandidate& c) { return cost(c, parameters); };
  std::ranges::stable_sort(layer, [&](const RankCandidate& a, const RankCandidate& b) {
    return costs(a) != costs(b) ? costs(a) > costs(b) : a.loss < b.loss;
  });
  const auto first = std::ranges::min_element(layer, {}, &RankCandidate::loss);
  std::vector<RankCandidate> hull;
  for (auto it = first; it != layer.end(); ++it) {
    if (!hull.empty() && costs(*it) == costs(hull.back())) continue;
    const auto slope = [&](const RankCandidate& from, const RankCandidate& to) {
      return (to.loss - from.loss) / static_cast<double>(costs(from) - costs(to));
    };
    while (!hull.empty() && it->loss <= hull.back().loss) hull.pop_back();
    while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) >= slope(hull.back(), *it)) hull.pop_back();
    hull.push_back(*it);
  }
  return hull;
}

/// Takes from each layer what still fits and loses less, the most first.
void give_back(std::vector<RankCandidate>& chosen, const std::vector<std::vector<RankCandidate>>& layers,
               std::int64_t left, bool parameters) {
  while (true) {
    const RankCandidate* best = nullptr;
    std::size_t where = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      for (const RankCandidate& other : layers[i]) {
        const bool fits = cost(other, parameters) - cost(chosen[i], parameters) <= left;
        const double gain = chosen[i].loss - other.loss;
        if (!fits || gain <= 0 || (best && gain <= chosen[where].loss - best->loss)) continue;
        best = &other;
        where = i;
      }
    }
    if (!best) return;
    left -= cost(*best, parameters) - cost(chosen[where], parameters);
    chosen[where] = *best;
  }
}

}  // namespace

RankCandidate candidate(const LayerSizes& s, Pieces pieces, std::int64_t rank, std::int64_t rank_in) {
  RankCandidate result{.pieces = pieces, .rank = rank, .rank_in = rank_in};
  const std::int64_t last = rank * s.outputs;
  switch (pieces) {
    case Pieces::one:
      result.parameters = s.outputs * s.places * s.channels;
      result.macs = s.pixels_out * result.parameters;
      break;
    case Pieces::two:
      result.parameters = rank * s.places * s.channels + last;
      result.macs = s.pixels_out * result.parameters;
      break;
    case Pieces::three: {
      const std::int64_t first = s.channels * rank_in, core = rank * s.places * rank_in;
      result.parameters = first + core + last;
      result.macs = s.pixels_in * first + s.pixels_out * (core + last);
      break;
    }
  }
  result.parameters += s.bias;
  return result;
}

std::vector<RankCandidate> candidates(const Kernel& kernel, const LayerSizes& sizes, bool two, bool three) {
  std::vector<RankCandidate> result{candidate(sizes, Pieces::one, 0, 0)};
  if (!two && !three) return result;
  const std::vector<double> by_output = energies(mirim::by_output(kernel));
  if (two) add_two_pieces(result, by_output, sizes);
  if (three) add_three_pieces(result, kernel, by_output, sizes);
  return result;
}

RankCandidate keep_energy(const std::vector<RankCandidate>& layer, double share) {
  constexpr double kRounding = 1e-12;  // float32 weights: at most (2^-24)^2 = 4e-15 of their energy
  RankCandidate best = layer.front();
  for (const RankCandidate& other : layer) {
    if (other.loss <= 1 - share + kRounding && other.macs < best.macs) best = other;
  }
  return best;
}

std::vector<RankCandidate> keep_budget(const std::vector<std::vector<RankCandidate>>& layers, std::int64_t budget,
                                       bool parameters) {
  std::vector<std::vector<RankCandidate>> hulls;
  std::vector<std::size_t> step(layers.size());
  std::int64_t total = 0;
  for (const auto& layer : layers) {
    hulls.push_back(convex_hull(layer, parameters));
    total += cost(hulls.back().front(), parameters);
  }
  while (total > budget) {
    double best = 0;
    std::size_t where = layers.size();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (step[i] + 1 == hulls[i].size()) continue;
      const RankCandidate &now = hulls[i][step[i]], &next = hulls[i][step[i] + 1];
      const double slope = (next.loss - now.loss) / static_cast<double>(cost(now, parameters) - cost(next, parameters));
      if (where < layers.size() && slope >= best) continue;
      best = slope;
      where = i;
    }
    if (where == layers.size()) return {};
    total += cost(hulls[where][step[where] + 1], parameters) - cost(hulls[where][step[where]], parameters);
    ++step[where];
  }
  std::vector<RankCandidate> chosen;
  for (std::size_t i = 0; i < layers.size(); ++i) chosen.push_back(hulls[i][step[i]]);
  give_back(chosen, layers, budget - total, parameters);
  return chosen;
}

}  // namespace mirim
