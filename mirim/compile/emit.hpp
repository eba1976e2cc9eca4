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

/// Macros of a port with the prefix `macro`: the names of its elements (`macro`_NAMES) and its scaling (`macro`_MEAN,
/// `macro`_DEVIATION), if it has them.
std::string emit_meaning(const std::string& macro, const Firmware::Port& port);

/// `prefix`_CLASS_COUNT and `prefix`_CLASS_NAMES, if output 0 has class names.
std::string emit_classes(const std::string& prefix, const Firmware& firmware);

/// name_quantize_input_0(const float*) and name_dequantize_output_0(float*), for each integer port with one scale:
/// conversions of raw numbers with the bits of the host. Declarations for the header, or the bodies.
std::string emit_conversions(const Firmware& firmware, bool body);

/// CMakeLists.txt: the model as a static library.
std::string emit_build_file(const Firmware& firmware);

/// Copies of the kernel headers that the plan uses, including what they include. Their inline namespace is named by the
/// hash of exactly these texts, so that two models made by two versions of mirim can be in one firmware. Their includes
/// are relative, so no -I is needed.
std::vector<Artifact::File> copy_kernels(const Plan& plan);

/// The kernels' headers that the source includes: "mirim/micro/conv2d.hpp".
std::set<std::string> kernel_headers(const Plan& plan);

/// example.c: a main that runs the model once. Compiles to nothing unless NAME_EXAMPLE is defined, since some builds
/// compile every source of a folder.
std::string emit_example(const Firmware& firmware);

/// README.md about this model, for users who build it into a program.
std::string emit_readme(const Artifact& artifact);

/// The C type of an input's or output's elements: "int8_t"; booleans are uint8_t, since C99 has no bool.
std::string port_type(const Firmware::Port& port);

/// Whether single numbers can be converted to and from the port: integers with one scale.
bool has_scale(const Firmware::Port& port);
/// Whether the program can fill random inputs itself (`model_draw`).
bool draws(const Firmware& firmware);

/// A packed constant's elements as C++ text, lines indented by four blanks.
std::string emit_elements(const PackedConstant& constant);

/// "int8 1x49x10x1".
std::string describe_type(const TensorType& type);

/// Text from a model for a comment: what could end the comment, or is not printable ASCII, becomes '_'.
std::string comment_text(std::string_view text);

}  // namespace mirim
