#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/random_input.hpp"

namespace mirim {

/// Fills `to` with draw `number` of a random input: `stream` is its place among the graph's inputs. The numbers are
/// those of micro/random.hpp, with the same bits on every machine.
void draw(Distribution distribution, std::uint64_t seed, std::uint64_t number, int stream, std::span<float> to);

/// The same into a tensor of float32, or of integers by its one scale. Throws Error that names the input for others.
void draw_into(const TensorView& to, const std::string& name, Distribution distribution, std::uint64_t seed,
               std::uint64_t number, int stream);

/// Fills the random inputs of an interpreter's graph, as `draw_into`.
void draw_random_inputs(Interpreter& interpreter, std::uint64_t seed, std::uint64_t number);

}  // namespace mirim
