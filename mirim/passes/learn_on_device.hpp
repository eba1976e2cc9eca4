#pragma once

#include <string>
#include <string_view>

#include "mirim/base/neighbourhood.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// How a compiled model goes on learning on its device.
struct LearnOnDevice {
  enum class Rule {
    gradient,   ///< w -= rate * (answer - target) * input: a step down the slope of the loss; of a step unit
                ///< Rosenblatt's
    recursive,  ///< recursive least squares (Plackett, 1950): the ridge regression of all samples so far, one by one
    counting,   ///< a Markov chain: how often each symbol follows a context
    hebbian,    ///< a Hopfield network keeps one pattern more: units that are alike in it are coupled by +1 (Hebb)
    map,        ///< a self-organizing map: the nearest unit and its neighbours move to the sample (Kohonen, 1982)
  };
  Rule rule = Rule::gradient;
  float rate = 0.01F;  ///< of gradient; of map, in (0, 1], the part of the way that the nearest unit goes
  float penalty = 1;   ///< of recursive: how sure the weights are at first; the smaller, the faster they leave them
  float forget = 1;    ///< of recursive, in (0, 1]: what a sample counts after the next one
  float seen = 10;     ///< of counting: so many symbols each context has seen before
  std::int64_t columns = 0;  ///< of the map's grid; 0: it is square
  float sigma = 1;           ///< width of the map's neighbourhood, in units
  Neighbourhood neighbourhood = Neighbourhood::gaussian;

  bool operator==(const LearnOnDevice&) const = default;
};

/// gradient?rate=0.01, recursive?penalty=1&forget=0.99, counting?seen=10, hebbian or
/// map?columns=5&sigma=1&rate=0.1&neighbourhood=gaussian; each key may be left out. Throws Error.
LearnOnDevice parse_learn_on_device(std::string_view text);

/// The name of the input kLearnTarget of rules that need no right answer: by what their step is multiplied.
inline constexpr std::string_view kPartOfRate = "part";

/// Which inputs of the graph below are for what.
inline constexpr int kLearnInput = 0, kLearnTarget = 1, kLearnFlag = 2;

/// Makes the last layer of a graph one that learns: its weights and biases become a float32 variable, [outputs, inputs
/// + 1], which begins as they are. The graph gets two inputs more: `target`, and `learn`, a bool. A run with `learn`
/// false answers as before, but for rounding where the last layer was an integer one. A run with `learn` true answers
/// and then changes the variables. The target of classes (SOFTMAX) is the index of the class, int32[1]; else it is
/// float32, as many numbers as the answer has, in its real numbers.
/// Throws Error unless the graph has one input and one output, made by a FULLY_CONNECTED with constant weights and at
/// most SOFTMAX, LOGISTIC, a step, a constant scale and shift, or conversions of type after it.
/// Of rules counting, hebbian and map the graph is another's: see chain_learner.hpp, hebb_learner.hpp, map_learner.hpp.
void learn_on_device(Graph& graph, const LearnOnDevice& how);

}  // namespace mirim
