#include "cli/render/json_text.hpp"

#include <nlohmann/json.hpp>

#include "lang/base/printable.hpp"

namespace backstay::cli {
namespace {

std::string text_of(const nlohmann::ordered_json& json, int indent) {
  return lang::safe_json(
      json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

std::string json_document(const nlohmann::ordered_json& json) {
  return text_of(json, 2) + "\n";
}

std::string json_line(const nlohmann::ordered_json& json) {
  return text_of(json, -1);
}

}  // namespace backstay::cli
