#include "lang/syntax/pattern.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>

#include <fmt/format.h>

#include "lang/base/result.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::lang {
namespace {

using ast::ArgumentKind;

constexpr std::uint32_t bits(std::initializer_list<ArgumentKind> kinds) {
  std::uint32_t mask = 0;
  for (const ArgumentKind kind : kinds) {
    mask |= 1U << static_cast<unsigned>(kind);
  }
  return mask;
}

constexpr std::uint32_t kWord = bits({ArgumentKind::Word});
constexpr std::uint32_t kWordOrString =
    bits({ArgumentKind::Word, ArgumentKind::String, ArgumentKind::Path});

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<std::string_view, 4> kGrants = {"hooks", "secrets", "targets", "allows"};
constexpr std::array<std::string_view, 3> kOutcomes = {"failure", "recovery", "success"};
constexpr std::array<std::string_view, 5> kOrdinals = {"1st", "2nd", "3rd", "4th", "last"};
constexpr std::array<std::string_view, 1> kZones = {"UTC"};
constexpr std::array<std::string_view, 18> kParameterTypes = {
    "bool", "int",     "duration",   "size",  "rate",  "path",    "name",   "names",  "string",
    "argv", "mariadb", "postgresql", "hosts", "group", "service", "target", "secret", "schedule"};

template <std::size_t Count>
bool is_one_of(std::string_view text, const std::array<std::string_view, Count>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool any_word(std::string_view /*text*/) {
  return true;
}

bool is_reference(std::string_view text) {
  return is_name(text) && text != "all";
}

bool is_world_name(std::string_view text) {
  return text != "all";
}

bool is_code(std::string_view text) {
  return text.size() == 7 && text.starts_with("BST") &&
         std::all_of(text.begin() + 3, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_day(std::string_view text) {
  return is_one_of(text, kDays);
}

bool is_last(std::string_view text) {
  return text == "last";
}

bool is_grant(std::string_view text) {
  return is_one_of(text, kGrants);
}

bool is_outcome(std::string_view text) {
  return is_one_of(text, kOutcomes);
}

bool is_parameter_type(std::string_view text) {
  return is_one_of(text, kParameterTypes);
}

bool is_zone(std::string_view text) {
  return text == "UTC";
}

// In the order of their names. The phrases complete "expected …, found …".
constexpr std::array kTypes = {
    ArgumentType{"ADDRESS", "an address such as `\"10.0.0.11\"` or `ctl01.example.org`",
                 kWordOrString, any_word, "name string"},
    ArgumentType{"ANY", "a value",
                 ~(bits({ArgumentKind::Invalid, ArgumentKind::Assign, ArgumentKind::Arrow})),
                 any_word, "*"},
    ArgumentType{"BACKUP", "a backup's name", kWord, is_reference, "name"},
    ArgumentType{"CODE", "a finding's code such as `BST0301`", kWord, is_code, ""},
    ArgumentType{"COMPONENT", "a component such as `nova.etc`", kWord, is_qualified_name, "name"},
    ArgumentType{"COUNT", "a whole number", bits({ArgumentKind::Count}), nullptr, "int"},
    ArgumentType{"DATABASE", "a database's name", kWordOrString, is_world_name, "name string"},
    ArgumentType{"DATE", "a date such as `2026-12-31`", bits({ArgumentKind::Date}), nullptr, ""},
    ArgumentType{"DAY", "a day of the week: `mon`, `tue` … `sun`", kWord, is_day, "name"},
    ArgumentType{"DURATION", "a duration such as `26h`", bits({ArgumentKind::Duration}), nullptr,
                 "duration"},
    ArgumentType{"FACT", "the word of a fact, such as `path`", kWord, any_word, ""},
    ArgumentType{"GRANT", "one of `hooks`, `secrets`, `targets`, `allows`", kWord, is_grant, ""},
    ArgumentType{"GROUP", "a group's name", kWord, is_reference, "name group"},
    ArgumentType{"HOST", "a host's name", kWord, is_reference, "name hosts group"},
    ArgumentType{"HOSTS", "a host, or a list such as `compute[001-250]`",
                 bits({ArgumentKind::Word, ArgumentKind::HostList}), is_reference,
                 "name hosts group"},
    ArgumentType{"INSTANT", "an instant such as `2027-03-28T02:30Z`", bits({ArgumentKind::Instant}),
                 nullptr, ""},
    ArgumentType{"KEY", "a key's name", kWord, is_reference, "name"},
    ArgumentType{"KIND", "a kind of declaration such as `service`", kWord, is_reference, ""},
    ArgumentType{"LIBRARY",
                 "a library such as `openstack.nova`, or a file beside such as `\"./sites.stay\"`",
                 kWordOrString, is_qualified_name, ""},
    ArgumentType{"NAME", "a name", kWord, is_reference, ""},
    ArgumentType{"NOTIFY", "the name of a `notify`", kWord, is_reference, "name"},
    ArgumentType{"ORDINAL", "one of `1st`, `2nd`, `3rd`, `4th`, `last`",
                 bits({ArgumentKind::Ordinal, ArgumentKind::Word}), is_last, ""},
    ArgumentType{"OUTCOME", "one of `failure`, `recovery`, `success`", kWord, is_outcome, ""},
    ArgumentType{"PATH", "a path such as `/etc/nova`", bits({ArgumentKind::Path}), nullptr, "path"},
    ArgumentType{"PATTERN", "a path or pattern such as `/var/lib/*/cache`",
                 bits({ArgumentKind::Path}), nullptr, "path"},
    ArgumentType{"PROFILE", "a profile such as `openstack.nova`", kWord, is_qualified_name, ""},
    ArgumentType{"QUALIFIED", "a name such as `openstack.nova`", kWord, is_qualified_name, ""},
    ArgumentType{"RATE", "a rate such as `50MiB/s`", bits({ArgumentKind::Rate}), nullptr, "rate"},
    ArgumentType{"RETENTION", "a retention's name", kWord, is_reference, "name"},
    ArgumentType{"SCHEDULE", "a schedule's name", kWord, is_reference, "name schedule"},
    ArgumentType{"SECRET", "a secret's name", kWord, is_reference, "name secret"},
    ArgumentType{"SERVER", "a database server's name", kWord, is_reference,
                 "name mariadb postgresql"},
    ArgumentType{"SERVICE", "a service's name", kWord, is_reference, "name service"},
    ArgumentType{"SITE", "a site's name", kWord, is_reference, "name"},
    ArgumentType{"SIZE", "a size such as `200GiB`", bits({ArgumentKind::Size}), nullptr, "size"},
    ArgumentType{"STRING", "a text in double quotes",
                 bits({ArgumentKind::String, ArgumentKind::Path}), nullptr, "string name"},
    ArgumentType{"TABLE", "a table such as `keystone.user`", kWordOrString, is_qualified_name,
                 "string"},
    ArgumentType{"TARGET", "a target's name", kWord, is_reference, "name target"},
    ArgumentType{"TIME", "a time such as `02:30`", bits({ArgumentKind::Time}), nullptr, ""},
    ArgumentType{"TYPE", "a type such as `duration`, `path`, `names` or `mariadb`", kWord,
                 is_parameter_type, ""},
    ArgumentType{"UNIT", "a systemd unit such as `nova-api`", kWordOrString, any_word,
                 "name string"},
    ArgumentType{"USER", "a user's name", kWordOrString, is_world_name, "name string"},
    ArgumentType{"VECTOR", "an argument vector such as `[\"nova-status\", \"upgrade\", \"check\"]`",
                 bits({ArgumentKind::Vector}), nullptr, "argv"},
    ArgumentType{"ZONE", "`UTC` or a zone such as `\"Europe/Vienna\"`",
                 bits({ArgumentKind::Word, ArgumentKind::String}), is_zone, "string"},
};

const ArgumentType& type_named(std::string_view name) {
  const auto type =
      std::find_if(kTypes.begin(), kTypes.end(),
                   [name](const ArgumentType& candidate) { return candidate.name == name; });
  BACKSTAY_CHECK(type != kTypes.end(), "a pattern names a type that is not in the table");
  return *type;
}

bool is_type_name(std::string_view token) {
  return token.size() > 1 &&
         std::all_of(token.begin(), token.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

PatternElement parse_element(std::string_view token) {
  PatternElement element;
  if (token.ends_with(",...")) {
    element.list = true;
    token.remove_suffix(4);
  }
  if (is_type_name(token)) {
    element.type = &type_named(token);
    return element;
  }
  while (true) {
    const std::size_t bar = token.find('|');
    element.words.push_back(token.substr(0, bar));
    if (bar == std::string_view::npos) {
      return element;
    }
    token.remove_prefix(bar + 1);
  }
}

}  // namespace

std::span<const ArgumentType> argument_types() {
  return kTypes;
}

std::span<const std::string_view> words_of_type(const ArgumentType& type) {
  static const std::map<std::string_view, std::span<const std::string_view>> words = {
      {"DAY", kDays},         {"GRANT", kGrants},        {"ORDINAL", kOrdinals},
      {"OUTCOME", kOutcomes}, {"TYPE", kParameterTypes}, {"ZONE", kZones},
  };
  const auto found = words.find(type.name);
  return found == words.end() ? std::span<const std::string_view>() : found->second;
}

Pattern parse_pattern(std::string_view text) {
  Pattern pattern;
  PatternSequence* into = &pattern.fixed;
  while (!text.empty()) {
    const char first = text.front();
    if (first == ' ') {
      text.remove_prefix(1);
    } else if (first == '[') {
      into = &pattern.clauses.emplace_back();
      text.remove_prefix(1);
    } else if (first == ']') {
      BACKSTAY_CHECK(!into->empty() && into->front().type == nullptr,
                     "a clause begins with a literal word");
      into = &pattern.fixed;
      text.remove_prefix(1);
    } else {
      const std::size_t end = std::min(text.find_first_of(" ]"), text.size());
      into->push_back(parse_element(text.substr(0, end)));
      text.remove_prefix(end);
    }
  }
  return pattern;
}

bool fits(const ArgumentType& type, const ast::Argument& argument) {
  if ((type.kinds & (1U << static_cast<unsigned>(argument.kind))) == 0) {
    return false;
  }
  if (argument.kind == ArgumentKind::Word) {
    return type.word != nullptr && type.word(argument.text);
  }
  // A bare path is a path alone; a quoted one is also a text.
  return argument.kind != ArgumentKind::Path || argument.quoted || !is_text_type(type);
}

bool is_text_type(const ArgumentType& type) {
  const bool any = (type.kinds & bits({ArgumentKind::Count})) != 0;
  return !any && (type.kinds & bits({ArgumentKind::String})) != 0;
}

bool parameter_fits(const ArgumentType& type, bool list, std::string_view parameter_type) {
  if (type.parameters == "*") {
    return true;
  }
  std::string_view wanted = parameter_type;
  if (parameter_type == "names") {
    if (!list) {
      return false;
    }
    wanted = "name";
  }
  std::string_view rest = type.parameters;
  while (!rest.empty()) {
    const std::size_t blank = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, blank) == wanted) {
      return true;
    }
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  return false;
}

std::string describe(const ast::Argument& argument) {
  switch (argument.kind) {
    case ArgumentKind::Word:
      return fmt::format("the name `{}`", shortened(argument.text));
    case ArgumentKind::Path:
      return fmt::format("the path `{}`", shortened(argument.text));
    case ArgumentKind::String:
      return fmt::format("the text \"{}\"", shortened(argument.text));
    case ArgumentKind::Duration:
      return fmt::format("the duration `{}`", shortened(argument.text));
    case ArgumentKind::Size:
      return fmt::format("the size `{}`", shortened(argument.text));
    case ArgumentKind::Rate:
      return fmt::format("the rate `{}`", shortened(argument.text));
    case ArgumentKind::Count:
      return fmt::format("the number `{}`", shortened(argument.text));
    case ArgumentKind::Date:
      return fmt::format("the date `{}`", shortened(argument.text));
    case ArgumentKind::Time:
      return fmt::format("the time `{}`", shortened(argument.text));
    case ArgumentKind::Instant:
      return fmt::format("the instant `{}`", shortened(argument.text));
    case ArgumentKind::Ordinal:
      return fmt::format("the ordinal `{}`", shortened(argument.text));
    case ArgumentKind::Vector:
      return "an argument vector";
    case ArgumentKind::HostList:
      return fmt::format("the host list `{}`", shortened(argument.text));
    case ArgumentKind::Assign:
    case ArgumentKind::Arrow:
    case ArgumentKind::Invalid:
      return fmt::format("`{}`", shortened(argument.text));
  }
  return {};
}

}  // namespace backstay::lang
