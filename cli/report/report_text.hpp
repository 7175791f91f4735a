// The report for a terminal or a mail.
#pragma once

#include <string>

#include "cli/report/report_data.hpp"

namespace backstay::cli {

/// ASCII letters stand for days; every line fits 100 columns where names are short.
[[nodiscard]] std::string render_report_text(const ReportData& data);

/// JSON, `schema_version` 1, indented, with a final newline. Fields are added, never changed.
[[nodiscard]] std::string render_report_json(const ReportData& data);

}  // namespace backstay::cli
