# mirim_embed(NAME HEADER h.hpp NAMESPACE n FUNCTION f FILES pattern...): the texts of these files, patterns from the root, become
# part of the target mirim_NAME; n::f() returns them, sorted by path.
function(mirim_embed name)
  cmake_parse_arguments(arg "" "HEADER;NAMESPACE;FUNCTION" "FILES" ${ARGN})
  list(TRANSFORM arg_FILES PREPEND ${PROJECT_SOURCE_DIR}/)
  file(GLOB_RECURSE files RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${arg_FILES})
  set(output ${PROJECT_BINARY_DIR}/${arg_FUNCTION}.cpp)
  list(JOIN files "," list)
  list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DOUTPUT=${output} -DHEADER=${arg_HEADER} -DNAMESPACE=${arg_NAMESPACE}
            -DFUNCTION=${arg_FUNCTION} -DFILES=${list} -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    COMMENT "Embedding the files of ${arg_NAMESPACE}::${arg_FUNCTION}"
    VERBATIM)
  # A file may be longer than the 65,536 characters that every compiler must take; ours take more.
  set_source_files_properties(${output} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
  target_sources(mirim_${name} PRIVATE ${output})
endfunction()
