#include "cli/report/markup.hpp"

#include <fmt/format.h>

#include "lang/base/printable.hpp"
#include "lang/base/utf8.hpp"

namespace backstay::cli {
namespace {

std::string_view reference_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

/// The first `columns` columns of printable text, whole characters only.
std::string_view head(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    std::size_t next = end + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U)
      ++next;
    if (lang::display_width(text.substr(0, next)) > columns)
      break;
    end = next;
  }
  return text.substr(0, end);
}

/// The last characters of it that take no more than `columns`.
std::string_view tail(std::string_view text, std::size_t columns) {
  std::size_t begin = text.size();
  while (begin > 0) {
    std::size_t before = begin - 1;
    while (before > 0 && (static_cast<unsigned char>(text[before]) & 0xC0U) == 0x80U)
      --before;
    if (lang::display_width(text.substr(before)) > columns)
      break;
    begin = before;
  }
  return text.substr(begin);
}

}  // namespace

std::string escaped(std::string_view foreign) {
  std::string out;
  for (const char c : lang::printable(foreign, true)) {
    const std::string_view reference = reference_of(c);
    if (reference.empty())
      out += c;
    else
      out += reference;
  }
  return out;
}

std::string shortened(std::string_view foreign, std::size_t columns) {
  // What is long is cut before it is looked at: a name of a megabyte costs no more than a word.
  const std::size_t enough = columns * 8 + 64;
  std::string text = foreign.size() <= 2 * enough
                         ? lang::printable(foreign, true)
                         : lang::printable(foreign.substr(0, enough), true) +
                               lang::printable(foreign.substr(foreign.size() - enough), true);
  if (lang::display_width(text) <= columns)
    return text;
  const std::size_t back = (columns - 1) / 2;
  return std::string(head(text, columns - 1 - back)) + "…" + std::string(tail(text, back));
}

Value::Value(double number) : text_(fmt::format("{:.2f}", number)) {
  while (text_.back() == '0')
    text_.pop_back();
  if (text_.back() == '.')
    text_.pop_back();
  if (text_ == "-0")
    text_ = "0";
}

void Markup::begin(Name tag, Attributes attributes) {
  out_ += '<';
  out_ += tag.text();
  for (const auto& [name, value] : attributes) {
    out_ += ' ';
    out_ += name.text();
    out_ += "=\"";
    out_ += value.text();
    out_ += '"';
  }
}

Markup& Markup::open(Name tag, Attributes attributes) {
  begin(tag, attributes);
  out_ += '>';
  open_.push_back(tag.text());
  return *this;
}

Markup& Markup::close() {
  out_ += "</";
  out_ += open_.back();
  out_ += ">";
  open_.pop_back();
  return *this;
}

Markup& Markup::empty(Name tag, Attributes attributes) {
  begin(tag, attributes);
  out_ += "/>";
  return *this;
}

Markup& Markup::text(std::string_view foreign) {
  out_ += escaped(foreign);
  return *this;
}

Markup& Markup::element(Name tag, std::string_view foreign, Attributes attributes) {
  return open(tag, attributes).text(foreign).close();
}

Markup& Markup::append(const Markup& inner) {
  out_ += inner.out_;
  return *this;
}

Markup& Markup::raw(std::string_view ours) {
  out_ += ours;
  return *this;
}

}  // namespace backstay::cli
