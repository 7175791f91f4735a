// Takes CREATE DATABASE and USE out of a dump: see the header.
#include "runtime/database/import_filter.hpp"

namespace backstay::runtime {

Result<void> ImportFilter::begin(const Statement& statement) {
  drop_ = statement.kind == StatementKind::CreateDatabase || statement.kind == StatementKind::Use;
  return {};
}

Result<void> ImportFilter::bytes(std::string_view part) {
  return drop_ ? Result<void>() : output_(part);
}

Result<void> ImportFilter::end(const Statement& statement) {
  if (statement.kind == StatementKind::CreateTable)
    tables_[statement.name];
  if (statement.kind == StatementKind::CreateSequence)
    tables_[statement.name].sequence = true;
  if (statement.kind == StatementKind::Insert)
    tables_[statement.name].rows += statement.rows;
  return {};
}

}  // namespace backstay::runtime
