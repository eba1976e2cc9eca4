#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/compress/prune.hpp"
#include "mirim/recipe/verb.hpp"

/// What a compression would cost before anything is trained: the accuracy where one layer alone, or all of them, are
/// compressed to several strengths.
namespace mirim {

/// A compression to look at.
struct Scan {
  std::string_view of;                     ///< "sparsity", "clusters" or "bits": what a level is called
  std::vector<double> levels;              ///< from the weakest to the strongest
  std::function<std::string(double)> say;  ///< a level for people: "80 %"
  std::function<void(Graph& graph, const std::vector<PrunableWeights>& layers, double level)> compress;
};

/// On the first 1,000 of the judging samples. JSON: {"scan": [{"layer": "all", "scores": [{"sparsity": 0.5, "accuracy":
/// 0.91}]}, ...], "samples": 1000}, "rmse" where the model learns numbers; the text is a table with a small plot of
/// each row. Throws Error.
VerbResult scan(const Graph& graph, const Scan& what, const Splits& data, const std::string& loss,
                const VerbWork& work);

/// A verb's result with that of its scan before it: the texts one after the other, and the JSON's keys as
/// "scan" and "scan_samples" among the others. An empty scan changes nothing.
VerbResult with_scan(const VerbResult& scanned, VerbResult result);

}  // namespace mirim
