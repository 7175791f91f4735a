// YAML as a tree of texts with the line of each, read strictly: what yaml-cpp lets pass silently (a
// key twice, words that become truth values) does not pass here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::compiler {

struct YamlNode {
  enum class Kind : unsigned char { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  std::size_t line = 0;              ///< from 1
  std::string tag = {};              ///< `!include`; empty for what has none of its own
  std::string text = {};             ///< of a Scalar, as it is meant, never converted
  std::vector<YamlNode> items = {};  ///< of a Sequence
  std::vector<std::pair<std::string, YamlNode>> fields = {};  ///< of a Map, in their order

  [[nodiscard]] const YamlNode* field(std::string_view name) const;
};

/// One document. Errors: BadInput, with line and column, for what is no YAML, for anchors and
/// aliases, a key twice, keys that are no texts, more than 32 levels, more than 20,000 nodes, and a
/// second document.
[[nodiscard]] Result<YamlNode> read_yaml_tree(const std::string& name, std::string_view text);

}  // namespace backstay::compiler
