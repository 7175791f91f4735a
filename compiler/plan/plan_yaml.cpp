#include "compiler/plan/plan_yaml.hpp"

#include <charconv>
#include <concepts>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "compiler/plan/verify.hpp"
#include "lang/base/sha256.hpp"

namespace backstay::plan {
namespace {

constexpr std::string_view kDigestKey = "digest: \"sha256:";
constexpr std::size_t kDigestLine = kDigestKey.size() + 64 + 2;  // quote and newline

template <typename T>
concept Record = requires(T& record) {
  T::fields(record, [](FieldKey, auto&) {});
};

// --- writing ------------------------------------------------------------------------------------

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += byte;
    } else if (value < 0x20 || value == 0x7F) {
      out += fmt::format("\\x{:02X}", value);
    } else {
      out += byte;
    }
  }
  return out + '"';
}

// Writes values as block YAML. Scalars follow their key on its line; what holds more goes below it.
class Writer {
 public:
  [[nodiscard]] std::string take() { return std::move(out_); }

  void line(int depth, std::string_view text) {
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
    out_ += text;
    out_ += '\n';
  }

  void entry(int depth, std::string_view key, const std::string& value) {
    line(depth, fmt::format("{}: {}", key, quoted(value)));
  }

  void entry(int depth, std::string_view key, bool value) {
    line(depth, fmt::format("{}: {}", key, value));
  }

  template <std::integral T>
  void entry(int depth, std::string_view key, T value) {
    line(depth, fmt::format("{}: {}", key, value));
  }

  void entry(int depth, std::string_view key, Duration value) {
    entry(depth, key, to_string(value));
  }

  template <Record T>
  void entry(int depth, std::string_view key, const T& value) {
    line(depth, fmt::format("{}:", key));
    body(depth + 1, value);
  }

  template <typename T>
  void entry(int depth, std::string_view key, const std::vector<T>& values) {
    if (values.empty()) {
      line(depth, fmt::format("{}: []", key));
      return;
    }
    line(depth, fmt::format("{}:", key));
    for (const T& value : values) {
      item(depth + 1, value);
    }
  }

  void body(int depth, const Step& step) {
    fields_of(depth, step);
    entry(depth, "kind", std::string(kind_of(step.action)));
    std::visit(
        [&](const auto& action) {
          Writer inner;
          inner.body(depth + 1, action);
          const std::string text = inner.take();
          line(depth, text.empty() ? "with: {}" : "with:");
          out_ += text;
        },
        step.action);
  }

  template <Record T>
  void body(int depth, const T& value) {
    fields_of(depth, value);
  }

 private:
  template <typename T>
  void fields_of(int depth, const T& record) {
    T::fields(record, [&](FieldKey key, const auto& field) {
      if (!key.sparse || field != std::decay_t<decltype(field)>{}) {
        entry(depth, key, field);
      }
    });
  }

  void item(int depth, const std::string& value) { line(depth, "- " + quoted(value)); }

  void item(int depth, std::int64_t value) { line(depth, fmt::format("- {}", value)); }

  template <Record T>
  void item(int depth, const T& value) {
    Writer inner;
    inner.body(depth + 1, value);
    std::string text = inner.take();
    text[static_cast<std::size_t>(depth) * 2] = '-';  // the first key stands behind the dash
    out_ += text;
  }

  std::string out_;
};

std::string yaml_without_digest(const Plan& plan) {
  Writer writer;
  writer.entry(0, "plan", kPlanSchema);
  writer.entry(0, "language", kLanguageEdition);
  writer.body(0, plan);
  return writer.take();
}

// --- reading ------------------------------------------------------------------------------------

// Leaves this file only as an Error: yaml-cpp throws as well, and one catch serves both.
struct ReadFailure {
  YAML::Mark mark;
  std::string message;
};

std::string scalar(const YAML::Node& node, std::string_view key, bool want_quotes) {
  if (!node.IsScalar() || (node.Tag() == "!") != want_quotes) {
    throw ReadFailure{node.Mark(), fmt::format("`{}` must be {}", key,
                                               want_quotes ? "a quoted string" : "a plain value")};
  }
  return node.Scalar();
}

void read(const YAML::Node& node, std::string_view key, std::string& value) {
  value = scalar(node, key, true);
}

void read(const YAML::Node& node, std::string_view key, bool& value) {
  const std::string text = scalar(node, key, false);
  if (text != "true" && text != "false") {
    throw ReadFailure{node.Mark(), fmt::format("`{}` must be true or false", key)};
  }
  value = text == "true";
}

template <std::integral T>
void read(const YAML::Node& node, std::string_view key, T& value) {
  const std::string text = scalar(node, key, false);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw ReadFailure{node.Mark(), fmt::format("`{}` must be a whole number", key)};
  }
}

void read(const YAML::Node& node, std::string_view key, Duration& value) {
  const auto duration = parse_duration(scalar(node, key, true));
  if (!duration) {
    throw ReadFailure{node.Mark(), fmt::format("`{}` must be a duration", key)};
  }
  value = *duration;
}

// The keys of a map, each once. yaml-cpp itself lets duplicates pass.
std::set<std::string> keys_of(const YAML::Node& node, std::string_view what) {
  if (!node.IsMap()) {
    throw ReadFailure{node.Mark(), fmt::format("`{}` must be a map", what)};
  }
  std::set<std::string> keys;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar() || !keys.insert(entry.first.Scalar()).second) {
      throw ReadFailure{entry.first.Mark(),
                        fmt::format("duplicate key in `{}`: `{}`", what, entry.first.Scalar())};
    }
  }
  return keys;
}

void refuse_unknown(const YAML::Node& node, const std::set<std::string>& unread) {
  if (!unread.empty()) {
    throw ReadFailure{node.Mark(), fmt::format("unknown key `{}`", *unread.begin())};
  }
}

YAML::Node take(const YAML::Node& node, std::set<std::string>& unread, std::string_view key) {
  if (unread.erase(std::string(key)) == 0) {
    throw ReadFailure{node.Mark(), fmt::format("missing key `{}`", key)};
  }
  return node[std::string(key)];
}

template <Record T>
void read(const YAML::Node& node, std::string_view what, T& record);
void read(const YAML::Node& node, std::string_view what, Step& step);

template <typename T>
void read(const YAML::Node& node, std::string_view key, std::vector<T>& values) {
  if (!node.IsSequence()) {
    throw ReadFailure{node.Mark(), fmt::format("`{}` must be a list", key)};
  }
  for (const YAML::Node& item : node) {
    read(item, key, values.emplace_back());
  }
}

template <Record T>
void read_fields(const YAML::Node& node, std::set<std::string>& unread, T& record) {
  T::fields(record, [&](FieldKey key, auto& field) {
    if (!key.sparse || unread.contains(std::string(key.name))) {
      read(take(node, unread, key), key, field);
    }
  });
}

template <Record T>
void read(const YAML::Node& node, std::string_view what, T& record) {
  std::set<std::string> unread = keys_of(node, what);
  read_fields(node, unread, record);
  refuse_unknown(node, unread);
}

template <std::size_t Index = 0>
Action action_of_kind(std::string_view kind, const YAML::Mark& mark) {
  if constexpr (Index == std::variant_size_v<Action>) {
    throw ReadFailure{mark, fmt::format("unknown step kind `{}`", kind)};
  } else {
    using Kind = std::variant_alternative_t<Index, Action>;
    return kind == Kind::kind ? Action(Kind{}) : action_of_kind<Index + 1>(kind, mark);
  }
}

void read(const YAML::Node& node, std::string_view what, Step& step) {
  std::set<std::string> unread = keys_of(node, what);
  read_fields(node, unread, step);
  std::string kind;
  read(take(node, unread, "kind"), "kind", kind);
  step.action = action_of_kind(kind, node.Mark());
  const YAML::Node with = take(node, unread, "with");
  std::visit([&](auto& action) { read(with, "with", action); }, step.action);
  refuse_unknown(node, unread);
}

Plan read_plan(const YAML::Node& root) {
  std::set<std::string> unread = keys_of(root, "plan");
  int number = 0;
  read(take(root, unread, "plan"), "plan", number);
  read(take(root, unread, "language"), "language", number);
  take(root, unread, "digest");
  Plan plan;
  read_fields(root, unread, plan);
  refuse_unknown(root, unread);
  return plan;
}

Error bad_input(std::string message) {
  return {.kind = ErrorKind::BadInput,
          .message = std::move(message),
          .hint = "write it anew with `backstay plan POLICY -o PLAN`"};
}

// The schema number of a plan file's first line, which stays where it is in every schema.
Result<int> schema_of(std::string_view bytes, std::string_view name) {
  constexpr std::string_view kKey = "plan: ";
  int schema = 0;
  const auto number = bytes.substr(std::min(bytes.size(), kKey.size()));
  if (!bytes.starts_with(kKey) ||
      std::from_chars(number.data(), number.data() + number.size(), schema).ec != std::errc{}) {
    return bad_input(fmt::format("{} is not a Backstay plan: its first line is not `plan: {}`",
                                 name, kPlanSchema));
  }
  return schema;
}

Result<void> check_digest(std::string_view bytes, std::string_view name) {
  if (bytes.size() < kDigestLine) {
    return bad_input(fmt::format("{} is cut short: it has no digest", name));
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kDigestLine);
  const std::string expected = fmt::format("{}{}\"\n", kDigestKey, to_hex(sha256(content)));
  if (bytes.substr(content.size()) != expected) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("{} was changed after it was compiled: its digest does not "
                                        "match its content",
                                        name),
                 .hint = "change the policy instead and compile it again with `backstay plan`"};
  }
  return {};
}

}  // namespace

std::string digest(const Plan& plan) {
  return to_hex(sha256(yaml_without_digest(plan)));
}

std::string to_yaml(const Plan& plan) {
  const std::string content = yaml_without_digest(plan);
  return fmt::format("{}{}{}\"\n", content, kDigestKey, to_hex(sha256(content)));
}

Result<Plan> from_yaml(std::string_view bytes, std::string_view file_name) {
  BACKSTAY_ASSIGN(const int schema, schema_of(bytes, file_name));
  if (schema != kPlanSchema) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("{} has plan schema {}; this version reads schema {}",
                                        file_name, schema, kPlanSchema),
                 .hint = schema > kPlanSchema
                             ? "use a newer Backstay, or compile the policy with this one"
                             : "compile the policy again"};
  }
  BACKSTAY_TRY(check_digest(bytes, file_name));
  try {
    Plan plan = read_plan(YAML::Load(std::string(bytes)));
    if (to_yaml(plan) != bytes) {
      return bad_input(fmt::format("{} is not in the canonical form", file_name));
    }
    BACKSTAY_TRY(verify(plan));
    return plan;
  } catch (const ReadFailure& failure) {
    return bad_input(fmt::format("{}:{}:{}: {}", file_name, failure.mark.line + 1,
                                 failure.mark.column + 1, failure.message));
  } catch (const YAML::Exception& failure) {
    return bad_input(fmt::format("{}:{}:{}: {}", file_name, failure.mark.line + 1,
                                 failure.mark.column + 1, failure.msg));
  }
}

}  // namespace backstay::plan
