#pragma once

#include "mirim/data/dataset.hpp"
#include "mirim/graph/meaning.hpp"

/// What a data set says of a model's inputs and outputs (scales, names), and what a model says of a data set (which
/// column is which feature, which class is which number).
namespace mirim {

/// Before training: puts the normalisation that the network's description asks for (kNormalizeInput), or `from_data`,
/// behind input 0, by the statistics of these samples. Where the graph learns numbers (`numbers`), those too are scaled
/// if asked for (kNormalizeOutput or `from_data`), or where layers at its end undo a scaling: it comes without these
/// layers, and is to be trained on (target - mean) / deviation by what is returned; empty: on the targets as they are.
/// Throws Error where a normalisation is asked for that the graph has already, or for an output that is no number.
Scaling prepare_scales(Graph& graph, const Subset& training, bool numbers, bool from_data);

/// After training: the layers that undo the scaling of the targets.
void undo_scales(Graph& graph, const Scaling& targets);

/// Gives input 0 the names of the data's features, and output 0 those of its classes or targets, where they are as many
/// as its elements (two classes may share one). An output that has names already keeps them.
void name_elements(Graph& graph, const Dataset& data);

/// The samples as the model knows them: columns in the order of its features (match_features), classes numbered as
/// its outputs (match_classes), by the names that it carries or else by names_for_outputs. Throws Error for what it
/// does not know.
Subset matched(const Graph& graph, Subset samples);
Splits matched(const Graph& graph, Splits splits);

}  // namespace mirim
