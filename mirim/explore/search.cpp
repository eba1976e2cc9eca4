#include "mirim/explore/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/explore/front.hpp"

namespace mirim {
namespace {

constexpr int kMostSteps = 19;  // of 5 % of the multiply-adds each

double share_of(int steps) { return steps / 20.0; }

class Search {
 public:
  Search(const SearchSettings& settings, const Budget& budget, const std::string& target, const RunJobs& run,
         const std::function<void(std::string_view)>& say)
      : settings_(settings), budget_(budget), target_(target), run_(run), say_(say) {}

  Found search() {
    measure_float_model();
    const std::vector<double> shares = channel_shares();
    measure_layers();
    const Space space(shares, found_.layers);
    require_smallest_fits(space);
    try_all(affordable(space, space.grid(count(std::max<std::int64_t>(1, settings_.candidates / 2)))), space);
    while (left() > 0) {
      const std::vector<Levels> next = around_the_front(space);
      if (next.empty()) break;
      try_all(next, space);
    }
    require_any();
    train_finalists();
    choose();
    found_.front = front(found_.tried.size());
    return std::move(found_);
  }

 private:
  static std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }
  void tell(const std::string& line) const {
    if (say_) say_(line);
  }
  std::int64_t left() const { return settings_.candidates - static_cast<std::int64_t>(asked_.size()); }

  void measure_float_model() {
    const FloatModel model = float_model_of(run_({{float_job()}}).at(0));
    found_.before = model.score;
    layer_names_ = model.layers;
    if (layer_names_.empty()) fail("the model has no layers with float weights; shrink takes the float model");
    tell(fmt::format("float model: {}", found_.before.text()));
  }

  void measure_layers() {
    std::vector<Job> jobs;
    for (const std::string& layer : layer_names_) jobs.push_back({sensitivity_job(layer)});
    tell(fmt::format("sensitivity of {} layers", jobs.size()));
    for (const std::string& result : run_(jobs)) found_.layers.push_back(sensitivity_of(result));
  }

  /// A share of the channels is gone and nothing else; none if so many cannot go.
  std::optional<Price> price_of_share(int steps) {
    const auto known = shares_.find(steps);
    if (known != shares_.end()) return known->second;
    const TrialResult result = trial_of(run_({{price_job({.channels = share_of(steps)}, target_)}}).at(0));
    if (!result.failed.empty() && steps == 0) throw Error(result.failed);
    return shares_[steps] = result.failed.empty() ? std::optional(result.trial.price) : std::nullopt;
  }

  /// Zeros, clusters and bits change only what is `stored`; all else follows from the channels.
  bool fits(const Price& price) const {
    Price rest = price;
    rest.stored = 0;
    return excess(rest, budget_) == 0;
  }

  /// The smallest share of channels with which the model fits, then more up to what can go.
  std::vector<double> channel_shares() {
    price_of_share(0);
    const int most = last_true(0, kMostSteps, [&](int steps) { return price_of_share(steps).has_value(); });
    const auto too_large = [&](int steps) { return !fits(*price_of_share(steps)); };
    const int least = too_large(0) ? last_true(0, most, too_large) + 1 : 0;
    if (least > most) {
      fail("{}; this is with {:.0f} % of the multiply-adds gone by removed channels, more cannot go",
           over(*price_of_share(most), budget_), 100 * share_of(most));
    }
    if (least > 0) tell(fmt::format("fits with {:.0f} % of the multiply-adds gone", 100 * share_of(least)));
    // 20 % apart, or 5 % where there are more candidates than such a space has.
    constexpr int kCoarse = 4, kShares = 4, kMixes = 24;
    const bool coarse = settings_.candidates <= kShares * kMixes;
    const int stride = coarse ? kCoarse : 1, wanted = coarse ? kShares : kMostSteps + 1;
    std::vector<double> shares;
    for (int i = 0; i < wanted; ++i) {
      const int steps = std::min(most, least + stride * i);
      if (shares.empty() || share_of(steps) > shares.back()) shares.push_back(share_of(steps));
    }
    return shares;
  }

  /// The last in [first, last] for which `holds`, which is true for `first` and changes once.
  template <class F>
  static int last_true(int first, int last, F&& holds) {
    while (first < last) {
      const int middle = (first + last + 1) / 2;
      if (holds(middle))
        first = middle;
      else
        last = middle - 1;
    }
    return first;
  }

  void require_smallest_fits(const Space& space) {
    if (!limits_stored()) return;
    const Candidate smallest = space.at(space.smallest());
    const TrialResult result = trial_of(run_({{price_job(smallest, target_)}}).at(0));
    if (!result.failed.empty() || excess(result.trial.price, budget_) == 0) return;
    fail("{}; this is the smallest candidate: {}", over(result.trial.price, budget_), to_string(smallest));
  }

  bool limits_stored() const {
    return std::ranges::any_of(budget_, [](const Limit& limit) { return limit.measure.name == "stored"; });
  }

  /// Without those that a glance finds to need more storage than there is.
  std::vector<Levels> affordable(const Space& space, std::vector<Levels> all) {
    if (!limits_stored()) return all;
    std::vector<Job> jobs;
    for (const Levels& levels : all) jobs.push_back({price_job(space.at(levels), target_)});
    const std::vector<std::string> results = run_(jobs);
    std::vector<Levels> kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const TrialResult result = trial_of(results[i]);
      if (result.failed.empty() && excess(result.trial.price, budget_) == 0) kept.push_back(all[i]);
    }
    if (kept.empty()) kept.push_back(space.smallest());
    return kept;
  }

  double expected(const Candidate& candidate, std::int64_t epochs) const {
    const double steps = 1 + (candidate.channels > 0) + (candidate.sparsity > 0) + (candidate.clusters > 0);
    const double trained = epochs > 0 ? std::max(steps, static_cast<double>(epochs)) : 0;
    return (1 - candidate.channels) * (trained + 0.1 * steps);
  }

  void try_all(std::vector<Levels> round, const Space& space) {
    if (static_cast<std::int64_t>(round.size()) > left()) round.resize(count(left()));
    tell(fmt::format("trying {} candidates, {} of {} so far", round.size(), asked_.size(), settings_.candidates));
    std::vector<Job> jobs;
    for (const Levels& levels : round) {
      const Candidate candidate = space.at(levels);
      jobs.push_back(
          {trial_job(candidate, settings_.first_epochs, target_, false), expected(candidate, settings_.first_epochs)});
      asked_.insert(levels);
    }
    const std::vector<std::string> results = run_(jobs);
    for (std::size_t i = 0; i < round.size(); ++i) note(round[i], space.at(round[i]), trial_of(results[i]), false);
  }

  void note(const Levels& levels, const Candidate& candidate, const TrialResult& result, bool finalist) {
    if (!result.failed.empty()) {
      why_failed_ = result.failed;
      tell(fmt::format("{}: {}", to_string(candidate), result.failed));
      return;
    }
    const Trial& trial = result.trial;
    found_.tried.push_back({.levels = levels,
                            .candidate = candidate,
                            .finalist = finalist,
                            .score = trial.score,
                            .lost = lost(found_.before, trial.score),
                            .price = trial.price});
    tell(fmt::format("{}: {}, flash {}, stored {}, RAM {}", to_string(candidate), trial.score.text(),
                     with_commas(trial.price.flash), with_commas(trial.price.stored), with_commas(trial.price.ram)));
  }

  std::vector<std::size_t> front(std::size_t first) const {
    std::vector<std::vector<double>> points;
    for (const Tried& t : std::span(found_.tried).first(first)) {
      points.push_back({t.lost, static_cast<double>(t.price.flash), static_cast<double>(t.price.stored),
                        static_cast<double>(t.price.ram), static_cast<double>(t.price.macs)});
    }
    return pareto_front(points);
  }

  /// What comes first is nearer to the goal: within the budget that which loses least, without a budget the smallest of
  /// those that lose at most `may_lose`.
  std::vector<std::size_t> ordered(std::vector<std::size_t> some, double may_lose) const {
    const auto rank = [&](std::size_t i) {
      const Tried& t = found_.tried[i];
      const auto stored = static_cast<double>(t.price.stored);
      const double above = std::max(0.0, t.lost - may_lose);
      return budget_.empty() ? std::tuple(above, stored, t.lost, i)
                             : std::tuple(excess(t.price, budget_), t.lost, stored, i);
    };
    std::ranges::sort(some, std::less<>(), rank);
    return some;
  }

  std::vector<Levels> around_the_front(const Space& space) {
    std::vector<Levels> all;
    for (const std::size_t i : ordered(front(found_.tried.size()), settings_.max_drop)) {
      for (const Levels& next : space.neighbours(found_.tried[i].levels)) {
        if (!asked_.contains(next) && std::ranges::find(all, next) == all.end()) all.push_back(next);
      }
    }
    constexpr std::int64_t kRounds = 4;
    all.resize(std::min(all.size(), count(std::max<std::int64_t>(1, settings_.candidates / kRounds))));
    return all;
  }

  void require_any() const {
    if (found_.tried.empty()) fail("none of the {} candidates could be made; the last: {}", asked_.size(), why_failed_);
  }

  /// The best by the short training, and then those that a longer one may lift over max_drop.
  void train_finalists() {
    constexpr double kLifts = 1;  // points
    std::vector<std::size_t> all(found_.tried.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::vector<std::size_t> best{ordered(all, settings_.max_drop).front()};
    for (const std::size_t i : ordered(all, settings_.max_drop + kLifts)) {
      if (std::ssize(best) < settings_.finalists && i != best[0]) best.push_back(i);
    }
    tell(fmt::format("training {} finalists", best.size()));
    std::vector<Job> jobs;
    for (const std::size_t i : best) {
      const Candidate& candidate = found_.tried[i].candidate;
      jobs.push_back({trial_job(candidate, settings_.epochs, target_, true), expected(candidate, settings_.epochs)});
    }
    const std::vector<std::string> results = run_(jobs);
    for (std::size_t i = 0; i < best.size(); ++i) {
      const Tried first = found_.tried[best[i]];
      TrialResult result = trial_of(results[i]);
      note(first.levels, first.candidate, result, true);
      if (result.failed.empty()) files_[found_.tried.size() - 1] = std::move(result.trial.file);
    }
    if (files_.empty()) fail("none of the finalists could be made; the last: {}", why_failed_);
  }

  void choose() {
    std::vector<std::size_t> finalists;
    for (const auto& [i, file] : files_) finalists.push_back(i);
    found_.chosen = ordered(finalists, settings_.max_drop).front();
    const Tried& chosen = found_.tried[found_.chosen];
    if (excess(chosen.price, budget_) > 0) {
      fail("{}; this is the nearest candidate, with {}: {}", over(chosen.price, budget_), chosen.score.text(),
           to_string(chosen.candidate));
    }
    if (chosen.lost > settings_.max_drop) {
      fail(
          "max-drop: the best candidate{} loses {:.2f} {}, {:.2f} more than {}; it is {}; --max-drop {} takes it, at "
          "once",
          budget_.empty() ? "" : " within the budget", chosen.lost,
          chosen.score.is_accuracy ? "points" : "% of the RMSE", chosen.lost - settings_.max_drop, settings_.max_drop,
          to_string(chosen.candidate), std::ceil(100 * chosen.lost) / 100);
    }
    found_.file = std::move(files_.at(found_.chosen));
  }

  const SearchSettings& settings_;
  const Budget& budget_;
  const std::string& target_;
  const RunJobs& run_;
  const std::function<void(std::string_view)>& say_;
  Found found_;
  std::vector<std::string> layer_names_;
  std::map<int, std::optional<Price>> shares_;  // by steps
  std::set<Levels> asked_;
  std::string why_failed_;
  std::map<std::size_t, Bytes> files_;  // of finalists, by index into tried
};

void check(const SearchSettings& s) {
  const auto require = [](const char* name, std::int64_t value, std::int64_t least) {
    if (value < least) fail("{} is {}; it must be at least {}", name, value, least);
  };
  require("candidates", s.candidates, 1);
  require("finalists", s.finalists, 1);
  require("first-epochs", s.first_epochs, 0);
  require("epochs", s.epochs, 0);
  if (!(s.max_drop >= 0)) fail("max-drop is {}; it must not be negative", s.max_drop);
}

}  // namespace

Found search(const SearchSettings& settings, const Budget& budget, const std::string& target, const RunJobs& run,
             const std::function<void(std::string_view)>& say) {
  check(settings);
  return Search(settings, budget, target, run, say).search();
}

}  // namespace mirim
