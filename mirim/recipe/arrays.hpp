#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/compile/firmware.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/graph/random_input.hpp"

namespace mirim {

/// An input or output of a model or of a firmware, for the command line.
struct Port {
  std::string name;     ///< the tensor's
  std::string alias{};  ///< its name in the model's signature, if any
  TensorType type{};
  Quantization quantization{};
  Scaling scaling{};                        ///< applied outside of the model
  std::vector<std::string> labels{};        ///< labels_of the value
  std::vector<std::string> value_labels{};  ///< value_labels_of it
  std::optional<Distribution> random{};     ///< distribution_of it
};

std::vector<Port> input_ports(const Model& model);
std::vector<Port> output_ports(const Model& model);
std::vector<Port> ports_of(const std::vector<Firmware::Port>& ports);

/// A graph of only this input: with `set_sample` it converts samples as every run does.
Graph input_alone(const Port& port);

/// One array for each port. With `runs` every array has an extra first axis of that size, for runs in sequence.
struct Arrays {
  std::vector<Tensor> tensors{};
  std::optional<std::int64_t> runs{};
  std::vector<Scaling> scaling{};  ///< of the arrays read: that of each port

  /// The elements of array `index` in run `run`.
  BytesView run(std::size_t index, std::int64_t run) const;
};

/// Zeros for each port, with the extra axis if there are runs.
Arrays make_arrays(const std::vector<Port>& ports, std::optional<std::int64_t> runs);

/// Assigns files to ports, empty for a port without one. Each text is FILE, for the next port in order that is not
/// named, or NAME=FILE, by the tensor's or the signature's name. `what` is "input" or "output". Throws Error for an
/// unknown name, a port named twice and more files than ports.
std::vector<std::filesystem::path> assign_files(const std::vector<std::string>& texts, const std::vector<Port>& ports,
                                                std::string_view what);

/// Which numbers a random input gets that has no file.
struct RandomRuns {
  std::uint64_t seed = 1;
  std::int64_t runs = 0;  ///< where no file says how many; 0: one run, without an extra axis
};

/// Reads the .npy of every port; run i of a random input without a file is draw i. A float32 array for an integer port
/// with a scaling has raw numbers: they are scaled and quantized. Throws Error, with the file's name, for an array with
/// another type or shape than the port's or another number of runs than the others, and if a port that is not random
/// has no file.
Arrays read_arrays(const std::vector<std::string>& texts, const std::vector<Port>& ports,
                   const RandomRuns& random = {});

/// Writes run `run` into the inputs of an interpreter. If types or scales differ from those of the arrays (a float
/// model and its int8 one), writes the real values of the elements. Throws Error if that is impossible.
void feed_arrays(Interpreter& interpreter, const Arrays& arrays, std::int64_t run);

/// Writes the arrays that have a file.
void write_arrays(const std::vector<std::filesystem::path>& files, const Arrays& arrays);

/// Name, type, smallest, largest and mean element (real values), file and class names of each array: as a table (the
/// first five names, no column without any), and as JSON
/// {"runs": ..., "outputs": [...]}.
std::string arrays_text(const std::vector<Port>& ports, const Arrays& arrays,
                        const std::vector<std::filesystem::path>& files);
std::string arrays_json(const std::vector<Port>& ports, const Arrays& arrays,
                        const std::vector<std::filesystem::path>& files);

}  // namespace mirim
