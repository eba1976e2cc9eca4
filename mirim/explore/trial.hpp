#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "mirim/base/bytes.hpp"
#include "mirim/explore/candidate.hpp"
#include "mirim/explore/price.hpp"
#include "mirim/recipe/fine_tune.hpp"
#include "mirim/recipe/verb.hpp"

namespace mirim {

/// How each of a candidate's steps is trained.
struct TrialTraining {
  std::int64_t epochs = 0;  ///< of all steps together; 0: nothing is trained
  std::int64_t batch = 64;
  double learning_rate = 0.0005;
  std::int64_t seed = 1;
  std::int64_t threads = 1;
};

struct Trial {
  Score score{};  ///< on the validation samples
  Price price{};
  Bytes file{};  ///< the int8 model, .tflite
};

/// Makes the candidate of a float .tflite by the commands' own verbs: prune --channels, prune, cluster and quantize,
/// those that it has, one after the other. The epochs are shared out evenly, at least one each; what is left over goes
/// to the last. `target` is what the price is for. Throws Error.
Trial try_candidate(const std::filesystem::path& model, const Candidate& candidate, const TrialTraining& training,
                    const std::string& target, const VerbWork& work);

}  // namespace mirim
