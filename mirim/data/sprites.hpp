#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// sprites:SHAPE[?key=value&...]: images of one white shape on black, made from a seed, uint8 [side, side, 1], and what
/// they were made of as targets, each from -1 to 1: x, y, size, angle. For models that find such factors themselves.
///
///   box      twice as long as it is wide
///   ellipse  likewise
///
/// x moves the middle to the right and y down, both by a quarter of the side at 1. Half the length is from a tenth of
/// the side (size -1) to a fifth (1). An angle of 1 turns by 45 degrees, clockwise on the screen. Edges are soft by a
/// pixel.
///
/// Keys: samples (1 to 200,000; 4,000), together (1 to 1,000; 1), side (16 to 128; 32), seed (1). So many samples in a
/// row as `together` says are a group: they differ in one factor alone, and groups take turns. Throws Error for another
/// shape, key or value, and for samples that are no multiple of `together`.
Source load_sprites(std::string_view spec);

}  // namespace mirim
