#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mirim {

/// A model's named sizes: {"classes", 10}.
using Parameters = std::map<std::string, std::int64_t>;

/// The value of a size given as text: whole numbers and names of parameters with + - * / and parentheses, where /
/// rounds toward zero: "2*width", "(height+1)/2". Throws Error for anything else, a division by zero, a number beyond
/// 2^62 or parentheses nested more than 50 deep.
std::int64_t evaluate(std::string_view expression, const Parameters& parameters);

}  // namespace mirim
