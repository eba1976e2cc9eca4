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

namespace mirim {

/// An input or output of a model or of a firmware, as a command line speaks of it.
struct Port {
  std::string name;     ///< the tensor's
  std::string alias{};  ///< what the model's signature calls it, where it has one
  TensorType type{};
  Quantization quantization{};
  Scaling scaling{};  ///< what is done outside of the model
};

std::vector<Port> input_ports(const Model& model);
std::vector<Port> output_ports(const Model& model);
std::vector<Port> ports_of(const std::vector<Firmware::Port>& ports);

/// A graph of nothing but this input: with `set_sample` it converts samples as every run does.
Graph input_alone(const Port& port);

/// One array for each port. With `runs` every array has an extra first axis of that size: so many runs in sequence.
struct Arrays {
  std::vector<Tensor> tensors{};
  std::optional<std::int64_t> runs{};
  std::vector<Scaling> scaling{};  ///< of what was read: that of each port

  /// The elements of array `index` in run `run`.
  BytesView run(std::size_t index, std::int64_t run) const;
};

/// Zeros for each port, with the extra axis where there are runs.
Arrays make_arrays(const std::vector<Port>& ports, std::optional<std::int64_t> runs);

/// Which file belongs to which port, empty for a port without one: each text is FILE, for the next port in order that
/// is not named, or NAME=FILE, by the tensor's or the signature's name. `what` is "input" or "output". Throws Error
/// for an unknown name, a port named twice and more files than ports.
std::vector<std::filesystem::path> assign_files(const std::vector<std::string>& texts, const std::vector<Port>& ports,
                                                std::string_view what);

/// Reads the .npy of every port. An array of float32 for a port of integers with a scaling has raw numbers: they are
/// scaled and quantized. Throws Error, with the file's name, for an array whose type or shape is not the port's or
/// whose number of runs is not the others', and when a port has no file.
Arrays read_arrays(const std::vector<std::string>& texts, const std::vector<Port>& ports);

/// Writes run `run` into the inputs of an interpreter; where their types or scales differ from those of the arrays (a
/// float model beside its int8 one), the reals that the elements stand for. Throws Error where that cannot be.
void feed_arrays(Interpreter& interpreter, const Arrays& arrays, std::int64_t run);

/// Writes the arrays that have a file.
void write_arrays(const std::vector<std::filesystem::path>& files, const Arrays& arrays);

/// Name, type, smallest, largest and mean element (as the reals they stand for) and file of each array: as a table,
/// and as JSON {"runs": ..., "outputs": [...]}.
std::string arrays_text(const std::vector<Port>& ports, const Arrays& arrays,
                        const std::vector<std::filesystem::path>& files);
std::string arrays_json(const std::vector<Port>& ports, const Arrays& arrays,
                        const std::vector<std::filesystem::path>& files);

}  // namespace mirim
