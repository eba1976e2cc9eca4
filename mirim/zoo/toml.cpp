#include "mirim/zoo/toml.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "mirim/zoo/toml_document.hpp"
#include "mirim/zoo/toml_settings.hpp"
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
    description.rules = read_rules(top);
    description.graph = read_layers_of(top, description.name, description.players);
    return description;
  }

 private:
  Graph read_layers_of(TomlTable& top, const std::string& name, Players& players) {
    Builder builder(name, options_.seed, options_.weights);
    builder_ = &builder;
    read_input(top);
    read_output(top);
    read_layers();
    std::vector<std::string> outputs;
    top.read("outputs", outputs);
    std::vector<ValueId> ids;
    for (const std::string& output : outputs) ids.push_back(layer_named(top, "outputs", output));
    const std::vector<std::pair<OwnLoss, std::vector<ValueId>>> losses = read_losses(top);
    std::vector<std::vector<ValueId>> played;
    players = read_players(top, played);
    top.expect("layer");
    top.refuse_unknown();
    return in_context(file_, [&] {
      Graph graph = ids.empty() ? builder.build() : builder.build(ids);
      add_losses(graph, losses);
      for (std::size_t p = 0; p < players.size(); ++p) {
        for (std::size_t l = 0; l < played[p].size(); ++l) players[p].losses[l].of = graph[played[p][l]].name;
      }
      return graph;
    });
  }

  /// `of` gets the values of each player's losses.
  Players read_players(TomlTable& top, std::vector<std::vector<ValueId>>& of) {
    Players players;
    const TomlValue::Array* tables = top.subtables("player");
    for (std::size_t i = 0; tables && i < tables->size(); ++i) {
      TomlTable table((*tables)[i], file_, parameters_);
      Player player;
      table.read("part", player.part);
      table.require("part", "[[player]] needs it: the part of the network that it trains");
      if (std::ranges::find(parts_, player.part) == parts_.end()) {
        table.refuse("part", fmt::format("no layer is of part '{}'; {}", player.part.substr(0, 60),
                                         suggestion(player.part, parts_)));
      }
      table.read("learning_rate", player.rate);
      if (!(player.rate > 0)) table.refuse("learning_rate", "the factor of the learning rate must be above 0");
      table.read("beta1", player.beta1);
      if (!(player.beta1 >= 0 && player.beta1 < 1)) table.refuse("beta1", "it must be at least 0 and below 1");
      of.emplace_back();
      const TomlValue::Array* losses = table.subtables("loss");
      for (std::size_t l = 0; losses && l < losses->size(); ++l) {
        TomlTable loss_table((*losses)[l], file_, parameters_);
        PlayerLoss loss;
        loss_table.read("of", loss.of);
        loss_table.require("of", "a player's loss needs it: the layer that judges");
        of.back().push_back(layer_named(loss_table, "of", loss.of));
        loss_table.read("target", loss.target);
        loss_table.require("target", "a player's loss needs it: what the layer is to answer, 0 to 1");
        if (!(loss.target >= 0 && loss.target <= 1)) loss_table.refuse("target", "it must be from 0 to 1");
        loss_table.read("weight", loss.weight);
        if (!(loss.weight > 0)) loss_table.refuse("weight", "it must be above 0");
        loss_table.refuse_unknown();
        player.losses.push_back(std::move(loss));
      }
      if (player.losses.empty()) fail("{}: the player has no [[player.loss]]", table.where());
      table.refuse_unknown();
      players.push_back(std::move(player));
    }
    return players;
  }

  std::vector<std::pair<OwnLoss, std::vector<ValueId>>> read_losses(TomlTable& top) {
    std::vector<std::pair<OwnLoss, std::vector<ValueId>>> losses;
    const TomlValue::Array* tables = top.subtables("loss");
    for (std::size_t i = 0; tables && i < tables->size(); ++i) {
      TomlTable table((*tables)[i], file_, parameters_);
      OwnLoss loss;
      std::string reduction = "mean";
      std::vector<std::string> of;
      table.read("kind", loss.kind);
      table.require("kind", "[[loss]] needs it: what training makes small");
      table.read("of", of);
      table.read("weight", loss.weight);
      if (loss.kind == "sparsity") table.read("rate", loss.rate);
      table.read("reduction", reduction);
      if (reduction != "mean" && reduction != "sum") table.refuse("reduction", "write \"mean\" or \"sum\"");
      loss.sum = reduction == "sum";
      table.refuse_unknown();
      std::vector<ValueId> ids;
      for (const std::string& name : of) ids.push_back(layer_named(table, "of", name));
      loss.of = of;
      Graph checked;
      in_context(table.where(), [&] { set_own_losses(checked, {loss}); });
      losses.emplace_back(std::move(loss), std::move(ids));
    }
    return losses;
  }

  /// Losses know their values by the names that these have in a file.
  static void add_losses(Graph& graph, const std::vector<std::pair<OwnLoss, std::vector<ValueId>>>& losses) {
    std::vector<OwnLoss> named;
    for (const auto& [loss, ids] : losses) {
      named.push_back(loss);
      for (std::size_t i = 0; i < ids.size(); ++i) named.back().of[i] = graph[ids[i]].name;
    }
    set_own_losses(graph, named);
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

  Rules read_rules(TomlTable& top) {
    Rules rules;
    if (!top.has("learn")) return rules;
    const TomlValue& value = root_.table()->find("learn")->second;
    if (value.table()) {
      rules.push_back(read_rule(*top.subtable("learn")));
    } else {
      for (const TomlValue& each : *top.subtables("learn")) rules.push_back(read_rule(each));
    }
    return rules;
  }

  std::shared_ptr<Rule> read_rule(const TomlValue& value) {
    TomlTable table(value, file_, parameters_);
    std::string name;
    table.read("rule", name);
    table.require("rule", "[learn] needs it: by what the network learns");
    std::shared_ptr<Rule> rule = in_context(table.where("rule"), [&] { return rule_called(name); });
    TomlSettings settings(table);
    rule->settings(settings);
    table.refuse_unknown();
    return rule;
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
    std::string dtype = "float32";
    input.read("dtype", dtype);
    if (dtype != "float32" && dtype != "int32") input.refuse("dtype", "write \"float32\" or \"int32\"");
    layer.dtype = dtype == "int32" ? DType::int32 : DType::float32;
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
    const auto& kinds = layer_kinds();
    const auto kind = std::ranges::find(kinds, type, &LayerKind::type);
    if (kind == kinds.end()) {
      std::vector<std::string> known;
      for (const LayerKind& each : kinds) known.push_back(each.type);
      table.refuse("type", fmt::format("unknown layer '{}'; {}", type.substr(0, 60), suggestion(type, known)));
    }
    std::string name;
    table.read("name", name);
    std::string part;
    table.read("part", part);
    if (!part.empty() && std::ranges::find(parts_, part) == parts_.end()) parts_.push_back(part);
    builder_->set_part(part);
    Keys keys(*this, table);
    const auto append = kind->read(keys, name);
    table.refuse_unknown();
    const ValueId result = in_context(table.where(), [&] { return append(*builder_); });
    remember(builder_->last_name(), table, result);
  }

  /// The keys of a layer, from its table.
  class Keys final : public LayerKeys {
   public:
    Keys(const ModelReader& reader, TomlTable& table) : reader_(reader), table_(table) {}

    void key(std::string_view name, bool& value) override { table_.read(name, value); }
    void key(std::string_view name, float& value) override { table_.read(name, value); }
    void key(std::string_view name, std::optional<float>& value) override {
      float given = 0;
      table_.read(name, given);
      if (table_.has(name)) value = given;
    }
    void key(std::string_view name, std::int32_t& value) override { table_.read(name, value); }
    void key(std::string_view name, std::int64_t& value) override { table_.read(name, value); }
    void key(std::string_view name, std::string& value) override { table_.read(name, value); }
    void key(std::string_view name, Size2d& value) override { table_.read(name, value); }
    void key(std::string_view name, Padding& value) override { table_.read(name, value); }
    void key(std::string_view name, Shape& value) override { table_.read(name, value); }
    void require(std::string_view name, std::string_view why) override { table_.require(name, why); }
    void from(std::optional<ValueId>& value) override {
      std::string name;
      table_.read("from", name);
      if (table_.has("from")) value = reader_.layer_named(table_, "from", name);
    }
    void from(std::vector<ValueId>& values) override {
      std::vector<std::string> names;
      table_.read("from", names);
      for (const std::string& name : names) values.push_back(reader_.layer_named(table_, "from", name));
    }

   private:
    const ModelReader& reader_;
    TomlTable& table_;
  };

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
  std::vector<std::string> parts_{};  // that layers are of
  std::map<std::string, ValueId> layers_;
};

}  // namespace

Graph parse_model(std::string_view text, const std::string& file, const TomlModelOptions& options) {
  Description description = parse_description(text, file, options);
  refuse_transformer(description, file);
  return std::move(description.graph);
}

void refuse_transformer(const Description& description, const std::string& file) {
  if (description.transformer) {
    fail("{}: describes a transformer by its sizes alone; mirim cost says what it costs, nothing else takes it", file);
  }
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
