#include "compiler/plan/plan_reader.hpp"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <string>

#include <fmt/format.h>

#include "compiler/plan/plan_record.hpp"

namespace backstay::plan {
namespace {

// Leaves this file only as an Error.
struct ReadFailure {
  std::string_view rest;  ///< of the content, where it is
  std::string message;
};

template <std::size_t Index = 0>
bool set_kind(Action& action, std::string_view kind) {
  if constexpr (Index == std::variant_size_v<Action>) {
    return false;
  } else {
    using Kind = std::variant_alternative_t<Index, Action>;
    if (kind != Kind::kind) {
      return set_kind<Index + 1>(action, kind);
    }
    action = Kind{};
    return true;
  }
}

// The writer's mirror image: the same fields in the same order, each taken off the front.
class Reader {
 public:
  explicit Reader(std::string_view content) : rest_(content) {}

  Plan run() {
    int schema = 0;
    int language = 0;
    entry(0, "plan", schema);
    entry(0, "language", language);
    Plan plan;
    body(0, plan);
    if (!rest_.empty()) {
      fail(fmt::format("expected the digest, found {}", found()));
    }
    return plan;
  }

 private:
  [[noreturn]] void fail(std::string message) const {
    throw ReadFailure{rest_, std::move(message)};
  }

  [[nodiscard]] std::string found() const {
    constexpr std::size_t kShown = 40;
    const std::string_view line = rest_.substr(0, std::min(rest_.find('\n'), kShown));
    return rest_.empty() ? "the end" : fmt::format("`{}`", line);
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) {
      return false;
    }
    rest_.remove_prefix(text.size());
    return true;
  }

  void need(std::string_view text, std::string_view what) {
    if (!take(text)) {
      fail(fmt::format("expected {}, found {}", what, found()));
    }
  }

  // Blanks at the front.
  [[nodiscard]] std::size_t blanks() const {
    return std::min(rest_.find_first_not_of(' '), rest_.size());
  }

  void margin(std::size_t depth) {
    const std::size_t wanted = depth * 2 - (dash_ ? 2 : 0);
    if (blanks() != wanted) {
      fail(fmt::format("expected {} blanks before {}", wanted, found()));
    }
    rest_.remove_prefix(wanted);
    if (dash_) {
      need("- ", "`- `");
      dash_ = false;
    }
  }

  void key(std::size_t depth, std::string_view name) {
    margin(depth);
    const std::string_view word =
        rest_.substr(0, std::min(rest_.find_first_of(":\n"), rest_.size()));
    if (word != name) {
      fail(fmt::format("expected the key `{}`, found {}", name, found()));
    }
    rest_.remove_prefix(name.size());
    need(":", "`:`");
  }

  // Whether the next line holds a key, which is not taken.
  [[nodiscard]] bool key_follows(std::size_t depth, std::string_view name) const {
    std::string_view line = rest_.substr(std::min(blanks(), rest_.size()));
    if (dash_ && !line.starts_with("- ")) {
      return false;
    }
    line.remove_prefix(dash_ ? 2 : 0);
    return blanks() == depth * 2 - (dash_ ? 2 : 0) && line.starts_with(name) &&
           line.substr(name.size()).starts_with(":");
  }

  template <typename T>
  void field_of(std::size_t depth, FieldKey name, T& value) {
    if (!name.sparse || key_follows(depth, name)) {
      entry(depth, name, value);
    }
  }

  void end_line() { need("\n", "the end of the line"); }

  std::string quoted(std::string_view name) {
    if (!take("\"")) {
      fail(fmt::format("`{}` must be a quoted string", name));
    }
    std::string text;
    while (true) {
      const std::size_t plain = std::min(rest_.find_first_of("\"\\\n"), rest_.size());
      text += rest_.substr(0, plain);
      rest_.remove_prefix(plain);
      if (take("\"")) {
        return text;
      }
      need("\\", "the end of the string");
      text += escaped();
    }
  }

  char escaped() {
    if (take("\"")) {
      return '"';
    }
    if (take("\\")) {
      return '\\';
    }
    unsigned value = 0;
    const std::string_view digits = rest_.substr(0, 3);
    if (digits.size() < 3 || digits[0] != 'x' ||
        std::from_chars(digits.data() + 1, digits.data() + 3, value, 16).ptr != digits.data() + 3) {
      fail(fmt::format("expected an escape, found {}", found()));
    }
    rest_.remove_prefix(3);
    return static_cast<char>(value);
  }

  template <std::integral T>
  T number(std::string_view name) {
    T value{};
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) {
      fail(fmt::format("`{}` must be a whole number", name));
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  void entry(std::size_t depth, std::string_view name, std::string& value) {
    key(depth, name);
    need(" ", "a blank");
    value = quoted(name);
    end_line();
  }

  void entry(std::size_t depth, std::string_view name, bool& value) {
    key(depth, name);
    need(" ", "a blank");
    value = take("true");
    if (!value && !take("false")) {
      fail(fmt::format("`{}` must be true or false", name));
    }
    end_line();
  }

  template <std::integral T>
  void entry(std::size_t depth, std::string_view name, T& value) {
    key(depth, name);
    need(" ", "a blank");
    value = number<T>(name);
    end_line();
  }

  void entry(std::size_t depth, std::string_view name, Duration& value) {
    key(depth, name);
    need(" ", "a blank");
    const auto duration = parse_duration(quoted(name));
    if (!duration) {
      fail(fmt::format("`{}` must be a duration", name));
    }
    value = *duration;
    end_line();
  }

  template <Record T>
  void entry(std::size_t depth, std::string_view name, T& value) {
    key(depth, name);
    end_line();
    body(depth + 1, value);
  }

  template <typename T>
  void entry(std::size_t depth, std::string_view name, std::vector<T>& values) {
    key(depth, name);
    if (take(" []\n")) {
      return;
    }
    end_line();
    do {
      dash_ = true;
      item(depth + 2, name, values.emplace_back());
    } while (blanks() == (depth + 1) * 2 && rest_.substr(blanks()).starts_with("- "));
  }

  void item(std::size_t depth, std::string_view name, std::string& value) {
    margin(depth);
    value = quoted(name);
    end_line();
  }

  void item(std::size_t depth, std::string_view name, std::int64_t& value) {
    margin(depth);
    value = number<std::int64_t>(name);
    end_line();
  }

  template <Record T>
  void item(std::size_t depth, std::string_view, T& value) {
    body(depth, value);
  }

  template <Record T>
  void body(std::size_t depth, T& value) {
    T::fields(value, [&](FieldKey name, auto& field) { field_of(depth, name, field); });
  }

  void body(std::size_t depth, Step& step) {
    Step::fields(step, [&](FieldKey name, auto& field) { field_of(depth, name, field); });
    std::string kind;
    entry(depth, "kind", kind);
    if (!set_kind(step.action, kind)) {
      fail(fmt::format("the step above has the unknown step kind `{}`", kind));
    }
    std::visit(
        [&](auto& action) {
          key(depth, "with");
          need(has_fields(action) ? "\n" : " {}\n", "what the step does");
          body(depth + 1, action);
        },
        step.action);
  }

  std::string_view rest_;
  bool dash_ = false;
};

Error at_place(const ReadFailure& failure, std::string_view content, std::string_view file_name) {
  const std::string_view before = content.substr(0, content.size() - failure.rest.size());
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return {.kind = ErrorKind::BadInput,
          .message = fmt::format("{}:{}:{}: {}", file_name, line, column, failure.message),
          .hint = "write it anew with `backstay plan POLICY -o PLAN`"};
}

}  // namespace

Result<Plan> read_content(std::string_view content, std::string_view file_name) {
  try {
    return Reader(content).run();
  } catch (const ReadFailure& failure) {
    return at_place(failure, content, file_name);
  }
}

}  // namespace backstay::plan
