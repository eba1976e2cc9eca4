#include "mirim/explore/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/base/text.hpp"
#include "mirim/machine/devices.hpp"
#include "mirim/recipe/parsed.hpp"

namespace mirim {
namespace {

const Measure& measure_called(std::string_view name) {
  std::vector<std::string> known;
  for (const Measure& measure : kMeasures) {
    if (measure.name == name) return measure;
    known.emplace_back(measure.name);
  }
  fail("budget '{}' is unknown; {}", name, suggestion(std::string(name), known));
}

std::int64_t amount(const Measure& measure, std::string_view text) {
  const double thousand = measure.unit == "bytes" ? 1024 : 1000;
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  const std::string_view suffix(end, static_cast<std::size_t>(last - end));
  if (suffix == "K" || suffix == "k") value *= thousand;
  if (suffix == "M") value *= thousand * thousand;
  const bool known = suffix.empty() || suffix == "K" || suffix == "k" || suffix == "M";
  if (error != std::errc() || !known || !(value >= 1 && value <= 1e15)) {
    fail("budget {} is '{}'; write a number from 1 on, as 32768 or 32K", measure.name, text);
  }
  return static_cast<std::int64_t>(std::floor(value));
}

void limit(Budget& budget, const Measure& measure, std::int64_t most) {
  const auto same = std::ranges::find_if(budget, [&](const Limit& l) { return l.measure.name == measure.name; });
  if (same == budget.end())
    budget.push_back({measure, most});
  else
    same->most = std::min(same->most, most);
}

}  // namespace

Budget budget_of(const std::string& text, const std::string& device) {
  Budget budget;
  for (const auto& [name, size] : named_words("budget", text, "NAME=SIZE; write for example flash=32K,ram=16K")) {
    const Measure& measure = measure_called(name);
    limit(budget, measure, amount(measure, size));
  }
  if (device.empty()) return budget;
  const Device& board = find_device(device);
  limit(budget, measure_called("flash"), board.flash_bytes);
  limit(budget, measure_called("ram"), board.ram_bytes);
  limit(budget, measure_called("arena"), board.array_bytes);
  return budget;
}

double excess(const Price& price, const Budget& budget) {
  double sum = 0;
  for (const Limit& limit : budget) {
    const double share = static_cast<double>(price.*limit.measure.of) / static_cast<double>(limit.most);
    sum += std::max(0.0, share - 1);
  }
  return sum;
}

std::string over(const Price& price, const Budget& budget) {
  std::string text;
  for (const Limit& limit : budget) {
    const std::int64_t needs = price.*limit.measure.of;
    if (needs <= limit.most) continue;
    text +=
        fmt::format("{}{} {} {}, {} more than the budget's {}", text.empty() ? "" : "; ", limit.measure.name,
                    with_commas(needs), limit.measure.unit, with_commas(needs - limit.most), with_commas(limit.most));
  }
  return text;
}

}  // namespace mirim
