#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mirim::chart {

/// A rectangle in pixels, y down.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// From values to pixels, linear or by the logarithm.
struct Axis {
  double from = 0, to = 1;  ///< values; above 0 if logarithmic
  double first_pixel = 0, last_pixel = 1;
  bool logarithmic = false;
  double operator()(double value) const;
};

/// Marks that are told apart without colour.
enum class Shape { circle, square, diamond, triangle, down, cross, star };

/// A mark of a chart. `style` is one of kStyle's classes, such as "c0 full".
struct Mark {
  Shape shape = Shape::circle;
  double x = 0, y = 0, r = 4;
  std::string style{};
  int tip = -1;  ///< index into the drawing's tips
};

/// A text beside a mark, and how it is drawn.
struct Label {
  double x = 0, y = 0, r = 4;
  std::string text{};
  std::string style{};
};

/// An entry of a legend: draws its symbol about the middle (x, y), as wide and high as it says.
struct LegendEntry {
  std::string text{};
  double width = 16, height = 16;
  std::function<void(class Drawing&, double x, double y)> symbol{};
};

/// How wide a text of 12 pixels is drawn at most, in whichever sans-serif font.
double text_width(std::string_view text, bool bold = false);

/// An SVG that follows the reader's light or dark scheme. Everything is in pixels.
class Drawing {
 public:
  /// `tips` are texts about marks; with `titles` they stand in the SVG, else the marks have their index as data-tip.
  Drawing(double width, std::span<const std::string> tips, bool titles) : width_(width), tips_(tips), titles_(titles) {}

  double width() const { return width_; }
  void line(double x1, double y1, double x2, double y2, std::string_view style);
  void rectangle(const Box& box, std::string_view style);
  /// `anchor` is start, middle or end.
  void text(double x, double y, std::string_view text, std::string_view anchor = "start", std::string_view style = "");
  /// Text that keeps labels away.
  void fixed_text(double x, double y, std::string_view text, std::string_view anchor = "start",
                  std::string_view style = "");
  void mark(const Mark& mark);
  /// Keeps labels away from a place.
  void keep_free(const Box& box) { taken_.push_back(box); }
  /// Writes labels beside their marks, the first ones first, inside the frame and at most `farthest` pixels away. None
  /// covers another label or a fixed text. One that finds no place, or would hide many marks, is left out.
  void labels(std::span<const Label> labels, const Box& frame, double farthest = 62);
  /// Writes the entries from (0, top) on, in rows; returns the y below them.
  double legend(std::span<const LegendEntry> entries, double top);
  /// Writes lines of text, wrapped to the width; returns the y below them.
  double paragraph(std::string_view text, double top, std::string_view style);
  /// Draws `part` so far down; returns the y below it.
  double below(double top, const std::function<double(Drawing&)>& part);
  /// The SVG, `height` high; `label` is what a reader is told who does not see it.
  std::string finish(double height, std::string_view label) const;

 private:
  double width_;
  std::span<const std::string> tips_;
  bool titles_;
  std::string body_{};
  std::vector<Box> taken_{};  ///< by texts
  std::vector<Box> marks_{};
};

}  // namespace mirim::chart
