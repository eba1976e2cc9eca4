#include "mirim/chart/quantity.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"

namespace mirim::chart {
namespace {

struct Scale {
  std::string_view name;
  double factor;
};

constexpr Scale letters[] = {{"", 1},     {"k", 1e3},  {"K", 1e3},  {"M", 1e6},  {"G", 1e9},
                             {"T", 1e12}, {"P", 1e15}, {"E", 1e18}, {"Z", 1e21}, {"Y", 1e24}};
constexpr Scale words[] = {{"kilo", 1e3},  {"mega", 1e6}, {"giga", 1e9},   {"tera", 1e12},
                           {"peta", 1e15}, {"exa", 1e18}, {"zetta", 1e21}, {"yotta", 1e24}};
constexpr Scale times[] = {{"second", 1}, {"hour", 3600}, {"day", 86400}, {"year", 365.25 * 86400}};
constexpr Scale sizes[] = {{"B", 1},       {"byte", 1},       {"bytes", 1},         {"kB", 1e3},
                           {"KB", 1e3},    {"MB", 1e6},       {"GB", 1e9},          {"TB", 1e12},
                           {"KiB", 1024.}, {"MiB", 1048576.}, {"GiB", 1073741824.}, {"TiB", 1099511627776.}};
constexpr Scale shares[] = {{"%", 0.01}, {"percent", 0.01}, {"fraction", 1}};

std::optional<double> find(std::span<const Scale> all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &Scale::name);
  return found == all.end() ? std::nullopt : std::optional(found->factor);
}

/// The factor of a prefix before one of the bodies: "GMAC" with "MAC" is 1e9. A body may have a small plural s.
std::optional<double> prefixed(std::string_view unit, std::string_view body) {
  if (unit.ends_with('s')) unit.remove_suffix(1);
  if (!unit.ends_with(body)) return std::nullopt;
  unit.remove_suffix(body.size());
  const std::optional<double> letter = find(letters, unit);
  return letter ? letter : find(words, unit);
}

/// "petaFLOP/s-day": so much work in a second, for so long.
std::optional<double> for_some_time(std::string_view unit) {
  const std::size_t slash = unit.find("/s-");
  if (slash == std::string_view::npos) return std::nullopt;
  std::string_view time = unit.substr(slash + 3);
  if (time.ends_with('s')) time.remove_suffix(1);
  const std::optional<double> rate = prefixed(unit.substr(0, slash), "FLOP"), seconds = find(times, time);
  return rate && seconds ? std::optional(*rate * *seconds) : std::nullopt;
}

std::optional<double> factor(std::string_view unit, Measure measure) {
  switch (measure) {
    case Measure::compute: {
      const std::optional<double> plain = prefixed(unit, "FLOP");
      return plain ? plain : for_some_time(unit);
    }
    case Measure::operations: {
      if (const std::optional<double> macs = prefixed(unit, "MAC")) return macs;
      const std::optional<double> flop = prefixed(unit, "FLOP");
      return flop ? std::optional(*flop / 2) : std::nullopt;
    }
    case Measure::bytes:
      return find(sizes, unit);
    case Measure::share:
      return find(shares, unit);
  }
  return std::nullopt;
}

std::string_view known(Measure measure) {
  switch (measure) {
    case Measure::compute:
      return "FLOP, with prefixes as in GFLOP or exaFLOP, and petaFLOP/s-day";
    case Measure::operations:
      return "MAC and FLOP (1 MAC is 2), with prefixes as in MMAC or GFLOP";
    case Measure::bytes:
      return "B, kB, MB, GB (powers of 1,000), KiB, MiB, GiB (powers of 1,024)";
    case Measure::share:
      break;
  }
  return "%, percent and fraction";
}

}  // namespace

double in_base_unit(double value, std::string_view unit, Measure measure) {
  const std::optional<double> found = factor(unit, measure);
  if (found) return value * *found;
  if (unit.ends_with("FLOPS") || unit.ends_with("FLOP/s")) {
    fail("unit '{}' is a rate; there are {}", shortened(unit), known(measure));
  }
  fail("unit '{}' is unknown; there are {}", shortened(unit), known(measure));
}

}  // namespace mirim::chart
