# What mirim_machine needs beside its sources: texts that the binary carries, and the plugin with which QEMU counts.

file(GLOB_RECURSE embedded RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
     ${PROJECT_SOURCE_DIR}/mirim/micro/*.hpp ${PROJECT_SOURCE_DIR}/mirim/machine/boards/*)
set(embedded_cpp ${PROJECT_BINARY_DIR}/embedded_files.cpp)
list(JOIN embedded "," embedded_list)
list(TRANSFORM embedded PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE embedded_paths)
add_custom_command(
  OUTPUT ${embedded_cpp}
  COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DOUTPUT=${embedded_cpp} -DFILES=${embedded_list} -P
          ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS ${embedded_paths} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
  COMMENT "Embedding the device kernels and board files"
  VERBATIM)
target_sources(mirim_machine PRIVATE ${embedded_cpp})

# QEMU loads it, so no sanitizer may be in it. It stands beside the programs, where the runner looks.
add_library(mirim_qemu_count MODULE ${PROJECT_SOURCE_DIR}/mirim/machine/qemu/count_instructions.cpp)
set_target_properties(mirim_qemu_count PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
target_include_directories(mirim_qemu_count PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_options(mirim_qemu_count PRIVATE -fno-sanitize=all)
target_link_options(mirim_qemu_count PRIVATE -fno-sanitize=all)
add_dependencies(mirim_machine mirim_qemu_count)
