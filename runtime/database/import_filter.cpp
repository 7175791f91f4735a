// Takes CREATE DATABASE and USE out of a dump: see the header.
#include "runtime/database/import_filter.hpp"

namespace backstay::runtime {

Result<void> ImportFilter::begin(const Statement& statement) {
  x_drop = statement.kind == StatementKind::CreateDatabase || statement.kind == StatementKind::Use;
  return {};
}

Result<void> ImportFilter::bytes(std::string_view part) {
  return x_drop ? Result<void>() : x_output(part);
}

Result<void> ImportFilter::end(const Statement& statement) {
  if (statement.kind == StatementKind::CreateTable)
    x_tables[statement.name];
  if (statement.kind == StatementKind::CreateSequence)
    x_tables[statement.name].sequence = true;
  if (statement.kind == StatementKind::Insert)
    x_tables[statement.name].rows += statement.rows;
  return {};
}

}  // namespace backstay::runtime
