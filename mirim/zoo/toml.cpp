#include "mirim/zoo/toml.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/toml_document.hpp"
#include "mirim/zoo/toml_table.hpp"

namespace mirim {
namespace {

constexpr std::size_t kMostLayers = 2000;

/// Adds the layers of one file to a Builder, and remembers each by its name.
class ModelReader {
 public:
  ModelReader(const TomlValue& root, std::string file, const TomlModelOptions& options)
      : root_(root), file_(std::move(file)), options_(options) {}

  Description read() {
    TomlTable top(root_, file_, parameters_);
    Description description{.name = std::filesystem::path(file_).stem().string()};
    top.read("name", description.name);
    read_parameters(top);
    if (const TomlValue* table = top.subtable("transformer")) {
      description.transformer = read_transformer(*table);
      top.refuse_unknown();
      return description;
    }
    description.training = read_training(top);
    description.graph = read_layers_of(top, description.name);
    return description;
  }

 private:
  Graph read_layers_of(TomlTable& top, const std::string& name) {
    Builder builder(name, options_.seed, options_.weights);
    builder_ = &builder;
    read_input(top);
    read_output(top);
    read_layers();
    std::vector<std::string> outputs;
    top.read("outputs", outputs);
    std::vector<ValueId> ids;
    for (const std::string& output : outputs) ids.push_back(layer_named(top, "outputs", output));
    top.expect("layer");
    top.refuse_unknown();
    return in_context(file_, [&] { return ids.empty() ? builder.build() : builder.build(ids); });
  }

  Transformer read_transformer(const TomlValue& value) {
    TomlTable table(value, file_, parameters_);
    Transformer result;
    const auto size = [&](std::string_view key, std::int64_t& to, std::string_view why) {
      table.read(key, to);
      if (!why.empty()) table.require(key, why);
      if (table.has(key) && to < 1) table.refuse(key, fmt::format("{} is out of range; it must be at least 1", to));
    };
    size("layers", result.layers, "a transformer needs it: how many blocks of attention and fully connected layers");
    size("width", result.width, "a transformer needs it: how many numbers stand for a token");
    size("heads", result.heads, "");
    size("context", result.context, "a transformer needs it: how many tokens it reads at most");
    size("vocabulary", result.vocabulary, "a transformer needs it: how many different tokens there are");
    size("tokens", result.tokens, "");
    table.refuse_unknown();
    in_context(table.where(), [&] { cost_of(result); });
    return result;
  }

  std::optional<TrainingRun> read_training(TomlTable& top) {
    const TomlValue* value = top.subtable("training");
    if (!value) return std::nullopt;
    TomlTable table(*value, file_, parameters_);
    TrainingRun run;
    table.read("samples", run.samples);
    table.require("samples", "[training] needs it: how many samples the network was trained on");
    if (run.samples < 1) table.refuse("samples", fmt::format("{} is out of range; it must be at least 1", run.samples));
    table.read("epochs", run.epochs);
    table.require("epochs", "[training] needs it: how often the network saw each sample");
    if (!(run.epochs > 0)) table.refuse("epochs", fmt::format("{} is out of range; it must be above 0", run.epochs));
    table.refuse_unknown();
    return run;
  }

  void read_parameters(TomlTable& top) {
    const TomlValue* table = top.subtable("parameters");
    if (table) {
      TomlTable parameters(*table, file_, parameters_);
      for (const auto& [key, node] : *table->table()) {
        std::int64_t value = 0;
        parameters.read(key, value);
        given_[key] = value;
      }
    }
    for (const auto& [key, value] : options_.parameters) {
      if (!given_.contains(key)) {
        std::vector<std::string> known;
        for (const auto& entry : given_) known.push_back(entry.first);
        if (known.empty()) fail("{}: the model has no parameters, '{}' cannot be set", file_, key);
        fail("{}: the model has no parameter '{}'; {}", file_, key, suggestion(key, known));
      }
      given_[key] = value;
    }
    parameters_ = given_;
  }

  void read_input(TomlTable& top) {
    const TomlValue* table = top.subtable("input");
    if (!table) fail("{}: there is no [input]; give it a shape, as in shape = [28, 28, 1]", file_);
    TomlTable input(*table, file_, parameters_);
    InputLayer layer;
    input.read("name", layer.name);
    input.read("shape", layer.shape);
    if (!input.has("shape")) fail("{}: [input] has no shape; write shape = [28, 28, 1]", input.where());
    if (input.has_text("normalize")) {
      layer.normalize_from_data = read_from_data(input);
    } else if (const TomlValue* normalize = input.subtable("normalize")) {
      TomlTable keys(*normalize, file_, parameters_);
      keys.read("scale", layer.scale);
      keys.read("offset", layer.offset);
      keys.read("mean", layer.mean);
      keys.read("deviation", layer.deviation);
      keys.refuse_unknown();
    }
    input.refuse_unknown();
    remember(layer.name, input, in_context(input.where(), [&] { return builder_->input(layer); }));
  }

  /// normalize = "data", the only text that it may be.
  static bool read_from_data(TomlTable& table) {
    std::string text;
    table.read("normalize", text);
    if (text != "data") table.refuse("normalize", "write \"data\", or numbers: { mean = 0, deviation = 1 }");
    return true;
  }

  void read_output(TomlTable& top) {
    const TomlValue* table = top.subtable("output");
    if (!table) return;
    TomlTable output(*table, file_, parameters_);
    if (output.has("normalize") && read_from_data(output)) builder_->normalize_output_from_data();
    output.refuse_unknown();
  }

  void read_layers() {
    const auto found = root_.table()->find("layer");
    if (found == root_.table()->end()) fail("{}: there is no [[layer]]", file_);
    const TomlValue::Array* layers = found->second.array();
    if (!layers || layers->empty())
      fail("{}:{}: key 'layer': write each layer as [[layer]]", file_, found->second.line);
    if (layers->size() > kMostLayers) fail("{}: {} layers; at most {} are allowed", file_, layers->size(), kMostLayers);
    for (const TomlValue& layer : *layers) {
      if (!layer.table()) fail("{}:{}: key 'layer': write each layer as [[layer]]", file_, layer.line);
      TomlTable table(layer, file_, parameters_);
      read_layer(table);
    }
  }

  void read_layer(TomlTable& table) {
    std::string type;
    table.read("type", type);
    if (type.empty()) fail("{}: the layer has no type; write type = \"conv2d\"", table.where());
    const auto entry = kinds().find(type);
    std::string name;
    table.read("name", name);
    ValueId result = kNoValue;
    if (entry != kinds().end()) {
      result = (this->*entry->second)(table, name);
    } else if (const auto& names = activation_names(); std::find(names.begin(), names.end(), type) != names.end()) {
      result = read_activation(table, type, name);
    } else {
      std::vector<std::string> known = activation_names();
      for (const auto& kind : kinds()) known.push_back(kind.first);
      table.refuse("type", fmt::format("unknown layer '{}'; {}", type.substr(0, 60), suggestion(type, known)));
    }
    ++count_[type];
    remember(name.empty() ? fmt::format("{}_{}", type, count_[type]) : name, table, result);
  }

  using Reader = ValueId (ModelReader::*)(TomlTable&, const std::string&);
  static const std::map<std::string, Reader, std::less<>>& kinds() {
    static const std::map<std::string, Reader, std::less<>> readers = {
        {"add", &ModelReader::read_add},
        {"average_pool2d", &ModelReader::read_average_pool2d},
        {"batch_norm", &ModelReader::read_batch_norm},
        {"concatenation", &ModelReader::read_concatenation},
        {"conv2d", &ModelReader::read_conv2d},
        {"depthwise_conv2d", &ModelReader::read_depthwise_conv2d},
        {"dropout", &ModelReader::read_dropout},
        {"flatten", &ModelReader::read_flatten},
        {"fully_connected", &ModelReader::read_fully_connected},
        {"global_average_pool", &ModelReader::read_global_average_pool},
        {"local_response_norm", &ModelReader::read_local_response_norm},
        {"max_pool2d", &ModelReader::read_max_pool2d},
        {"mul", &ModelReader::read_mul},
        {"pad", &ModelReader::read_pad},
        {"reshape", &ModelReader::read_reshape},
        {"transposed_conv2d", &ModelReader::read_transposed_conv2d},
    };
    return readers;
  }

  /// Refuses unread keys and builds; prefixes the Builder's message with the position.
  template <class F>
  ValueId build(TomlTable& table, F&& f) {
    table.refuse_unknown();
    return in_context(table.where(), f);
  }

  template <class Layer>
  void read_convolution(TomlTable& table, Layer& layer) {
    table.read("kernel", layer.kernel);
    table.read("stride", layer.stride);
    table.read("padding", layer.padding);
    table.read("bias", layer.bias);
    table.read("batch_norm", layer.batch_norm);
    table.read("activation", layer.activation);
    layer.from = source(table);
  }

  ValueId read_conv2d(TomlTable& table, const std::string& name) {
    Conv2dLayer layer{.name = name};
    table.read("filters", layer.filters);
    table.require("filters", "conv2d needs it: how many channels it makes");
    table.read("dilation", layer.dilation);
    table.read("groups", layer.groups);
    read_convolution(table, layer);
    return build(table, [&] { return builder_->conv2d(layer); });
  }

  ValueId read_transposed_conv2d(TomlTable& table, const std::string& name) {
    TransposedConv2dLayer layer{.name = name};
    table.read("filters", layer.filters);
    table.require("filters", "transposed_conv2d needs it: how many channels it makes");
    read_convolution(table, layer);
    return build(table, [&] { return builder_->transposed_conv2d(layer); });
  }

  ValueId read_depthwise_conv2d(TomlTable& table, const std::string& name) {
    DepthwiseConv2dLayer layer{.name = name};
    table.read("multiplier", layer.multiplier);
    table.read("dilation", layer.dilation);
    read_convolution(table, layer);
    return build(table, [&] { return builder_->depthwise_conv2d(layer); });
  }

  ValueId read_fully_connected(TomlTable& table, const std::string& name) {
    FullyConnectedLayer layer{.name = name};
    table.read("units", layer.units);
    table.require("units", "fully_connected needs it: how many results it makes");
    table.read("bias", layer.bias);
    table.read("batch_norm", layer.batch_norm);
    table.read("activation", layer.activation);
    layer.from = source(table);
    return build(table, [&] { return builder_->fully_connected(layer); });
  }

  ValueId read_batch_norm(TomlTable& table, const std::string& name) {
    BatchNormLayer layer{.name = name};
    table.read("epsilon", layer.epsilon);
    table.read("momentum", layer.momentum);
    table.read("activation", layer.activation);
    layer.from = source(table);
    return build(table, [&] { return builder_->batch_norm(layer); });
  }

  ValueId read_activation(TomlTable& table, const std::string& kind, const std::string& name) {
    ActivationLayer layer{.kind = kind, .name = name};
    if (kind == "leaky_relu" || kind == "prelu") {
      float alpha = 0;
      table.read("alpha", alpha);
      if (table.has("alpha")) layer.alpha = alpha;
    }
    layer.from = source(table);
    return build(table, [&] { return builder_->activation(layer); });
  }

  PoolLayer pool(TomlTable& table, const std::string& name) {
    PoolLayer layer{.name = name};
    table.read("size", layer.size);
    table.read("stride", layer.stride);
    table.read("padding", layer.padding);
    layer.from = source(table);
    return layer;
  }
  ValueId read_max_pool2d(TomlTable& table, const std::string& name) {
    const PoolLayer layer = pool(table, name);
    return build(table, [&] { return builder_->max_pool2d(layer); });
  }
  ValueId read_average_pool2d(TomlTable& table, const std::string& name) {
    const PoolLayer layer = pool(table, name);
    return build(table, [&] { return builder_->average_pool2d(layer); });
  }

  ValueId read_global_average_pool(TomlTable& table, const std::string& name) {
    const PlainLayer layer{.name = name, .from = source(table)};
    return build(table, [&] { return builder_->global_average_pool(layer); });
  }
  ValueId read_flatten(TomlTable& table, const std::string& name) {
    const PlainLayer layer{.name = name, .from = source(table)};
    return build(table, [&] { return builder_->flatten(layer); });
  }

  ValueId read_reshape(TomlTable& table, const std::string& name) {
    ReshapeLayer layer{.name = name};
    table.read("shape", layer.shape);
    table.require("shape", "reshape needs it: the dimensions of one sample");
    layer.from = source(table);
    return build(table, [&] { return builder_->reshape(layer); });
  }

  ValueId read_pad(TomlTable& table, const std::string& name) {
    PadLayer layer{.name = name};
    table.read("top", layer.top);
    table.read("bottom", layer.bottom);
    table.read("left", layer.left);
    table.read("right", layer.right);
    layer.from = source(table);
    return build(table, [&] { return builder_->pad(layer); });
  }

  ValueId read_dropout(TomlTable& table, const std::string& name) {
    DropoutLayer layer{.name = name};
    table.read("rate", layer.rate);
    layer.from = source(table);
    return build(table, [&] { return builder_->dropout(layer); });
  }

  ValueId read_local_response_norm(TomlTable& table, const std::string& name) {
    LocalResponseNormLayer layer{.name = name};
    table.read("radius", layer.radius);
    table.read("bias", layer.bias);
    table.read("alpha", layer.alpha);
    table.read("beta", layer.beta);
    layer.from = source(table);
    return build(table, [&] { return builder_->local_response_norm(layer); });
  }

  ValueId read_add(TomlTable& table, const std::string& name) {
    const JoinLayer layer = join(table, name);
    return build(table, [&] { return builder_->add(layer); });
  }
  ValueId read_mul(TomlTable& table, const std::string& name) {
    const JoinLayer layer = join(table, name);
    return build(table, [&] { return builder_->mul(layer); });
  }
  JoinLayer join(TomlTable& table, const std::string& name) {
    JoinLayer layer{.from = sources(table), .name = name};
    table.read("activation", layer.activation);
    return layer;
  }
  ValueId read_concatenation(TomlTable& table, const std::string& name) {
    const ConcatenationLayer layer{.from = sources(table), .name = name};
    return build(table, [&] { return builder_->concatenation(layer); });
  }

  std::optional<ValueId> source(TomlTable& table) {
    std::string from;
    table.read("from", from);
    if (!table.has("from")) return std::nullopt;
    return layer_named(table, "from", from);
  }
  std::vector<ValueId> sources(TomlTable& table) {
    std::vector<std::string> names;
    table.read("from", names);
    std::vector<ValueId> ids;
    for (const std::string& name : names) ids.push_back(layer_named(table, "from", name));
    return ids;
  }
  ValueId layer_named(const TomlTable& table, std::string_view key, const std::string& name) const {
    const auto found = layers_.find(name);
    if (found != layers_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& entry : layers_) known.push_back(entry.first);
    const std::string near = nearest_word(name, known);
    table.refuse(key, fmt::format("there is no layer '{}' before this one{}", name.substr(0, 60),
                                  near.empty() ? "" : "; did you mean '" + near + "'?"));
  }

  void remember(const std::string& name, const TomlTable& table, ValueId id) {
    if (!layers_.try_emplace(name, id).second) {
      fail("{}: there is already a layer '{}'; give this one another name", table.where(), name.substr(0, 60));
    }
  }

  const TomlValue& root_;
  std::string file_;
  const TomlModelOptions& options_;
  Parameters given_;
  Parameters parameters_;
  Builder* builder_ = nullptr;
  std::map<std::string, ValueId> layers_;
  std::map<std::string, int> count_;  ///< counts like Builder, which names a layer by its kind and number
};

}  // namespace

Graph parse_model(std::string_view text, const std::string& file, const TomlModelOptions& options) {
  Description description = parse_description(text, file, options);
  if (description.transformer) {
    fail("{}: describes a transformer by its sizes alone; mirim cost says what it costs, nothing else takes it", file);
  }
  return std::move(description.graph);
}

Description parse_description(std::string_view text, const std::string& file, const TomlModelOptions& options) {
  const TomlValue root = parse_toml(text, file);
  return ModelReader(root, file, options).read();
}

Description read_description(const std::filesystem::path& path, const TomlModelOptions& options) {
  return parse_description(read_text(path), path.string(), options);
}

Graph read_model(const std::filesystem::path& path, const TomlModelOptions& options) {
  return parse_model(read_text(path), path.string(), options);
}

}  // namespace mirim
