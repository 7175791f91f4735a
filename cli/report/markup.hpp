// A writer of HTML and SVG that escapes by construction: whatever is not a tag or an attribute name
// in our own source goes through text(), and is shown as what it is.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::cli {

/// Control bytes, direction changes and what is not UTF-8 become visible escapes; `& < > " '`
/// become references. Safe between tags and in quoted attributes.
[[nodiscard]] std::string escaped(std::string_view foreign);

/// At most `columns` wide, with `…` for what was cut from its middle, so that the ends that tell
/// names apart stay. Not escaped; cuts no character in two.
[[nodiscard]] std::string shortened(std::string_view foreign, std::size_t columns);

/// Value of an attribute.
class Value {
 public:
  Value(std::string_view text) : text_(escaped(text)) {}  // NOLINT: meant to be implicit

  Value(const std::string& text) : Value(std::string_view(text)) {}

  Value(const char* text) : Value(std::string_view(text)) {}

  /// Pixels and numbers: at most two digits behind the point.
  Value(double number);

  Value(std::integral auto number) : text_(std::to_string(number)) {}

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// A name from our own source, fixed when we compile: no foreign text can become one.
class Name {
 public:
  consteval Name(const char* name) : name_(name) {}

  [[nodiscard]] std::string_view text() const { return name_; }

 private:
  std::string_view name_;
};

/// Not a pair: its constructor would hide from the compiler that the name is fixed.
struct Attribute {
  Name name;
  Value value;
};

using Attributes = std::initializer_list<Attribute>;

/// Tags are closed in the order in which they were opened; close() knows which one.
class Markup {
 public:
  Markup& open(Name tag, Attributes attributes = {});
  Markup& close();
  /// An element without content: `<path …/>`.
  Markup& empty(Name tag, Attributes attributes = {});
  Markup& text(std::string_view foreign);
  /// An element with nothing but text in it.
  Markup& element(Name tag, std::string_view foreign, Attributes attributes = {});
  /// What another writer made; it is markup already.
  Markup& append(const Markup& inner);
  /// Fixed text of our own source that is no markup to be escaped: the style sheet.
  Markup& raw(std::string_view ours);

  [[nodiscard]] const std::string& str() const { return out_; }

  /// Whether every tag is closed.
  [[nodiscard]] bool whole() const { return open_.empty(); }

 private:
  void begin(Name tag, Attributes attributes);

  std::string out_;
  std::vector<std::string_view> open_;
};

}  // namespace backstay::cli
