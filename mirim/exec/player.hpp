#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mirim {

/// What a player makes small: binary cross entropy of a layer's results, probabilities or logits, to one target.
struct PlayerLoss {
  std::string of;
  float target = 1;
  float weight = 1;
};

/// One of those who train against each other (`[[player]]`). Each changes the weights of its own part of the graph
/// alone, to make its own losses small; these depend on what the others have made of theirs (Goodfellow et al.,
/// "Generative adversarial nets", 2014).
struct Player {
  std::string part;
  std::vector<PlayerLoss> losses{};
  float rate = 1;      ///< factor of the learning rate
  float beta1 = 0.5F;  ///< of adam: less memory than usual, as the others move (Radford et al., 2015)
};
using Players = std::vector<Player>;

/// Extra of a node: the name of the part of the network that it is in.
inline constexpr std::string_view kPart = "mirim.part";

}  // namespace mirim
