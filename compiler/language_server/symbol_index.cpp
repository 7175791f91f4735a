#include "compiler/language_server/symbol_index.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "lang/syntax/literals.hpp"

namespace backstay::compiler::lsp {

void SymbolIndex::add(Occurrence occurrence) {
  occurrences_.push_back(std::move(occurrence));
}

void SymbolIndex::finish(const lang::SourceSet& sources) {
  std::stable_sort(
      occurrences_.begin(), occurrences_.end(),
      [](const Occurrence& left, const Occurrence& right) { return left.span < right.span; });
  for (std::size_t index = 0; index < occurrences_.size(); ++index) {
    const Occurrence& occurrence = occurrences_[index];
    if (occurrence.host_list) {
      lists_.push_back(index);
      auto hosts = lang::expand_host_list(sources.text(occurrence.span)).hosts;
      std::sort(hosts.begin(), hosts.end());
      hosts_of_list_.push_back(std::move(hosts));
    } else {
      by_symbol_[occurrence.symbol].push_back(index);
    }
  }
}

const Occurrence* SymbolIndex::at(lang::FileId file, std::size_t offset) const {
  const auto after = std::upper_bound(
      occurrences_.begin(), occurrences_.end(), std::pair(file, offset),
      [](const std::pair<lang::FileId, std::size_t>& place, const Occurrence& occurrence) {
        return place < std::pair(occurrence.span.file, std::size_t{occurrence.span.begin});
      });
  if (after == occurrences_.begin()) {
    return nullptr;
  }
  const Occurrence& before = *(after - 1);
  return before.span.file == file && offset <= before.span.end ? &before : nullptr;
}

bool SymbolIndex::holds(const Occurrence& list, const std::string& host) const {
  const auto index = static_cast<std::size_t>(&list - occurrences_.data());
  const auto position = std::lower_bound(lists_.begin(), lists_.end(), index) - lists_.begin();
  const auto& hosts = hosts_of_list_[static_cast<std::size_t>(position)];
  return std::binary_search(hosts.begin(), hosts.end(), host);
}

std::vector<const Occurrence*> SymbolIndex::places_of(const Symbol& symbol) const {
  std::vector<std::size_t> indices;
  if (const auto found = by_symbol_.find(symbol); found != by_symbol_.end()) {
    indices = found->second;
  }
  if (symbol.space == "host") {
    for (const std::size_t index : lists_) {
      if (holds(occurrences_[index], symbol.name)) {
        indices.push_back(index);
      }
    }
    std::sort(indices.begin(), indices.end());
  }
  std::vector<const Occurrence*> places;
  for (const std::size_t index : indices) {
    places.push_back(&occurrences_[index]);
  }
  return places;
}

std::vector<const Occurrence*> SymbolIndex::definitions_of(const Symbol& symbol) const {
  std::vector<const Occurrence*> places = places_of(symbol);
  std::erase_if(places, [](const Occurrence* place) { return !place->definition; });
  return places;
}

std::vector<Symbol> SymbolIndex::meant_by(const Occurrence& occurrence) const {
  if (!occurrence.host_list) {
    return {occurrence.symbol};
  }
  const auto index = static_cast<std::size_t>(&occurrence - occurrences_.data());
  const auto position = std::lower_bound(lists_.begin(), lists_.end(), index) - lists_.begin();
  std::vector<Symbol> hosts;
  for (const std::string& host : hosts_of_list_[static_cast<std::size_t>(position)]) {
    hosts.push_back({"host", host});
  }
  return hosts;
}

std::vector<std::pair<std::string, const Occurrence*>> SymbolIndex::all_of(
    std::string_view space) const {
  std::map<std::string, const Occurrence*> names;
  for (const Occurrence& occurrence : occurrences_) {
    if (occurrence.definition && occurrence.symbol.space == space) {
      for (const Symbol& symbol : meant_by(occurrence)) {
        names.emplace(symbol.name, &occurrence);
      }
    }
  }
  return {names.begin(), names.end()};
}

std::string_view space_of(std::string_view declaration_word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kSpaces = {{
      {"site", "site"},
      {"host", "host"},
      {"hosts", "host"},
      {"group", "group"},
      {"secret", "secret"},
      {"key", "key"},
      {"mariadb", "server"},
      {"postgresql", "server"},
      {"profile", "profile"},
      {"service", "service"},
      {"target", "target"},
      {"retention", "retention"},
      {"backup", "backup"},
      {"schedule", "schedule"},
      {"drill", "drill"},
      {"notify", "notify"},
  }};
  const auto found = std::find_if(kSpaces.begin(), kSpaces.end(),
                                  [&](const auto& row) { return row.first == declaration_word; });
  return found == kSpaces.end() ? std::string_view{} : found->second;
}

std::vector<std::string_view> spaces_of_type(std::string_view argument_type) {
  static const std::map<std::string_view, std::vector<std::string_view>> kSpaces = {
      {"BACKUP", {"backup"}},       {"COMPONENT", {"service", "server"}},
      {"GROUP", {"group"}},         {"HOST", {"host", "group"}},
      {"HOSTS", {"host", "group"}}, {"KEY", {"key"}},
      {"NOTIFY", {"notify"}},       {"PROFILE", {"profile"}},
      {"RETENTION", {"retention"}}, {"SCHEDULE", {"schedule"}},
      {"SECRET", {"secret"}},       {"SERVER", {"server"}},
      {"SERVICE", {"service"}},     {"SITE", {"site"}},
      {"TARGET", {"target"}},
  };
  const auto found = kSpaces.find(argument_type);
  return found == kSpaces.end() ? std::vector<std::string_view>{} : found->second;
}

std::vector<std::string_view> spaces_of_parameter(std::string_view parameter_type) {
  static const std::map<std::string_view, std::vector<std::string_view>> kSpaces = {
      {"mariadb", {"server"}}, {"postgresql", {"server"}}, {"hosts", {"host", "group"}},
      {"group", {"group"}},    {"service", {"service"}},   {"target", {"target"}},
      {"secret", {"secret"}},  {"schedule", {"schedule"}},
  };
  const auto found = kSpaces.find(parameter_type);
  return found == kSpaces.end() ? std::vector<std::string_view>{} : found->second;
}

}  // namespace backstay::compiler::lsp
