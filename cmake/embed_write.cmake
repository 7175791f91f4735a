# Writes the .cpp of backstay_embed().
set(text "#include \"lang/base/embedded.hpp\"\n\n#include <array>\n\nnamespace backstay {\n\n")
string(APPEND text "std::span<const EmbeddedFile> embedded_${NAME}() {\n")
list(LENGTH FILES count)
string(APPEND text "  static constexpr std::array<EmbeddedFile, ${count}> kFiles = {{\n")
foreach(file IN LISTS FILES)
  # Read as hex so that no byte of the file can meet CMake's own quoting rules.
  file(READ "${DIR}/${file}" hex HEX)
  file(READ "${DIR}/${file}" content)
  string(LENGTH "${hex}" digits)
  math(EXPR bytes "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  # String literals of at most 8,000 bytes each: compilers need not take longer ones.
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f]){1,64})" "\"\\1\"\n" escaped "${escaped}")
  string(APPEND text "      EmbeddedFile{\"${file}\", std::string_view(${escaped}, ${bytes})},\n")
endforeach()
string(APPEND text "  }};\n  return kFiles;\n}\n\n}  // namespace backstay\n")
file(WRITE "${OUTPUT}" "${text}")
