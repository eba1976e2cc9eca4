#include "mirim/chart/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>

#include "mirim/base/text.hpp"

namespace mirim::chart {
namespace {

struct Colour {
  std::string_view name, light, dark;
};
// The six of marks differ in lightness too, so that they are told apart in grey and by colour-blind readers.
constexpr Colour colours[] = {{"$card", "#ffffff", "#1d1b16"},  {"$ink", "#1f1c16", "#ece7db"},
                              {"$quiet", "#686255", "#aaa291"}, {"$line", "#e4dfd4", "#36322a"},
                              {"$0", "#2f6690", "#86b8de"},     {"$1", "#9a5b00", "#e5a63c"},
                              {"$2", "#2e6b3f", "#85c795"},     {"$3", "#a8321f", "#ef8f7c"},
                              {"$4", "#6a4c93", "#bfa6e6"},     {"$5", "#5f5a4e", "#b5ae9f"}};

/// Rules of the classes that marks, lines and texts have; CHART is the drawing's own class, so that a page may hold it.
constexpr std::string_view kShapes =
    "CHART{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif}CHART .bold{font-weight:600}"
    "CHART .head{font-size:18px;font-weight:600}CHART .label{stroke-width:4px;stroke-linejoin:round;paint-order:stroke}"
    "CHART .leader{stroke-width:.75}CHART .limit{stroke-width:1.5;stroke-dasharray:6 4}CHART .pace{stroke-dasharray:3 "
    "4}"
    "CHART .fit{stroke-width:2.25;stroke-linecap:round}CHART .dashed{stroke-dasharray:9 5}"
    "CHART .dotted{stroke-dasharray:.1 5;stroke-width:3.5}CHART .dash-dot{stroke-dasharray:10 5 .1 5}"
    "CHART .ring{fill:none;stroke-width:1.25}CHART .board{fill:none;stroke-width:1.5;stroke-dasharray:4 3}"
    "CHART .full{fill-opacity:.8}CHART .half{fill-opacity:.3;stroke-width:1.25}CHART .pale{fill-opacity:.12}"
    "CHART .open{fill-opacity:0;stroke-width:1;stroke-dasharray:1.6 1.6}CHART .hollow{fill-opacity:0;stroke-width:1.75}"
    "CHART .yours{stroke-width:2}";
constexpr std::string_view kColoured =
    "CHART text{fill:$ink}CHART .quiet{fill:$quiet}CHART .label{stroke:$card}CHART .card{fill:$card}CHART "
    ".grid{stroke:$line}"
    "CHART .leader,CHART .pace{stroke:$quiet}CHART .limit,CHART .fit,CHART .ring,CHART .board{stroke:$ink}"
    "CHART .c0{fill:$0;stroke:$0}CHART .c1{fill:$1;stroke:$1}CHART .c2{fill:$2;stroke:$2}CHART .c3{fill:$3;stroke:$3}"
    "CHART .c4{fill:$4;stroke:$4}CHART .c5{fill:$5;stroke:$5}CHART .yours{stroke:$ink}";

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

/// Written out for each scheme: programs other than browsers know no variables of CSS.
std::string style() {
  std::string shapes(kShapes), light(kColoured), dark(kColoured);
  for (const Colour& colour : colours) {
    replace_all(light, colour.name, colour.light);
    replace_all(dark, colour.name, colour.dark);
  }
  std::string all = shapes + light + "@media(prefers-color-scheme:dark){" + dark + "}";
  replace_all(all, "CHART", ".mirim-chart");
  return all;
}

/// A tenth of a pixel, without a zero at the end.
std::string px(double value) {
  const double rounded = std::round(value * 10) / 10;
  return fmt::format("{:g}", rounded == 0 ? 0.0 : rounded);
}

std::string class_of(std::string_view style) { return style.empty() ? "" : fmt::format(" class=\"{}\"", style); }

/// The outline of a shape of about the area of a circle with this radius.
std::string outline(Shape shape, double x, double y, double r) {
  const auto polygon = [&](std::initializer_list<std::pair<double, double>> corners) {
    std::string path;
    for (const auto& [dx, dy] : corners) path += (path.empty() ? "M" : "L") + px(x + dx * r) + "," + px(y + dy * r);
    return path + "Z";
  };
  switch (shape) {
    case Shape::square:
      return polygon({{-0.89, -0.89}, {0.89, -0.89}, {0.89, 0.89}, {-0.89, 0.89}});
    case Shape::diamond:
      return polygon({{0, -1.3}, {1.3, 0}, {0, 1.3}, {-1.3, 0}});
    case Shape::triangle:
      return polygon({{0, -1.3}, {1.25, 0.9}, {-1.25, 0.9}});
    case Shape::down:
      return polygon({{0, 1.3}, {1.25, -0.9}, {-1.25, -0.9}});
    case Shape::cross:
      return polygon({{-1.2, -0.4},
                      {-0.4, -0.4},
                      {-0.4, -1.2},
                      {0.4, -1.2},
                      {0.4, -0.4},
                      {1.2, -0.4},
                      {1.2, 0.4},
                      {0.4, 0.4},
                      {0.4, 1.2},
                      {-0.4, 1.2},
                      {-0.4, 0.4},
                      {-1.2, 0.4}});
    case Shape::star: {
      std::string path;
      for (int i = 0; i < 10; ++i) {
        const double angle = -std::numbers::pi / 2 + i * std::numbers::pi / 5, reach = (i % 2 == 0 ? 1.45 : 0.65) * r;
        path += (i == 0 ? "M" : "L") + px(x + reach * std::cos(angle)) + "," + px(y + reach * std::sin(angle));
      }
      return path + "Z";
    }
    case Shape::circle:
      break;
  }
  return "";
}

bool is_bold(std::string_view style) { return style.find("bold") != std::string_view::npos; }

/// The box of a text of 12 pixels whose baseline is at y.
Box box_of(double x, double y, std::string_view text, std::string_view anchor, std::string_view style) {
  const double width = text_width(text, is_bold(style));
  const double left = anchor == "start" ? x : anchor == "end" ? x - width : x - width / 2;
  return {left, y - 11, left + width, y + 4};
}

double area_of_overlap(const Box& a, const Box& b) {
  return std::max(0.0, std::min(a.right, b.right) - std::max(a.left, b.left)) *
         std::max(0.0, std::min(a.bottom, b.bottom) - std::max(a.top, b.top));
}

constexpr std::size_t kMostLabels = 200;  ///< that are tried: more find no place, and take time
constexpr double kLine = 17;              ///< from one line of text to the next

/// The box nearest to the label's mark that is free of texts, with the fewest marks under it; none if there is no such.
std::optional<Box> free_place(const Label& label, const Box& frame, double farthest, std::span<const Box> texts,
                              std::span<const Box> marks) {
  const double width = text_width(label.text, is_bold(label.style)) + 2, height = 15;
  std::optional<Box> best;
  double least = std::numeric_limits<double>::infinity();
  // Among few marks none is worth hiding; among hundreds a name far from its own is worse.
  const double weight = marks.size() < 60 ? 6 : 2;
  for (const double away : {3.0, 8.0, 16.0, 28.0, 44.0, 62.0}) {
    if (away > farthest) break;
    for (int i = 0; i < 24; ++i) {
      const double angle = i * std::numbers::pi / 12;
      const double x = label.x + std::cos(angle) * (label.r + away + width / 2);
      const double y = label.y + std::sin(angle) * (label.r + away + height / 2);
      const Box box{x - width / 2, y - height / 2, x + width / 2, y + height / 2};
      if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom)
        continue;
      if (std::ranges::any_of(texts, [&](const Box& other) { return box.overlaps(other); })) continue;
      double cost = 6 * away + (i % 6 == 0 ? 0 : 4);
      double hidden = 0;
      for (const Box& other : marks) hidden += area_of_overlap(box, other);
      if (hidden > 0.7 * width * height) continue;
      cost += weight * hidden;
      if (cost < least) {
        least = cost;
        best = box;
      }
    }
  }
  return best;
}

/// Lines no wider than `room`, broken at spaces.
std::vector<std::string> wrapped(std::string_view text, double room) {
  std::vector<std::string> lines{""};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, space - at);
    std::string longer = lines.back();
    if (!longer.empty()) longer += ' ';
    longer += word;
    if (!lines.back().empty() && text_width(longer) > room) {
      lines.emplace_back(word);
    } else {
      lines.back() = longer;
    }
    at = space + 1;
  }
  return lines;
}

}  // namespace

double Axis::operator()(double value) const {
  const auto height = [this](double v) { return logarithmic ? std::log10(v) : v; };
  return first_pixel + (height(value) - height(from)) / (height(to) - height(from)) * (last_pixel - first_pixel);
}

double text_width(std::string_view text, bool bold) {
  double width = 0;
  for (const char c : text) {
    if ((c & 0xC0) == 0x80) continue;  // inside a character of several bytes
    if (std::string_view("il.,:;|!'()[] fjt-/").find(c) != std::string_view::npos)
      width += 4.8;
    else if (std::string_view("mwMW%@").find(c) != std::string_view::npos)
      width += 11.4;
    else if (c >= 'A' && c <= 'Z')
      width += 8.7;
    else
      width += 7.7;
  }
  return bold ? 1.1 * width : width;
}

void Drawing::line(double x1, double y1, double x2, double y2, std::string_view style) {
  body_ += fmt::format("<path d=\"M{},{}L{},{}\" fill=\"none\"{}/>\n", px(x1), px(y1), px(x2), px(y2), class_of(style));
}

void Drawing::rectangle(const Box& box, std::string_view style) {
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}/>\n", px(box.left), px(box.top),
                       px(box.right - box.left), px(box.bottom - box.top), class_of(style));
}

void Drawing::text(double x, double y, std::string_view text, std::string_view anchor, std::string_view style) {
  body_ += fmt::format("<text x=\"{}\" y=\"{}\"{}{}>{}</text>\n", px(x), px(y),
                       anchor == "start" ? "" : fmt::format(" text-anchor=\"{}\"", anchor), class_of(style),
                       escaped_xml(text));
}

void Drawing::fixed_text(double x, double y, std::string_view what, std::string_view anchor, std::string_view style) {
  text(x, y, what, anchor, style);
  taken_.push_back(box_of(x, y, what, anchor, style));
}

void Drawing::mark(const Mark& m) {
  std::string about;
  if (m.tip >= 0 && !titles_)
    about = fmt::format(" data-tip=\"{}\" data-x=\"{}\" data-y=\"{}\"", m.tip, px(m.x), px(m.y));
  const std::string what =
      m.shape == Shape::circle
          ? fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}{}", px(m.x), px(m.y), px(m.r), class_of(m.style), about)
          : fmt::format("<path d=\"{}\"{}{}", outline(m.shape, m.x, m.y, m.r), class_of(m.style), about);
  const bool titled = m.tip >= 0 && titles_;
  const std::string_view element = m.shape == Shape::circle ? "circle" : "path";
  body_ += what + (titled ? fmt::format("><title>{}</title></{}>\n",
                                        escaped_xml(tips_[static_cast<std::size_t>(m.tip)]), element)
                          : "/>\n");
  if (m.tip >= 0) marks_.push_back({m.x - m.r, m.y - m.r, m.x + m.r, m.y + m.r});
}

void Drawing::labels(std::span<const Label> all, const Box& frame, double farthest) {
  for (const Label& label : all.first(std::min(all.size(), kMostLabels))) {
    const std::optional<Box> place = free_place(label, frame, farthest, taken_, marks_);
    if (!place) continue;
    const double x = std::clamp(label.x, place->left, place->right), y = std::clamp(label.y, place->top, place->bottom);
    const double way = std::hypot(x - label.x, y - label.y);
    if (way > label.r + 11) {
      line(label.x + (x - label.x) * label.r / way, label.y + (y - label.y) * label.r / way, x, y, "leader");
    }
    text((place->left + place->right) / 2, place->top + 11.5, label.text, "middle",
         label.style.empty() ? "label" : "label " + label.style);
    taken_.push_back(*place);
  }
}

double Drawing::legend(std::span<const LegendEntry> entries, double top) {
  double x = 0, row = 0;
  for (const LegendEntry& entry : entries) {
    const double symbol = std::max(16.0, entry.width), needed = symbol + 6 + text_width(entry.text);
    if (x > 0 && x + needed > width_) {
      top += row;
      x = row = 0;
    }
    // A text wider than the drawing goes on below, beside its symbol.
    const std::vector<std::string> lines = wrapped(entry.text, width_ - symbol - 6);
    const double height = std::max(entry.height + 4, kLine * static_cast<double>(lines.size()) + 1);
    row = std::max(row, height);
    entry.symbol(*this, x + symbol / 2, top + (lines.size() > 1 ? 9 : height / 2));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const double middle = lines.size() > 1 ? 9 + kLine * static_cast<double>(i) : height / 2;
      text(x + symbol + 6, top + middle + 4, lines[i], "start", "quiet");
    }
    x += needed + 18;
  }
  return top + row;
}

double Drawing::paragraph(std::string_view words, double top, std::string_view style) {
  const double scale = style.find("head") != std::string_view::npos ? 1.6 : 1;
  for (const std::string& line : wrapped(words, width_ / scale)) {
    top += kLine * std::max(1.0, 0.85 * scale);
    text(0, top - 4, line, "start", style);
  }
  return top;
}

double Drawing::below(double top, const std::function<double(Drawing&)>& part) {
  Drawing inner(width_, tips_, titles_);
  const double height = part(inner);
  body_ += fmt::format("<g transform=\"translate(0,{})\">\n{}</g>\n", px(top), inner.body_);
  return top + height;
}

std::string Drawing::finish(double height, std::string_view label) const {
  // A picture of its own has a margin and a background; in a page it is on the page's.
  const double margin = titles_ ? 20 : 0;
  const Box all{-margin, -margin, width_ + margin, height + margin};
  std::string background;
  if (titles_) {
    background = fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"card\"/>\n", px(all.left),
                             px(all.top), px(all.right - all.left), px(all.bottom - all.top));
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"mirim-chart\" viewBox=\"{} {} {} {}\" width=\"{}\" "
      "height=\"{}\" role=\"img\" "
      "aria-label=\"{}\">\n<style>{}</style>\n{}{}</svg>\n",
      px(all.left), px(all.top), px(all.right - all.left), px(all.bottom - all.top), px(all.right - all.left),
      px(all.bottom - all.top), escaped_xml(label), style(), background, body_);
}

}  // namespace mirim::chart
