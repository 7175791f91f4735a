// The report as one HTML file: no scripts, no network, light and dark, screen and paper.
#pragma once

#include <string>

#include "cli/report/report_data.hpp"

namespace backstay::cli {

[[nodiscard]] std::string render_page(const ReportData& data);

/// The style sheet of the page.
[[nodiscard]] std::string_view page_style();

}  // namespace backstay::cli
