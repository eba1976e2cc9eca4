#include "mirim/recipe/arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/recipe/table.hpp"
#include "mirim/train/sample_numbers.hpp"

namespace mirim {
namespace {

std::string text_of(const TensorType& type) { return fmt::format("{}[{}]", name(type.dtype), to_string(type.shape)); }

std::string describe(const std::vector<Port>& ports, std::size_t index) {
  return fmt::format("{} '{}' {}", index, ports[index].name, text_of(ports[index].type));
}

std::string list(const std::vector<Port>& ports) {
  std::string text;
  for (std::size_t i = 0; i < ports.size(); ++i) text += (i > 0 ? ", " : "") + describe(ports, i);
  return text.empty() ? "none" : text;
}

std::vector<Port> rim(const Model& model, const std::vector<ValueId>& ids,
                      std::vector<std::pair<std::string, ValueId>> Signature::*names) {
  std::vector<Port> ports;
  for (const ValueId id : ids) {
    const Value& value = model.main()[id];
    ports.push_back({.name = value.name,
                     .type = value.type,
                     .quantization = value.quantization,
                     .scaling = scaling_of(value),
                     .labels = labels_of(value),
                     .value_labels = value_labels_of(value),
                     .random = distribution_of(value)});
    for (const Signature& signature : model.signatures) {
      if (signature.graph != 0 || !ports.back().alias.empty()) continue;
      for (const auto& [alias, named] : signature.*names) {
        if (named == id) ports.back().alias = alias;
      }
    }
  }
  return ports;
}

/// The port with this name, if any.
std::optional<std::size_t> find(const std::vector<Port>& ports, std::string_view name) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].name == name || (!ports[i].alias.empty() && ports[i].alias == name)) return i;
  }
  return std::nullopt;
}

/// NAME=FILE: the port and where the file's name begins. Names may contain a '='.
std::optional<std::pair<std::size_t, std::size_t>> parse_named(const std::vector<Port>& ports, std::string_view text) {
  for (auto at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
    if (const auto port = find(ports, text.substr(0, at))) return std::pair(*port, at + 1);
  }
  return std::nullopt;
}

[[noreturn]] void fail_unknown(const std::vector<Port>& ports, const std::string& text, std::string_view what) {
  std::vector<std::string> names;
  for (const Port& port : ports) names.push_back(port.name);
  fail("--{} {}: there is no {} '{}'; {}", what, text, what, text.substr(0, text.find('=')),
       suggestion(text.substr(0, text.find('=')), names));
}

/// How to convert an array x with NumPy to the port's type.
std::string conversion(const Port& port) {
  if (port.type.dtype == DType::float32) return "convert it: x.astype('float32')";
  if (port.quantization.scale.size() != 1) return fmt::format("convert it: x.astype('{}')", name(port.type.dtype));
  return fmt::format("quantize it: real value / {} + {}, rounded", port.quantization.scale[0],
                     port.quantization.zero_point.empty() ? 0 : port.quantization.zero_point[0]);
}

/// Whether raw numbers of this type can go into the port, through its scaling.
bool takes_raw(const Port& port, DType dtype) {
  return dtype == DType::float32 && !port.scaling.empty() && port.quantization.scale.size() == 1;
}

/// How many runs an array holds for a port: empty without an extra axis.
std::optional<std::int64_t> runs_in(const Tensor& array, const std::vector<Port>& ports, std::size_t index) {
  const Port& port = ports[index];
  if (array.type.dtype != port.type.dtype && !takes_raw(port, array.type.dtype)) {
    fail("is {}, expected input {}; {}", text_of(array.type), describe(ports, index), conversion(port));
  }
  if (array.type.shape == port.type.shape) return std::nullopt;
  const std::vector<std::int64_t>& all = array.type.shape.dimensions();
  const Shape& wanted = port.type.shape;
  if (!all.empty() && std::equal(all.begin() + 1, all.end(), wanted.begin(), wanted.end())) return all[0];
  if (array.type.shape.elements() == wanted.elements()) {
    fail("is {}, expected input {}; reshape it: x.reshape({})", text_of(array.type), describe(ports, index),
         fmt::join(wanted.dimensions(), ", "));
  }
  fail("is {}, expected input {} (for several runs, one more axis in front)", text_of(array.type),
       describe(ports, index));
}

/// Raw numbers, converted to the port's type.
Tensor quantized(const Tensor& raw, const Port& port) {
  Interpreter interpreter(input_alone(port));
  Tensor result({port.type.dtype, raw.type.shape}, port.quantization);
  const auto size = static_cast<std::size_t>(port.type.bytes());
  const auto elements = static_cast<std::size_t>(port.type.shape.elements());
  BytesView rest = raw.bytes;
  for (std::size_t at = 0; at < result.bytes.size(); at += size) {
    set_sample(interpreter, 0, {DType::float32, port.type.shape}, rest.first(elements * sizeof(float)));
    rest = rest.subspan(elements * sizeof(float));
    std::ranges::copy(interpreter.output(0).bytes, result.bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return result;
}

/// The arrays of random inputs that no file gave.
void draw_missing(Arrays& arrays, const std::vector<Port>& ports, std::uint64_t seed) {
  Arrays whole = make_arrays(ports, arrays.runs);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (!arrays.tensors[i].bytes.empty() || !ports[i].random) continue;
    Tensor& to = arrays.tensors[i] = std::move(whole.tensors[i]);
    const auto size = static_cast<std::size_t>(ports[i].type.bytes());
    for (std::size_t run = 0; (run + 1) * size <= to.bytes.size() && size > 0; ++run) {
      const TensorView view{&ports[i].type, &ports[i].quantization, std::span(to.bytes).subspan(run * size, size)};
      draw_into(view, ports[i].name, *ports[i].random, seed, run, static_cast<int>(i));
    }
  }
}

struct Range {
  double least = 0, most = 0, mean = 0;
};

/// Range of the elements' real values; nothing if there are none (no elements, a scale for each channel).
std::optional<Range> range_of(const Tensor& array, const Scaling& scaling) {
  if (array.bytes.empty() || array.quantization.per_channel()) return std::nullopt;
  const std::vector<float> values = raw_numbers(array.view(), scaling);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return Range{static_cast<double>(*least), static_cast<double>(*most), sum / static_cast<double>(values.size())};
}

/// The names of what a classifier or a detector answers: of each row the highest element's, or the elements'. Nothing
/// without names, or where the names are those of quantities.
std::vector<std::string> classes_in(const Tensor& array, const Port& port) {
  std::vector<std::string> classes;
  if (array.bytes.empty() || array.quantization.per_channel() || !port.scaling.empty()) return classes;
  const std::size_t labels = port.labels.size();
  if (port.value_labels.empty() && labels < 2) return classes;
  const std::vector<float> values = raw_numbers(array.view(), port.scaling);
  const auto last = static_cast<std::size_t>(port.type.shape.rank() == 0 ? 1 : port.type.shape.back());
  if (!port.value_labels.empty()) {
    const auto count = static_cast<float>(port.value_labels.size());
    for (const float v : values) {
      classes.push_back(v >= 0 && v < count ? port.value_labels[static_cast<std::size_t>(v)] : fmt::format("{}", v));
    }
  } else if (last == labels) {
    for (std::size_t i = 0; i + labels <= values.size(); i += labels) {
      const auto row = values.begin() + static_cast<std::ptrdiff_t>(i);
      classes.push_back(port.labels[static_cast<std::size_t>(
          std::max_element(row, row + static_cast<std::ptrdiff_t>(labels)) - row)]);
    }
  } else {
    for (const float v : values) classes.push_back(port.labels[v > 0.5F ? 1 : 0]);
  }
  return classes;
}

}  // namespace

Graph input_alone(const Port& port) {
  Graph graph;
  graph.inputs = {graph.add(Value{.name = port.name, .type = port.type, .quantization = port.quantization})};
  set_scaling(graph[graph.inputs[0]], port.scaling);
  graph.outputs = graph.inputs;
  return graph;
}

std::vector<Port> input_ports(const Model& model) { return rim(model, model.main().inputs, &Signature::inputs); }
std::vector<Port> output_ports(const Model& model) { return rim(model, model.main().outputs, &Signature::outputs); }

std::vector<Port> ports_of(const std::vector<Firmware::Port>& ports) {
  std::vector<Port> result;
  for (const Firmware::Port& port : ports) {
    result.push_back({.name = port.name,
                      .type = port.type,
                      .quantization = port.quantization,
                      .scaling = port.scaling,
                      .labels = port.labels,
                      .value_labels = port.value_labels,
                      .random = port.random});
  }
  return result;
}

BytesView Arrays::run(std::size_t index, std::int64_t run) const {
  const std::size_t size =
      tensors[index].bytes.size() / static_cast<std::size_t>(std::max<std::int64_t>(1, runs.value_or(1)));
  return BytesView(tensors[index].bytes).subspan(static_cast<std::size_t>(run) * size, size);
}

Arrays make_arrays(const std::vector<Port>& ports, std::optional<std::int64_t> runs) {
  Arrays arrays{.runs = runs};
  for (const Port& port : ports) {
    std::vector<std::int64_t> shape = port.type.shape.dimensions();
    if (runs) shape.insert(shape.begin(), *runs);
    arrays.tensors.emplace_back(TensorType{port.type.dtype, Shape(shape)}, port.quantization);
  }
  return arrays;
}

std::vector<std::filesystem::path> assign_files(const std::vector<std::string>& texts, const std::vector<Port>& ports,
                                                std::string_view what) {
  std::vector<std::filesystem::path> files(ports.size());
  std::vector<std::string> in_order;
  for (const std::string& text : texts) {
    const auto named = parse_named(ports, text);
    if (!named && text.find('=') != std::string::npos && !std::filesystem::exists(text)) {
      fail_unknown(ports, text, what);
    }
    if (!named) {
      in_order.push_back(text);
    } else if (files[named->first].empty()) {
      files[named->first] = text.substr(named->second);
    } else {
      fail("--{} {}: {} '{}' has a file already", what, text, what, ports[named->first].name);
    }
  }
  auto next = files.begin();
  for (const std::string& text : in_order) {
    next = std::find_if(next, files.end(), [](const auto& file) { return file.empty(); });
    if (next == files.end())
      fail("{} --{} files given, but there are {}: {}", texts.size(), what, ports.size(), list(ports));
    *next = text;
  }
  return files;
}

Arrays read_arrays(const std::vector<std::string>& texts, const std::vector<Port>& ports, const RandomRuns& random) {
  const std::vector<std::filesystem::path> files = assign_files(texts, ports, "input");
  Arrays arrays;
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].empty() && !first) first = i;
    if (files[i].empty() && !ports[i].random) {
      fail("{} --input files given, but there are {} inputs: {}", texts.size(), ports.size(), list(ports));
    }
  }
  if (!first && random.runs > 0) arrays.runs = random.runs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    arrays.scaling.push_back(ports[i].scaling);
    if (files[i].empty()) {
      arrays.tensors.emplace_back();
      continue;
    }
    arrays.tensors.push_back(read_npy(files[i]));
    arrays.tensors.back().quantization = ports[i].quantization;
    const auto runs = in_context(files[i].string(), [&] { return runs_in(arrays.tensors[i], ports, i); });
    if (i > *first && runs != arrays.runs) {
      fail("{}: holds {}, but {} holds {}; all inputs need the same number of runs", files[i].string(),
           runs ? fmt::format("{} runs", *runs) : "one run without an extra axis", files[*first].string(),
           arrays.runs ? fmt::format("{}", *arrays.runs) : "one without an extra axis");
    }
    arrays.runs = runs;
    if (takes_raw(ports[i], arrays.tensors[i].type.dtype)) arrays.tensors[i] = quantized(arrays.tensors[i], ports[i]);
  }
  draw_missing(arrays, ports, random.seed);
  return arrays;
}

void feed_arrays(Interpreter& interpreter, const Arrays& arrays, std::int64_t run) {
  const std::size_t inputs = interpreter.graph().inputs.size();
  if (inputs != arrays.tensors.size()) fail("the models have {} and {} inputs", arrays.tensors.size(), inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    const auto index = static_cast<int>(i);
    const TensorView to = interpreter.input(index);
    const Tensor& from = arrays.tensors[i];
    const Scaling wanted = scaling_of(interpreter.graph()[interpreter.graph().inputs[i]]);
    if (to.dtype() == from.type.dtype && *to.quantization == from.quantization && wanted == arrays.scaling[i]) {
      interpreter.set_input(index, arrays.run(i, run));
      continue;
    }
    const TensorType type{from.type.dtype, to.shape()};
    const std::vector<float> values = raw_numbers({&type, &from.quantization, arrays.run(i, run)}, arrays.scaling[i]);
    set_sample(interpreter, index, {DType::float32, to.shape()}, bytes_of(values));
  }
}

void write_arrays(const std::vector<std::filesystem::path>& files, const Arrays& arrays) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!files[i].empty()) write_npy(files[i], arrays.tensors[i].type, arrays.tensors[i].bytes);
  }
}

std::string arrays_text(const std::vector<Port>& ports, const Arrays& arrays,
                        const std::vector<std::filesystem::path>& files) {
  std::vector<std::vector<std::string>> rows = {{"output", "type", "smallest", "largest", "mean", "file"}};
  bool named = false;
  constexpr std::size_t kMost = 5;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    rows.push_back({ports[i].name, text_of(arrays.tensors[i].type), "", "", "", files[i].string()});
    if (const auto range = range_of(arrays.tensors[i], ports[i].scaling)) {
      rows.back()[2] = fmt::format("{:.6g}", range->least);
      rows.back()[3] = fmt::format("{:.6g}", range->most);
      rows.back()[4] = fmt::format("{:.6g}", range->mean);
    }
    auto classes = classes_in(arrays.tensors[i], ports[i]);
    const bool more = classes.size() > kMost;
    classes.resize(std::min(classes.size(), kMost));
    rows.back().push_back(fmt::format("{}{}", fmt::join(classes, ", "), more ? ", ..." : ""));
    named = named || !classes.empty();
  }
  if (named) rows.front().emplace_back("class");
  if (!named) {
    for (auto& row : rows) row.resize(rows.front().size());
  }
  return table(rows);
}

std::string arrays_json(const std::vector<Port>& ports, const Arrays& arrays,
                        const std::vector<std::filesystem::path>& files) {
  using Json = nlohmann::ordered_json;
  Json json = {{"runs", arrays.runs.value_or(1)}, {"outputs", Json::array()}};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const TensorType& type = arrays.tensors[i].type;
    Json output = {{"name", ports[i].name}, {"type", name(type.dtype)}, {"shape", type.shape.dimensions()}};
    // JSON has no infinity.
    if (const auto range = range_of(arrays.tensors[i], ports[i].scaling);
        range && std::isfinite(range->most - range->least)) {
      output["smallest"] = range->least;
      output["largest"] = range->most;
      output["mean"] = range->mean;
    }
    if (!files[i].empty()) output["file"] = files[i].string();
    if (const auto classes = classes_in(arrays.tensors[i], ports[i]); !classes.empty()) output["classes"] = classes;
    json["outputs"].push_back(output);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mirim
