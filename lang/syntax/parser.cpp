// Ties the grammar's rules to the tree builder. The one translation unit that compiles PEGTL.
#include "lang/syntax/parser.hpp"

#include "lang/base/result.hpp"
#include "lang/syntax/grammar.hpp"
#include "lang/syntax/text_check.hpp"
#include "lang/syntax/tree_builder.hpp"

namespace backstay::lang {
namespace {

namespace pegtl = tao::pegtl;
using ast::ArgumentKind;

template <typename Rule>
struct action {};

// A rule whose match is handed to one function of the builder as [begin, end).
template <void (TreeBuilder::*Function)(std::size_t, std::size_t)>
struct hand_over {
  template <typename Input>
  static void apply(const Input& in, TreeBuilder& tree) {
    const auto begin = tree.offset_of(in.begin());
    (tree.*Function)(begin, begin + in.size());
  }
};

template <void (TreeBuilder::*Function)(std::size_t)>
struct hand_over_place {
  template <typename Input>
  static void apply(const Input& in, TreeBuilder& tree) {
    (tree.*Function)(tree.offset_of(in.begin()));
  }
};

template <void (TreeBuilder::*Function)()>
struct hand_over_event {
  static void apply0(TreeBuilder& tree) { (tree.*Function)(); }
};

template <void (TreeBuilder::*Function)(ArgumentKind, std::size_t, std::size_t), ArgumentKind Kind>
struct hand_over_kind {
  template <typename Input>
  static void apply(const Input& in, TreeBuilder& tree) {
    const auto begin = tree.offset_of(in.begin());
    (tree.*Function)(Kind, begin, begin + in.size());
  }
};

// clang-format off
template <> struct action<grammar::comment> : hand_over<&TreeBuilder::comment> {};

template <> struct action<grammar::duration> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Duration> {};
template <> struct action<grammar::size> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Size> {};
template <> struct action<grammar::rate> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Rate> {};
template <> struct action<grammar::count> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Count> {};
template <> struct action<grammar::date> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Date> {};
template <> struct action<grammar::time> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Time> {};
template <> struct action<grammar::instant> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Instant> {};
template <> struct action<grammar::ordinal> : hand_over_kind<&TreeBuilder::literal, ArgumentKind::Ordinal> {};
template <> struct action<grammar::bad_literal> : hand_over<&TreeBuilder::bad_literal> {};

template <> struct action<grammar::word> : hand_over<&TreeBuilder::word> {};
template <> struct action<grammar::bad_word> : hand_over<&TreeBuilder::bad_word> {};
template <> struct action<grammar::host_list> : hand_over<&TreeBuilder::host_list> {};
template <> struct action<grammar::bad_host_list> : hand_over<&TreeBuilder::bad_host_list> {};
template <> struct action<grammar::path> : hand_over<&TreeBuilder::path> {};
template <> struct action<grammar::arrow> : hand_over_kind<&TreeBuilder::plain_argument, ArgumentKind::Arrow> {};
template <> struct action<grammar::assign> : hand_over_kind<&TreeBuilder::plain_argument, ArgumentKind::Assign> {};
template <> struct action<grammar::stray> : hand_over<&TreeBuilder::stray> {};
template <> struct action<grammar::comma> : hand_over_place<&TreeBuilder::comma> {};

template <> struct action<grammar::string_begin> : hand_over_event<&TreeBuilder::begin_string> {};
template <> struct action<grammar::plain_text> : hand_over<&TreeBuilder::string_text> {};
template <> struct action<grammar::escape> : hand_over<&TreeBuilder::string_escape> {};
template <> struct action<grammar::quoted> : hand_over<&TreeBuilder::end_string> {};
template <> struct action<grammar::unclosed_quote> : hand_over<&TreeBuilder::unclosed_string> {};
template <> struct action<grammar::vector_begin> : hand_over_event<&TreeBuilder::begin_vector> {};
template <> struct action<grammar::wrong_item> : hand_over<&TreeBuilder::wrong_vector_item> {};
template <> struct action<grammar::vector> : hand_over<&TreeBuilder::end_vector> {};

template <> struct action<grammar::fact_word> : hand_over<&TreeBuilder::begin_fact> {};
template <> struct action<grammar::no_fact_word> : hand_over<&TreeBuilder::begin_fact_without_word> {};
template <> struct action<grammar::fact> : hand_over_event<&TreeBuilder::end_fact> {};
template <> struct action<grammar::semicolon> : hand_over_place<&TreeBuilder::fact_semicolon> {};
template <> struct action<grammar::stray_semicolon> : hand_over_place<&TreeBuilder::stray_semicolon> {};
template <> struct action<grammar::stray_brace> : hand_over_place<&TreeBuilder::stray_brace> {};

template <> struct action<grammar::block_owner_mark> : hand_over_place<&TreeBuilder::begin_stray_block> {};
template <> struct action<grammar::stray_block> : hand_over_event<&TreeBuilder::end_fact> {};
template <> struct action<grammar::block_begin> : hand_over_place<&TreeBuilder::begin_block> {};
template <> struct action<grammar::block_end> : hand_over_place<&TreeBuilder::end_block> {};
template <> struct action<grammar::unclosed_block> : hand_over_place<&TreeBuilder::end_unclosed_block> {};

// A second net: at_depth_limit keeps blocks shallower than this.
template <> struct action<grammar::block> : pegtl::limit_depth<64> {};

// clang-format on

}  // namespace

Parsed parse(const SourceSet& sources, FileId file, Diagnostics& diagnostics) {
  const SourceFile& source = sources.file(file);
  Parsed parsed;
  parsed.file.id = file;
  TextCheck check = check_text(source, file, diagnostics);
  if (!check.readable) {
    return parsed;
  }
  TreeBuilder tree(source, file, std::move(check.forbidden), parsed.comments, diagnostics);
  pegtl::memory_input<pegtl::tracking_mode::lazy, pegtl::eol::lf> input(
      source.text().data(), source.text().data() + source.text().size(), "");
  const bool matched = pegtl::parse<grammar::file, action>(input, tree);
  BACKSTAY_CHECK(matched, "the grammar matches every text");
  parsed.file = tree.take();
  return parsed;
}

}  // namespace backstay::lang
