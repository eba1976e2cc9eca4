#include "mirim/chart/drawing.hpp"

#include <gmock/gmock.h>

#include <random>
#include <regex>

#include "mirim/chart/ball.hpp"
#include "mirim/chart/data.hpp"
#include "mirim/chart/fits.hpp"
#include "mirim/chart/growth.hpp"

namespace mirim::chart {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Boxes of the labels of a drawing, from its text: 12 pixels, middle of the baseline at (x, y).
std::vector<Box> boxes_of_labels(const std::string& svg) {
  static const std::regex label(
      "<text x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" text-anchor=\"middle\" class=\"label( bold)?\">([^<]*)</text>");
  std::vector<Box> boxes;
  for (std::sregex_iterator at(svg.begin(), svg.end(), label), end; at != end; ++at) {
    const double x = std::stod((*at)[1]), y = std::stod((*at)[2]),
                 half = text_width((*at)[4].str(), (*at)[3].matched) / 2;
    boxes.push_back({x - half, y - 10, x + half, y + 2});
  }
  return boxes;
}

void expect_apart(const std::vector<Box>& boxes) {
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) EXPECT_FALSE(boxes[i].overlaps(boxes[k])) << i << " " << k;
  }
}

TEST(Drawing, labels_never_overlap_however_many_there_are) {
  std::mt19937 random(7);
  for (const double width : {296.0, 1020.0}) {
    Drawing drawing(width, {}, false);
    std::vector<Label> labels;
    for (int i = 0; i < 200; ++i) {
      labels.push_back({static_cast<double>(random() % 290), static_cast<double>(random() % 300), 4,
                        "Label " + std::to_string(random() % 100000), ""});
    }
    drawing.labels(labels, {0, 0, width, 300});
    const std::vector<Box> boxes = boxes_of_labels(drawing.finish(300, ""));
    EXPECT_GT(boxes.size(), 20U);
    expect_apart(boxes);
    for (const Box& box : boxes) EXPECT_TRUE(box.left >= -1 && box.right <= width + 1);
  }
}

TEST(Drawing, a_label_keeps_away_from_fixed_text) {
  Drawing drawing(300, {}, false);
  drawing.fixed_text(100, 104, "fixed text");
  const std::vector<Label> labels{{95, 100, 4, "label", ""}};
  drawing.labels(labels, {0, 0, 300, 200});
  const std::vector<Box> boxes = boxes_of_labels(drawing.finish(200, ""));
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_FALSE(boxes[0].overlaps({100, 93, 160, 108}));
}

TEST(Drawing, a_picture_has_titles_and_a_page_has_tips) {
  const std::vector<std::string> tips{"a <tip>"};
  Drawing alone(100, tips, true), inside(100, tips, false);
  for (Drawing* drawing : {&alone, &inside}) drawing->mark({.x = 5, .y = 5, .tip = 0});
  EXPECT_THAT(alone.finish(10, "l"), HasSubstr("<title>a &lt;tip&gt;</title>"));
  EXPECT_THAT(inside.finish(10, "l"), HasSubstr("data-tip=\"0\""));
}

TEST(Drawing, axes_go_by_value_or_by_its_logarithm) {
  const Axis linear{0, 10, 0, 100}, logarithmic{1, 1000, 300, 0, true};
  EXPECT_DOUBLE_EQ(linear(2.5), 25);
  EXPECT_NEAR(logarithmic(10), 200, 1e-9);
}

TEST(Charts, no_label_overlaps_another_at_any_width_in_either_language) {
  const Device& board = find_device("nano33ble");
  for (const Language language : {Language::en, Language::pt}) {
    const Chart charts[] = {growth_chart(read_growth(embedded_csv("training_compute.csv")), language),
                            ball_chart(read_classifiers(embedded_csv("imagenet_models.csv")), board, language),
                            fits_chart(read_networks(embedded_csv("device_models.csv")), board, language)};
    for (const Chart& chart : charts) {
      for (const double width : {296.0, 480.0, 740.0, 1020.0}) {
        Drawing drawing(width, chart.tips, false);
        const double height = chart.draw(drawing);
        const std::string svg = drawing.finish(height, chart.label);
        const std::vector<Box> boxes = boxes_of_labels(svg);
        EXPECT_GE(boxes.size(), 8U) << chart.name << " " << width;
        expect_apart(boxes);
        EXPECT_THAT(svg, Not(HasSubstr("nan")));
      }
    }
  }
}

TEST(Charts, a_mac_a_cycle_is_64_million_a_second_on_the_nano) {
  const std::string svg = picture(
      ball_chart(read_classifiers(embedded_csv("imagenet_models.csv")), find_device("nano33ble"), Language::en));
  EXPECT_THAT(svg, HasSubstr("at 64 MHz and one MAC a cycle"));
  EXPECT_THAT(svg, HasSubstr("~1 s"));
}

TEST(Charts, of_imagenet_on_a_megabyte_only_mcunet_fits) {
  // mit-han-lab/mcunet's table: in2 in 242 kB of SRAM is the first ImageNet network in 256 KB and 1 MB
  const Chart chart =
      fits_chart(read_networks(embedded_csv("device_models.csv")), find_device("nano33ble"), Language::en);
  EXPECT_THAT(chart.lead[0], HasSubstr("LeNet-5, MCUNet-in2"));
  EXPECT_THAT(chart.lead[0], Not(testing::AnyOf(HasSubstr("AlexNet"), HasSubstr("MobileNet"), HasSubstr("in4"))));
  EXPECT_THAT(fits_chart(read_networks("model,date,weights,weights_unit,arena,arena_unit,source\nA,2012,2,MB,1,kB,x\n"),
                         find_device("nano33ble"), Language::pt)
                  .lead[0],
              HasSubstr("nenhuma"));
}

}  // namespace
}  // namespace mirim::chart
