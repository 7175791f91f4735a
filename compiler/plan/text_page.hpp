// Lines, headings and tables of the texts that a reader of a plan sees.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan_text.hpp"

namespace backstay::plan {

/// Collects lines; knows the colours and the dashes. Nothing of a plan reaches a terminal as it is.
class TextPage {
 public:
  explicit TextPage(const PlanTextOptions& options) : options_(options) {}

  void heading(std::string_view text);
  void line(std::string_view text);
  /// A line that a reviewer must not miss.
  void danger(std::string_view text);

  /// As it is.
  void raw(std::string_view text) { out_ += text; }

  /// Rows with columns as wide as their widest cell; the last column is not padded.
  void table(const std::vector<std::vector<std::string>>& rows);

  /// A dash for a cell that holds nothing.
  [[nodiscard]] std::string_view none() const { return options_.unicode ? "–" : "-"; }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  PlanTextOptions options_;
  std::string out_;
};

/// `1 step`, `2 steps`
[[nodiscard]] std::string plural(std::size_t count, std::string_view one);

}  // namespace backstay::plan
