# backstay_embed(TARGET NAME DIR PATTERN…): compiles the files below DIR that match into TARGET, as
#   std::span<const backstay::EmbeddedFile> backstay::embedded_NAME()
# sorted by name (relative to DIR). So the binary needs no installed data and finds what it was built
# with, wherever it lies.
function(backstay_embed target name dir)
  set(files "")
  foreach(pattern IN LISTS ARGN)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE "${dir}" "${dir}/${pattern}")
    list(APPEND files ${found})
  endforeach()
  list(SORT files)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp")
  set(inputs "")
  foreach(file IN LISTS files)
    list(APPEND inputs "${dir}/${file}")
  endforeach()
  add_custom_command(
    OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} "-DNAME=${name}" "-DDIR=${dir}" "-DFILES=${files}" "-DOUTPUT=${output}"
            -P "${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake"
    DEPENDS ${inputs} "${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake"
    VERBATIM COMMENT "Embedding ${name}")
  target_sources(${target} PRIVATE "${output}")
endfunction()
