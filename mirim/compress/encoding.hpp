#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/base/bytes.hpp"
#include "mirim/compress/numbers.hpp"
#include "mirim/compress/symbol_code.hpp"
#include "mirim/compress/zeros.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// How a constant is stored. As it is by default, the only way for other types than float32 and int8.
///
/// Its bytes hold all but the type and shape, numbers lowest byte first:
///
///     2 bytes   symbols + 16 * zeros; code + 4 * zeros_code + 16 * (axis of the rows + 1); then, if it is stored
///               as it is (own, stored, packed), its memory, and else:
///     sizes     rows and columns of a block, or keep and of; rows of a segment (7 bits a byte)
///     1 byte    width of the restart points, if there are two segments or more
///     numbers   flags, codebook's size, scales, codebook (write_numbers)
///     tables    of the weights' code, of the places' code
///     restart   where in the data each segment but the first starts
///     data      of each segment the places of what is not zero, then the weights, each from a full byte on
///
/// The data is cut in segments so that a device can start at one of them and need little memory. It holds the table of
/// each code (Huffman: 282 bytes for 256 symbols, rANS: 514; 4 KB more make it quicker), 8 bytes of state, and, where
/// zeros are apart, the places of a segment: 1 bit a weight, so 512 bytes for 4096, or 1 a block. Where both codes are
/// packed and zeros are stored or in a pattern, each place follows from the shape, and all rows are one segment.
struct Encoding {
  Symbols symbols = Symbols::own;
  Zeros zeros = Zeros::stored;
  Code code = Code::packed;        ///< of the weights
  Code zeros_code = Code::packed;  ///< of the places, unless zeros are stored
  /// Weights between restart points: as many rows as do not pass it, at least one (or one of blocks). 0: no points.
  std::int64_t segment = 4096;

  bool operator==(const Encoding&) const = default;
};

/// "codebook in rANS, zeros by a mask in Huffman": for people.
std::string to_string(const Encoding& encoding);

/// The value, a constant, as bytes. Throws Error when its numbers cannot be stored so (see offers), and for a type
/// whose elements have no fixed size.
Bytes encode(const Value& value, const Encoding& encoding);

/// The elements again, to the bit. Throws Error for bytes that encode did not make for this type; what it allocates
/// depends on the type alone.
Constant decode(BytesView bytes, const TensorType& type);

/// The encodings that are possible and not pointless: an entropy code only for the narrowest integers. Zeros apart
/// where there are any (those of +0 bits); in blocks or a pattern where the form says so. The plainest come first.
std::vector<Encoding> offers(const Value& value);

struct Stored {
  Encoding encoding{};
  std::int64_t bytes = 0;
};
/// The offer with the fewest bytes, counted by encoding; of equals the first.
Stored smallest(const Value& value, std::int64_t segment = Encoding{}.segment);

}  // namespace mirim
