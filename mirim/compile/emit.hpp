#pragma once

#include <string>

#include "mirim/compile/compile.hpp"

namespace mirim {

/// The name.h of the C API, valid C99 and C++.
std::string emit_header(const Plan& plan, const Firmware& firmware);

/// The name.cpp: constants and calls into the kernels. The same plan gives the same text.
std::string emit_source(const Plan& plan, const Firmware& firmware);

/// Macros of a port, `macro` in front: the names of its elements (`macro`_NAMES) and its scaling (`macro`_MEAN,
/// `macro`_DEVIATION), whichever it has.
std::string emit_meaning(const std::string& macro, const Firmware::Port& port);

/// `prefix`_CLASS_COUNT and `prefix`_CLASS_NAMES, where output 0 has names of classes.
std::string emit_classes(const std::string& prefix, const Firmware& firmware);

/// name_quantize_input_0(const float*) and name_dequantize_output_0(float*), for each port of integers with one scale:
/// what a data set's numbers become, with the bits of the host. Declarations for the header, or the bodies.
std::string emit_conversions(const Firmware& firmware, bool body);

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
