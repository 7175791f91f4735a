# What stands between a fault and a lost backup. With BACKSTAY_CORE_COVERAGE these files, and only these,
# are built for gcov; script/coverage runs their tests and prints the table.
set(trusted_core_compiler plan/retention.cpp)
set(trusted_core_runtime
  journal/journal.cpp
  journal/journal_line.cpp
  journal/read_journal.cpp
  restore/beneath.cpp
  restore/file_writer.cpp
  restore/metadata.cpp
  restore/tree_writer.cpp
  store/begin.cpp
  store/commit.cpp
  store/directory_staging.cpp
  store/layout.cpp
  store/lock.cpp
  store/manifest.cpp
  store/part_check.cpp
  store/publish.cpp
  store/records.cpp
  store/sequence.cpp
  store/snapshot_copy.cpp
  store/store.cpp
  store/stored_hashes.cpp
  store/sums.cpp
  store/verify.cpp
  system/child_setup.cpp
  system/descriptors.cpp
  system/file_tools.cpp
  system/filesystem.cpp
  system/secrets.cpp
  system/subprocess.cpp
)
foreach(floor compiler runtime)
  list(TRANSFORM trusted_core_${floor} PREPEND "${PROJECT_SOURCE_DIR}/${floor}/" OUTPUT_VARIABLE files)
  set_property(SOURCE ${files} DIRECTORY ${PROJECT_SOURCE_DIR}/${floor}
    APPEND PROPERTY COMPILE_OPTIONS --coverage -O0)
endforeach()
target_link_options(backstay_settings INTERFACE --coverage)
