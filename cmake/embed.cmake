# cmake -DROOT=folder -DOUTPUT=file.cpp -DHEADER=h.hpp -DNAMESPACE=n -DFUNCTION=f -DFILES=a,b,c -P embed.cmake: a C++ source
# with the files' texts, which n::f() of h.hpp returns as std::span<const EmbeddedFile> (mirim/base/embedded.hpp).
string(REPLACE "," ";" files "${FILES}")
list(SORT files)
set(text "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\nnamespace {\n\nusing namespace std::string_view_literals;\n\n// sv: counting each text would pass the steps that clang grants a constant.\nconstexpr EmbeddedFile files[] = {\n")
foreach(file IN LISTS files)
  file(READ "${ROOT}/${file}" content)
  string(APPEND text "    {\"${file}\", R\"~mirim~(${content})~mirim~\"sv},\n")
endforeach()
string(APPEND text "};\n\n}  // namespace\n\nstd::span<const EmbeddedFile> ${FUNCTION}() { return files; }\n\n}  // namespace ${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${text}")
