#pragma once

#include "mirim/data/dataset.hpp"
#include "mirim/graph/meaning.hpp"

/// Exchange between data set and model: a data set gives a model's inputs and outputs scales and names, and a model
/// says which column of a data set is which feature, and which class has which number.
namespace mirim {

/// Before training: adds the normalisation that the network's description asks for (kNormalizeInput), or `from_data`,
/// after input 0, with the statistics of these samples. For regression (`numbers`) the targets are scaled too if asked
/// for (kNormalizeOutput or `from_data`), or if layers at the graph's end undo a scaling. Those layers are removed, and
/// the graph is to be trained on (target - mean) / deviation with the scaling returned; if that is empty, on the
/// unscaled targets. Throws Error if a normalisation is asked for that the graph already has, or for an output that is
/// no number.
Scaling prepare_scales(Graph& graph, const Subset& training, bool numbers, bool from_data);

/// After training: adds the layers that undo the scaling of the targets.
void undo_scales(Graph& graph, const Scaling& targets);

/// Gives input 0 the names of the data's features, and output 0 those of its classes or targets, if there are as many
/// as elements (two classes may share one). An output that already has names keeps them.
void name_elements(Graph& graph, const Dataset& data);

/// The samples in the model's form: columns in the order of its features (match_features), classes numbered as its
/// outputs (match_classes), by the model's names or else by names_for_outputs; sequences as their steps (in_steps) if
/// the model reads a step a run and keeps its state. Throws Error for unknown ones.
Subset matched(const Graph& graph, Subset samples);
Splits matched(const Graph& graph, Splits splits);

}  // namespace mirim
