#include "compiler/plan/reserved_names.hpp"

namespace backstay::plan {
namespace {

// Whether text begins as a run's id does: 8 digits, T, 6 digits, Z.
bool begins_as_run(std::string_view text) {
  constexpr std::string_view kShape = "00000000T000000Z";
  if (text.size() < kShape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = text[i];
    if (kShape[i] == '0' ? (c < '0' || c > '9') : c != kShape[i]) {
      return false;
    }
  }
  return true;
}

bool has_run_after(std::string_view name, std::string_view mark) {
  const std::size_t at = name.rfind(mark);
  return at != std::string_view::npos && begins_as_run(name.substr(at + mark.size()));
}

}  // namespace

bool is_reserved_name(std::string_view name) {
  return name.starts_with(".backstay-") || has_run_after(name, ".orig-") ||
         has_run_after(name, "__backstay_") || has_run_after(name, "__orig_");
}

}  // namespace backstay::plan
