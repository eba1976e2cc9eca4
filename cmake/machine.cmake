# What mirim_machine needs beside its sources: texts that the binary carries, and the plugin with which QEMU counts.

mirim_embed(machine HEADER mirim/machine/embedded.hpp NAMESPACE mirim FUNCTION embedded_files FILES mirim/micro/*.hpp mirim/machine/boards/*)

# QEMU loads it, so no sanitizer may be in it. It stands beside the programs, where the runner looks.
add_library(mirim_qemu_count MODULE ${PROJECT_SOURCE_DIR}/mirim/machine/qemu/count_instructions.cpp)
set_target_properties(mirim_qemu_count PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
target_include_directories(mirim_qemu_count PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_options(mirim_qemu_count PRIVATE -fno-sanitize=all)
target_link_options(mirim_qemu_count PRIVATE -fno-sanitize=all)
add_dependencies(mirim_machine mirim_qemu_count)
