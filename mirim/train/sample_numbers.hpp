#pragma once

#include <cstdint>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/meaning.hpp"

/// How samples of data become inputs of a model, and its outputs numbers again.
namespace mirim {

/// Writes a sample into the input that data feed, if the graph has one, and draw `number` of a seed into its random
/// inputs. Throws Error as `set_sample` does.
void feed_sample(Interpreter& interpreter, const TensorType& type, BytesView sample, std::int64_t number,
                 std::uint64_t seed = 1);

/// The same for sample i of some; the first step of a sequence finds the state cleared.
void feed_sample(Interpreter& interpreter, const Subset& samples, std::int64_t i);

/// Writes a sample into an input of the graph. Equal types are copied. Otherwise: into float32 as numbers; uint8 into
/// int8 as x - 128, as firmware takes raw bytes; integers into int32 and int64 unchanged; everything else into integers
/// by the input's scale and zero point. If the input has a scaling, it is applied first to numbers for float32, and to
/// floats for integers. Shapes may differ if they have equally many elements. Throws Error otherwise, and for NaN into
/// integers.
void set_sample(Interpreter& interpreter, int input, const TensorType& type, BytesView sample);

/// The real values of a tensor's elements; of complex64 both parts of each. Throws Error for types other than these,
/// float32, bool and integers of up to 64 bits, and for a scale per channel.
std::vector<float> reals(const ConstTensorView& tensor);

/// The same for an input or output in raw numbers: its scaling is undone.
std::vector<float> raw_numbers(const ConstTensorView& tensor, const Scaling& scaling);

/// What an autoencoder should answer to the sample that set_sample has put into input 0: the sample in the units of the
/// answers. Those of bytes may be the bytes themselves or the reals that they stand for at the input: an input that
/// has taken in its normalisation stands for normalised reals, while the answers are bytes again. The output's range
/// tells which.
std::vector<float> answer_of_itself(Interpreter& interpreter, const TensorType& type, BytesView sample);

}  // namespace mirim
