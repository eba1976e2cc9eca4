#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/explore/budget.hpp"
#include "mirim/explore/jobs.hpp"
#include "mirim/explore/ranks.hpp"
#include "mirim/explore/space.hpp"

namespace mirim {

struct SearchSettings {
  std::int64_t candidates = 24;
  std::int64_t finalists = 3;
  std::int64_t first_epochs = 2;
  std::int64_t epochs = 8;
  double max_drop = 1;

  void settings(Settings& s) {
    s.field("candidates", candidates, "mixes that are tried with a short training");
    s.field("finalists", finalists, "of these, the best that are trained again for longer");
    s.field("first_epochs", first_epochs,
            "epochs of the short training, shared out between its steps, at least one each");
    s.field("epochs", epochs, "epochs of the long training, likewise");
    s.field("max_drop", max_drop,
            "what the model may lose against the float one on the validation samples: points of accuracy, or percent "
            "of the RMSE");
  }
};

/// A candidate and what came of it.
struct Tried {
  Levels levels{};
  Candidate candidate{};
  bool finalist = false;  ///< trained for long
  Score score{};
  double lost = 0;  ///< against the float model
  Price price{};
};

struct Found {
  Score before{};
  std::vector<Sensitivity> layers{};
  std::vector<Tried> tried{};        ///< the first pass in its order, then the finalists
  std::vector<std::size_t> front{};  ///< of `tried`, no other is better in all: lost, flash, stored, RAM, MACs
  std::size_t chosen = 0;            ///< of `tried`, a finalist
  Bytes file{};                      ///< the chosen model
};

/// Results of jobs, in their order.
using RunJobs = std::function<std::vector<std::string>(const std::vector<Job>&)>;

/// The search. What it does next follows from results alone, never from when they come. With a budget it ends with the
/// finalist within it that loses least, without one with the smallest (stored) that loses at most max_drop.
///
/// Throws Error when a budget, or max_drop, cannot be met: which, by how much, and by what the nearest point is made. A
/// budget below the smallest candidate is found before anything is trained.
Found search(const SearchSettings& settings, const Budget& budget, const std::string& target, const RunJobs& run,
             const std::function<void(std::string_view)>& say);

}  // namespace mirim
