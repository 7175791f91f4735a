// The one owner of yaml-cpp on this floor. Its events are taken, not its nodes: so nothing is
// converted, and depth and number are bounded while it reads.
#include "compiler/takeover/tree_yaml.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace backstay::compiler {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostNodes = 20'000;

/// Left by throwing: the parser has no other way to be stopped.
struct Refusal {
  YAML::Mark mark;
  std::string why;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode root;

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, anchor, {.kind = YamlNode::Kind::Null});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw Refusal{mark, "an alias (`*name`): write the value out"};
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    add(mark, anchor, {.kind = YamlNode::Kind::Scalar, .tag = own_tag(tag), .text = value});
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(mark, anchor, {.kind = YamlNode::Kind::Sequence, .tag = own_tag(tag)});
  }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(mark, anchor, {.kind = YamlNode::Kind::Map, .tag = own_tag(tag)});
  }

  void OnSequenceEnd() override { end(); }

  void OnMapEnd() override { end(); }

 private:
  /// An open sequence or map, and the key that waits for its value.
  struct Open {
    YamlNode node;
    std::string key = {};
    bool has_key = false;
  };

  static std::string own_tag(const std::string& tag) { return tag == "?" || tag == "!" ? "" : tag; }

  void count(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      throw Refusal{mark, "an anchor (`&name`): write the value where it is used"};
    }
    if (++nodes_ > kMostNodes) {
      throw Refusal{mark, fmt::format("more than {} values", kMostNodes)};
    }
  }

  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    count(mark, anchor);
    if (open_.size() >= kDeepest) {
      throw Refusal{mark, fmt::format("more than {} levels", kDeepest)};
    }
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::Map && !open_.back().has_key) {
      throw Refusal{mark, "a key that is no text"};
    }
    node.line = static_cast<std::size_t>(mark.line) + 1;
    open_.push_back({.node = std::move(node)});
  }

  void end() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(done));
  }

  void add(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode node) {
    count(mark, anchor);
    node.line = static_cast<std::size_t>(mark.line) + 1;
    if (!open_.empty() && open_.back().node.kind == YamlNode::Kind::Map && !open_.back().has_key) {
      take_key(mark, node);
      return;
    }
    place(std::move(node));
  }

  void take_key(const YAML::Mark& mark, const YamlNode& key) {
    Open& map = open_.back();
    if (key.kind != YamlNode::Kind::Scalar) {
      throw Refusal{mark, "a key that is no text"};
    }
    if (map.node.field(key.text) != nullptr) {
      throw Refusal{mark, "a key twice in one block"};
    }
    map.key = key.text;
    map.has_key = true;
  }

  void place(YamlNode node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::Sequence) {
      parent.node.items.push_back(std::move(node));
    } else {
      parent.node.fields.emplace_back(std::move(parent.key), std::move(node));
      parent.has_key = false;
    }
  }

  std::vector<Open> open_;
  std::size_t nodes_ = 0;
};

Error bad_yaml(const std::string& name, const YAML::Mark& mark, const std::string& why) {
  return {.kind = ErrorKind::BadInput,
          .message = mark.is_null()
                         ? fmt::format("{}: {}", name, why)
                         : fmt::format("{}:{}:{}: {}", name, mark.line + 1, mark.column + 1, why)};
}

}  // namespace

const YamlNode* YamlNode::field(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& each) { return each.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

Result<YamlNode> read_yaml_tree(const std::string& name, std::string_view text) {
  TreeBuilder builder;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    TreeBuilder more;
    if (parser.HandleNextDocument(more)) {
      return Error{.kind = ErrorKind::BadInput, .message = name + ": a second document"};
    }
  } catch (const Refusal& refusal) {
    return bad_yaml(name, refusal.mark, refusal.why);
  } catch (const YAML::Exception& foreign) {
    return bad_yaml(name, foreign.mark, "no YAML: " + foreign.msg);
  }
  return std::move(builder.root);
}

}  // namespace backstay::compiler
