// Host lists as Slurm and pdsh write them: `compute[001-250]`, `ctl[1,3,5]-mgmt`.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lang/syntax/literals.hpp"

namespace backstay::lang {
namespace {

constexpr std::size_t kMostHosts = 4096;
constexpr std::size_t kMostDigits = 9;
constexpr std::string_view kShape =
    "host lists are written `compute[001-250]` or `ctl[1,3,5]-mgmt`, without blanks";

struct Range {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::size_t width = 0;  // of the first number as written
};

std::optional<std::uint32_t> digits(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = !text.empty() && text.size() <= kMostDigits && error == std::errc{} &&
                     end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

// text  `001-250` or `7`
std::optional<Range> range_of(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = digits(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : digits(text.substr(dash + 1));
  if (!first || !last) {
    return std::nullopt;
  }
  return Range{*first, *last, std::min(dash, text.size())};
}

// Appends every number of `inside` (between the brackets) to every prefix.
std::optional<TokenProblem> multiply(std::vector<std::string>& prefixes,
                                     std::string_view inside,
                                     std::string_view whole) {
  std::vector<std::string> numbers;
  while (true) {
    const std::size_t comma = inside.find(',');
    if (comma == 0 || inside.empty()) {
      return TokenProblem{
          fmt::format("a number is missing in the host list `{}`", shortened(whole)),
          std::string(kShape)};
    }
    const auto range = range_of(inside.substr(0, comma));
    if (!range) {
      return TokenProblem{fmt::format("`{}` in the host list `{}` is no number or range",
                                      shortened(inside.substr(0, comma)), shortened(whole)),
                          std::string(kShape)};
    }
    if (range->last < range->first) {
      return TokenProblem{fmt::format("the range `{}` of the host list runs backwards",
                                      shortened(inside.substr(0, comma))),
                          ""};
    }
    if (range->last - range->first >= kMostHosts ||
        (numbers.size() + range->last - range->first + 1) * prefixes.size() > kMostHosts) {
      return TokenProblem{
          fmt::format("the host list `{}` names more than 4,096 hosts", shortened(whole)),
          "split it into several"};
    }
    for (std::uint32_t number = range->first; number <= range->last; ++number) {
      numbers.push_back(fmt::format("{:0{}}", number, range->width));
    }
    if (comma == std::string_view::npos) {
      break;
    }
    inside.remove_prefix(comma + 1);
  }
  std::vector<std::string> product;
  product.reserve(prefixes.size() * numbers.size());
  for (const std::string& prefix : prefixes) {
    for (const std::string& number : numbers) {
      product.push_back(prefix + number);
    }
  }
  prefixes = std::move(product);
  return std::nullopt;
}

}  // namespace

HostListResult expand_host_list(std::string_view text) {
  HostListResult result{{""}, std::nullopt};
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t open = std::min(rest.find('['), rest.size());
    for (std::string& host : result.hosts) {
      host += rest.substr(0, open);
    }
    rest.remove_prefix(open);
    if (rest.empty()) {
      break;
    }
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) {
      return {{},
              TokenProblem{fmt::format("the host list `{}` lacks its `]`", shortened(text)),
                           std::string(kShape)}};
    }
    if (auto problem = multiply(result.hosts, rest.substr(1, close - 1), text)) {
      return {{}, std::move(problem)};
    }
    rest.remove_prefix(close + 1);
  }
  std::vector<std::string> sorted = result.hosts;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return {{},
            TokenProblem{
                fmt::format("the host list `{}` names `{}` twice", shortened(text), *twice), ""}};
  }
  const auto wrong = std::find_if_not(result.hosts.begin(), result.hosts.end(), is_name);
  if (wrong != result.hosts.end()) {
    return {{},
            TokenProblem{fmt::format("the host list `{}` names `{}`, which is no name",
                                     shortened(text), *wrong),
                         std::string(kShape)}};
  }
  return result;
}

}  // namespace backstay::lang
