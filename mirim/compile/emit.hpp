#pragma once

#include <set>
#include <string>
#include <vector>

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
/// They include each other from where they stand, so that no -I is needed.
std::vector<Artifact::File> copy_kernels(const Plan& plan);

/// The kernels' headers that the source includes: "mirim/micro/conv2d.hpp".
std::set<std::string> kernel_headers(const Plan& plan);

/// example.c: a main that runs the model once. Empty to a compiler unless NAME_EXAMPLE is defined, since some builds
/// take in every source of a folder.
std::string emit_example(const Firmware& firmware);

/// README.md: this very model, for who is to build it into a program.
std::string emit_readme(const Artifact& artifact);

/// What the header calls the elements of an input or output: "int8_t"; truth values are uint8_t, since C99 has no bool.
std::string port_type(const Firmware::Port& port);

/// Whether numbers can be converted to and from the port one by one: integers with one scale.
bool has_scale(const Firmware::Port& port);

/// A packed constant's elements as C++ text, lines indented by four blanks.
std::string emit_elements(const PackedConstant& constant);

/// "int8 1x49x10x1".
std::string describe_type(const TensorType& type);

/// Text from a model for a comment: what could end the comment, or is not printable ASCII, becomes '_'.
std::string comment_text(std::string_view text);

}  // namespace mirim
