#pragma once

#include <string>

#include "mirim/compile/compile.hpp"

namespace mirim {

/// The name.h of the C API, valid C99 and C++.
std::string emit_header(const Plan& plan, const Firmware& firmware);

/// The name.cpp: constants and calls into the kernels. The same plan gives the same text.
std::string emit_source(const Plan& plan, const Firmware& firmware);

/// CMakeLists.txt: the model as a static library.
std::string emit_build_file(const Firmware& firmware);

/// Copies of the kernels' headers that the plan uses, with what they include; their inline namespace is named by the
/// hash of just these texts, so that two models made by two versions of mirim can live in one firmware.
std::vector<Artifact::File> copy_kernels(const Plan& plan);

/// A packed constant's elements as C++ text, lines indented by four blanks.
std::string emit_elements(const PackedConstant& constant);

/// "int8 1x49x10x1".
std::string describe_type(const TensorType& type);

/// Text from a model for a comment: what could end the comment, or is not printable ASCII, becomes '_'.
std::string comment_text(std::string_view text);

}  // namespace mirim
