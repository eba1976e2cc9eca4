#include "mirim/recipe/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/recipe/layered_layout.hpp"

namespace mirim {
namespace {

constexpr double kCharacter = 7.0, kSmallCharacter = 6.4;  // widths of the two fonts, rather too large than too small
constexpr double kLine = 16, kMargin = 24, kHeading = 34;
constexpr std::size_t kLongest = 34;  // characters of a name in a box

/// Decides the colour. An operator with weights is recognised by its MACs.
std::string_view kind_of(const Graph& graph, const Node& node) {
  switch (node.op.kind()) {
    case OperatorKind::pool:
      return "pool";
    case OperatorKind::activation:
      return "activation";
    case OperatorKind::move:
      return "move";
    case OperatorKind::type:
      return "type";
    case OperatorKind::state:
      return "state";
    case OperatorKind::arithmetic:
      break;
  }
  try {
    return node.op.cost(operands(graph, node.inputs)).macs > 0 ? "weights" : "arithmetic";
  } catch (const Error&) {
    return "other";  // an operator that mirim lacks
  }
}

/// UTF-8 cut to `longest` characters; keeps the end, which distinguishes a layer's name.
std::string shortened(const std::string& text, std::size_t longest = kLongest) {
  const auto begins = [](char c) { return (c & 0xC0) != 0x80; };
  auto left = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
  if (left <= longest) return text;
  std::size_t from = 0;
  for (; from < text.size() && (left >= longest || !begins(text[from])); ++from) left -= begins(text[from]) ? 1 : 0;
  return "…" + text.substr(from);
}

std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The options in a box: those that a reader of a network looks for.
class BoxOptions final : public Options {
 public:
  std::string stride, filter, dilation, activation;

  void field(int, std::string_view name, std::int32_t& value, std::int32_t) override {
    numbers_[std::string(name)] = value;
  }
  void field(int, std::string_view, bool&, bool) override {}
  void field(int, std::string_view, float&, float) override {}
  void field(int, std::string_view, std::vector<std::int32_t>&) override {}

  std::vector<std::string> lines() const {
    std::string text;
    const auto add = [&](const std::string& more) { text += (text.empty() ? "" : " · ") + more; };
    const auto pair = [&](const char* word, const char* h, const char* w, bool always) {
      const auto height = numbers_.find(h), width = numbers_.find(w);
      if (height == numbers_.end() || width == numbers_.end()) return;
      if (always || height->second != 1 || width->second != 1) {
        add(fmt::format("{} {}×{}", word, height->second, width->second));
      }
    };
    pair("window", "filter_height", "filter_width", true);
    pair("stride", "stride_h", "stride_w", false);
    pair("dilation", "dilation_h_factor", "dilation_w_factor", false);
    if (!padding_.empty()) add(padding_);
    return text.empty() ? std::vector<std::string>{} : std::vector<std::string>{text};
  }

 protected:
  void enumeration(int, std::string_view name, int& value, int, std::span<const std::string_view> names) override {
    const auto index = static_cast<std::size_t>(value);
    if (index >= names.size()) return;
    if (name == "fused_activation_function" && names[index] != "NONE") activation = names[index];
    if (name == "padding") padding_ = names[index] == "SAME" ? "same" : "valid";
  }

 private:
  std::map<std::string, std::int32_t> numbers_;
  std::string padding_;
};

struct Box {
  std::string kind{};
  std::string title{};               // bold
  std::vector<std::string> lines{};  // small
  std::string tooltip{};
};

std::string type_of(const Value& value) {
  return fmt::format("{} {}", name(value.type.dtype),
                     value.type.shape.rank() == 0 ? "scalar" : to_string(value.type.shape));
}

std::string quantization_of(const Value& value) {
  const Quantization& q = value.quantization;
  if (q.scale.empty()) return "";
  if (q.per_channel()) return fmt::format("{} scales, axis {}", q.scale.size(), q.dimension);
  return fmt::format("{:.4g} · (q {} {})", q.scale[0], q.zero_point.empty() || q.zero_point[0] < 0 ? '+' : '-',
                     q.zero_point.empty() ? 0 : std::abs(q.zero_point[0]));
}

Box box_of(const Graph& graph, const Node& node) {
  BoxOptions options;
  node.op.options(options);
  Box box{.kind = std::string(kind_of(graph, node)), .title = std::string(node.op.name())};
  if (!options.activation.empty()) box.title += " + " + options.activation;
  const std::string name = !node.name.empty()                                     ? node.name
                           : !node.outputs.empty() && node.outputs[0] != kNoValue ? graph[node.outputs[0]].name
                                                                                  : "";
  if (!name.empty()) box.lines.push_back(shortened(std::string(short_name(name))));
  for (const std::string& line : options.lines()) box.lines.push_back(line);
  std::int64_t parameters = 0;
  std::string constants;
  box.tooltip = name;
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || !graph[id].is_constant() || graph[id].variable) continue;
    const Value& value = graph[id];
    const bool index =
        value.quantization.empty() && (value.type.dtype == DType::int32 || value.type.dtype == DType::int64);
    if (!index) parameters += value.type.shape.elements();
    if (!index)
      constants +=
          (constants.empty() ? "" : " + ") + (value.type.shape.rank() == 0 ? "1" : to_string(value.type.shape));
    box.tooltip += fmt::format("\n{}: {}{}{}", value.name, type_of(value), value.quantization.empty() ? "" : ", ",
                               quantization_of(value));
  }
  if (parameters > 0) {
    box.lines.push_back(shortened(constants, 30) + " = " + with_commas(parameters));
  }
  return box;
}

/// One graph: its boxes, the lines between them, and their labels.
class GraphPicture {
 public:
  explicit GraphPicture(const Graph& graph) : graph_(graph), first_of_(graph.values.size(), -1) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const int box = add({.kind = "rim", .title = "input", .lines = {shortened(graph[graph.inputs[i]].name)}});
      first_of_[static_cast<std::size_t>(graph.inputs[i])] = box;
    }
    for (const Node& node : graph.nodes) {
      const int box = add(box_of(graph, node));
      for (const ValueId id : node.inputs) join(id, box);
      for (const ValueId id : node.outputs) {
        if (id != kNoValue) first_of_[static_cast<std::size_t>(id)] = box;
      }
    }
    for (const ValueId id : graph.outputs) {
      const int box = add({.kind = "rim", .title = "output", .lines = {shortened(graph[id].name)}});
      join(id, box);
    }
    layout_ = lay_out(layered_);
  }

  double width() const { return layout_.width; }
  double height() const { return layout_.height; }

  std::string svg() const {
    std::string text;
    for (std::size_t e = 0; e < layout_.lines.size(); ++e) text += line(layout_.lines[e]);
    for (std::size_t b = 0; b < boxes_.size(); ++b) text += drawn(boxes_[b], layered_.boxes[b], layout_.centres[b]);
    for (std::size_t e = 0; e < layout_.lines.size(); ++e) text += label(e);
    return text;
  }

 private:
  int add(Box box) {
    double width = kCharacter * static_cast<double>(length(box.title)) * 1.12;
    for (const std::string& line : box.lines)
      width = std::max(width, kSmallCharacter * static_cast<double>(length(line)));
    layered_.boxes.push_back({width + 24, kLine * static_cast<double>(box.lines.size() + 1) + 14});
    boxes_.push_back(std::move(box));
    return static_cast<int>(boxes_.size()) - 1;
  }

  // A variable's content comes from the previous run: no line.
  void join(ValueId id, int to) {
    if (id == kNoValue || first_of_[static_cast<std::size_t>(id)] < 0) return;
    const std::size_t label = std::max(length(type_of(graph_[id])), length(quantization_of(graph_[id])));
    const bool labelled = labelled_.insert(id).second;
    layered_.edges.push_back(
        {first_of_[static_cast<std::size_t>(id)], to, labelled ? kSmallCharacter * static_cast<double>(label) + 8 : 0});
    values_.push_back(labelled ? id : kNoValue);
  }

  static std::string line(const std::vector<Point>& points) {
    std::string path = fmt::format("M{:.1f} {:.1f}", points[0].x, points[0].y);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Point a = points[i - 1], b = points[i];
      const double middle = (a.y + b.y) / 2;
      path += a.x == b.x
                  ? fmt::format("L{:.1f} {:.1f}", b.x, b.y)
                  : fmt::format("C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}", a.x, middle, b.x, middle, b.x, b.y);
    }
    return fmt::format("<path d=\"{}\" marker-end=\"url(#tip)\"/>\n", path);
  }

  static std::string drawn(const Box& box, const LayeredGraph::Box& size, Point centre) {
    const double top = centre.y - size.height / 2;
    std::string text = fmt::format(
        "<g class=\"{}\"><title>{}</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"6\"/>"
        "<text class=\"op\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
        box.kind, escaped_xml(box.tooltip.empty() ? box.title : box.tooltip), centre.x - size.width / 2, top,
        size.width, size.height, centre.x, top + 19, escaped_xml(box.title));
    for (std::size_t i = 0; i < box.lines.size(); ++i) {
      text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", centre.x,
                          top + 19 + kLine * static_cast<double>(i + 1), escaped_xml(box.lines[i]));
    }
    return text + "</g>\n";
  }

  std::string label(std::size_t edge) const {
    if (values_[edge] == kNoValue) return "";
    const Value& value = graph_[values_[edge]];
    const Point from = layout_.lines[edge][0];
    std::string text = fmt::format("<g class=\"label\"><title>{}</title><text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                                   escaped_xml(value.name), from.x + 7, from.y + 15, escaped_xml(type_of(value)));
    if (const std::string quantization = quantization_of(value); !quantization.empty()) {
      text +=
          fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", from.x + 7, from.y + 29, escaped_xml(quantization));
    }
    return text + "</g>\n";
  }

  const Graph& graph_;
  std::vector<int> first_of_;  // by ValueId: the box that it comes from
  std::vector<Box> boxes_;
  std::vector<ValueId> values_;  // by edge: what its label shows
  std::set<ValueId> labelled_;
  LayeredGraph layered_;
  Layout layout_;
};

constexpr std::string_view kStyle = R"(<style>
svg { background: #fff; font: 11px system-ui, sans-serif; }
text { text-anchor: middle; fill: #333; }
.op { font-weight: 600; font-size: 12px; fill: #000; }
.label text { text-anchor: start; fill: #555; paint-order: stroke; stroke: #fff; stroke-width: 4px; }
.heading { text-anchor: start; font-size: 15px; font-weight: 600; }
path { fill: none; stroke: #888; stroke-width: 1.3; }
#tip path { fill: #888; stroke: none; }
rect { fill: #eee; stroke: #888; }
.weights rect { fill: #d6e6fb; stroke: #4a7fc1; }
.pool rect { fill: #d8f0dc; stroke: #4c9a5b; }
.activation rect { fill: #fde7cf; stroke: #d08a35; }
.arithmetic rect { fill: #ebdff7; stroke: #8a62b8; }
.type rect { fill: #d5f0f0; stroke: #3f9494; }
.state rect { fill: #f9dada; stroke: #c05a5a; }
.rim rect { fill: none; stroke: #888; stroke-dasharray: 4 3; }
@media (prefers-color-scheme: dark) {
svg { background: #16181c; }
text { fill: #c4c8ce; }
.op { fill: #f2f4f7; }
.label text { fill: #9aa1ab; stroke: #16181c; }
rect { fill: #2a2d33; stroke: #7a818c; }
.weights rect { fill: #1d3351; stroke: #5b93d8; }
.pool rect { fill: #1c3b25; stroke: #5cab6c; }
.activation rect { fill: #46310f; stroke: #d9984a; }
.arithmetic rect { fill: #35234a; stroke: #a180cc; }
.type rect { fill: #123b3b; stroke: #4fa8a8; }
.state rect { fill: #4a2020; stroke: #d07272; }
.rim rect { fill: none; }
}
</style>
<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>
)";

}  // namespace

std::string picture(const Model& model) {
  std::string body;
  double width = 320, y = kMargin;
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    const GraphPicture drawing(model.graphs[g]);
    std::string heading = model.graphs[g].name;
    if (model.graphs.size() > 1) heading = fmt::format("subgraph {} {}", g, heading);
    body += fmt::format("<text class=\"heading\" x=\"{}\" y=\"{}\">{}</text>\n", kMargin, y + 12, escaped_xml(heading));
    body += fmt::format("<g transform=\"translate({} {})\">\n{}</g>\n", kMargin, y + kHeading, drawing.svg());
    y += kHeading + drawing.height() + 2 * kMargin;
    width = std::max(width, drawing.width() + 2 * kMargin);
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n{2}{3}</svg>\n",
      width, y, kStyle, body);
}

}  // namespace mirim
