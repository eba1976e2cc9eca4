#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mirim {

/// The sizes a model leaves open, by name: {"classes", 10}.
using Parameters = std::map<std::string, std::int64_t>;

/// The value of a size written as text: whole numbers and the names of parameters with + - * / and parentheses, where
/// / rounds toward zero: "2*width", "(height+1)/2". Throws Error on anything else, a division by zero, a number
/// beyond 2^62 or parentheses nested more than 50 deep.
std::int64_t evaluate(std::string_view expression, const Parameters& parameters);

}  // namespace mirim
