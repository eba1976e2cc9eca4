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
/// x and y move the middle by a quarter of the side to either hand (right, down), size makes half the length a tenth to
/// a fifth of the side, angle turns by 45 degrees (to the right: clockwise on the screen). Edges are soft by a pixel.
///
/// Keys: samples (1 to 200,000; 4,000), together (so many samples in a row are a group and differ in one factor alone,
/// groups taking turns; 1 to 1,000; 1), side (16 to 128; 32), seed (1). Throws Error for another shape, key or value,
/// and for samples that are no multiple of `together`.
Source load_sprites(std::string_view spec);

}  // namespace mirim
