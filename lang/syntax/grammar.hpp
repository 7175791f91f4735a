// The grammar: one generic fact inside one generic block. Private to parser.cpp and the test of the
// grammar; all that uses PEGTL stands in these two.
//
// Rules never fail for good: where something else stands than should, a `missing` or a `stray` rule
// reports it and the parse goes on, so that one run finds every mistake. Nothing here knows a word
// of the language; which words stand where is said by lang/syntax/signatures.
#pragma once

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/analyze.hpp>
#include <tao/pegtl/contrib/limit_depth.hpp>

#include "lang/syntax/grammar_messages.hpp"
#include "lang/syntax/tree_builder.hpp"

namespace backstay::lang::grammar {

using namespace tao::pegtl;  // NOLINT(google-build-using-namespace): the rules read as a grammar

/// Consumes nothing, reports that `What` is missing here, succeeds.
template <typename What>
struct missing {
  using rule_t = missing;
  using subs_t = empty_list;

  template <apply_mode Apply,
            rewind_mode Rewind,
            template <typename...>
            class Action,
            template <typename...>
            class Control,
            typename Input>
  static bool match(Input& in, TreeBuilder& tree) {
    tree.report_missing(expected<What>, in.current());
    return true;
  }
};

/// Matches nothing; succeeds where one block more would be too deep.
struct at_depth_limit {
  using rule_t = at_depth_limit;
  using subs_t = empty_list;

  template <apply_mode Apply,
            rewind_mode Rewind,
            template <typename...>
            class Action,
            template <typename...>
            class Control,
            typename Input>
  static bool match(Input& /*in*/, TreeBuilder& tree) {
    return tree.at_depth_limit();
  }
};

/// A block from `{` to its `}`, however deep; without recursion.
struct skipped_block {
  using rule_t = skipped_block;
  using subs_t = empty_list;

  template <apply_mode Apply,
            rewind_mode Rewind,
            template <typename...>
            class Action,
            template <typename...>
            class Control,
            typename Input>
  static bool match(Input& in, TreeBuilder& tree) {
    in.bump(tree.skip_block(in.current()));
    return true;
  }
};

// clang-format off

// Characters. Control characters are reported before the parse and count as blanks here.
struct newline        : one<'\n'> {};
struct blank          : sor<ranges<'\x01', '\x09', '\x0b', '\x20'>, one<'\0', '\x7f'>> {};
struct path_char      : seq<not_at<sor<blank, newline, one<',', ';', '{', '}', '#', '"'>>>, any> {};
struct bare_char      : seq<not_at<one<'[', ']'>>, path_char> {};
struct word_char      : sor<alnum, one<'_', '.', '-'>> {};
struct token_end      : not_at<bare_char> {};

// Between tokens.
struct comment        : seq<one<'#'>, star<not_one<'\n'>>> {};
struct gap            : star<blank> {};
struct wide_gap       : star<sor<blank, newline, comment>> {};

// Numbers and what else begins with a digit.
struct number         : sor<seq<range<'1', '9'>, star<digit>>, one<'0'>> {};
struct size_unit      : sor<one<'B'>, seq<one<'K', 'M', 'G', 'T'>, string<'i', 'B'>>> {};
struct day            : seq<rep<4, digit>, one<'-'>, rep<2, digit>, one<'-'>, rep<2, digit>> {};
struct clock_time     : seq<rep<2, digit>, one<':'>, rep<2, digit>> {};
struct duration       : seq<number, one<'s', 'm', 'h', 'd', 'w'>, token_end> {};
struct size           : seq<number, size_unit, token_end> {};
struct rate           : seq<number, size_unit, string<'/', 's'>, token_end> {};
struct count          : seq<number, token_end> {};
struct date           : seq<day, token_end> {};
struct time           : seq<clock_time, token_end> {};
struct instant        : seq<day, one<'T'>, clock_time, opt<one<':'>, rep<2, digit>>, one<'Z'>, token_end> {};
struct ordinal        : seq<sor<string<'1','s','t'>, string<'2','n','d'>, string<'3','r','d'>, string<'4','t','h'>>, token_end> {};
struct bad_literal    : plus<bare_char> {};
struct numeric        : seq<at<digit>, sor<duration, size, rate, count, date, time, instant, ordinal, bad_literal>> {};

// Words, host lists, paths.
struct word_shape     : seq<sor<alpha, one<'_'>>, star<word_char>, token_end> {};
struct word           : seq<word_shape, not_at<one<'['>>> {};
struct bad_word       : seq<sor<alpha, one<'_'>, utf8::range<0x80, 0x10FFFF>>, star<bare_char>> {};
struct bracket        : seq<one<'['>, star<not_one<'[', ']', '"', '\n', '#', '{', '}', ';'>>, one<']'>> {};
struct host_list      : seq<sor<alpha, one<'_'>>, star<word_char>, plus<bracket, star<word_char>>, token_end> {};
struct bad_host_list  : seq<sor<alpha, one<'_'>>, star<word_char>, one<'['>, star<not_one<']', ' ', '\t', '\n', '#', '{', '}', ';'>>, opt<one<']'>>, star<bare_char>> {};
struct path           : seq<one<'/'>, star<path_char>> {};

// Strings and argument vectors.
struct plain_text     : plus<not_one<'"', '\\', '\n'>> {};
struct escape         : seq<one<'\\'>, sor<seq<string<'u', '{'>, star<xdigit>, one<'}'>>, utf8::not_one<'\n'>>> {};
struct string_begin   : one<'"'> {};
struct quoted         : seq<string_begin, star<sor<plain_text, escape>>, one<'"'>> {};
struct unclosed_quote : seq<one<'"'>, star<not_one<'\n'>>> {};
struct text           : sor<quoted, unclosed_quote> {};
struct vector_begin   : one<'['> {};
struct vector_end     : one<']'> {};
struct wrong_item     : plus<bare_char> {};
struct vector_comma   : one<','> {};
struct vector_item    : sor<text, wrong_item, missing<struct vector_item_here>> {};
struct vector_next    : sor<seq<wide_gap, vector_comma, wide_gap, vector_item>,
                            seq<wide_gap, at<one<'"'>>, missing<vector_comma>, text>> {};
struct to_bracket     : seq<star<not_one<']', '\n', '#'>>, one<']'>> {};
struct vector_rest    : seq<missing<vector_end>, sor<to_bracket, star<not_one<']', '\n', '#', '{', '}', ';'>>>> {};
struct vector_close   : sor<seq<wide_gap, vector_end>, vector_rest> {};
struct vector         : seq<vector_begin, wide_gap, sor<vector_end, seq<vector_item, star<vector_next>, vector_close>>> {};

// Arguments.
struct arrow          : seq<string<'-', '>'>, token_end> {};
struct assign         : seq<one<'='>, token_end> {};
struct single_quoted  : seq<one<'\''>, plus<not_one<'\'', '\n'>>, one<'\''>> {};
struct stray          : sor<single_quoted, plus<bare_char>, one<']'>> {};
struct glued          : seq<at<sor<bare_char, one<'"', '['>>>, missing<struct blank_here>> {};
struct argument       : seq<sor<text, vector, path, numeric, word, host_list, bad_host_list, bad_word, arrow, assign, stray>, opt<glued>> {};
struct comma          : one<','> {};
struct list_item      : seq<comma, wide_gap, sor<argument, missing<struct list_item_here>>> {};
struct arguments      : star<gap, sor<list_item, argument>> {};

// Facts and blocks.
struct block;
struct fact_word      : word_shape {};
struct no_fact_word   : sor<seq<one<'"'>, star<not_one<'"', '\n'>>, opt<one<'"'>>>, plus<path_char>, one<','>> {};
struct semicolon      : one<';'> {};
struct at_line_end    : at<sor<newline, eof, one<'#', ';', '}'>>> {};
struct deep_block     : seq<at<one<'{'>>, at_depth_limit, skipped_block> {};
struct any_block      : seq<sor<deep_block, block>, gap, sor<at_line_end, missing<struct line_end_here>>> {};
struct fact_end       : seq<gap, opt<any_block>, opt<gap, semicolon>> {};
struct fact           : seq<sor<fact_word, no_fact_word>, opt<glued>, arguments, fact_end> {};
struct block_owner_mark : at<one<'{'>> {};
struct stray_block    : seq<block_owner_mark, any_block> {};
struct stray_semicolon: one<';'> {};
struct item           : sor<blank, newline, comment, fact, stray_block, stray_semicolon> {};
struct block_begin    : one<'{'> {};
struct block_end      : one<'}'> {};
struct unclosed_block : eof {};
struct block          : seq<block_begin, star<item>, sor<block_end, unclosed_block>> {};
struct stray_brace    : one<'}'> {};
struct file           : seq<star<sor<item, stray_brace>>, eof> {};

// clang-format on

/// What stands at a place where something was missing.
// clang-format off
template <> inline constexpr Expected expected<vector_item_here> = {"a string", "an argument vector holds strings: `[\"nova-status\", \"upgrade\"]`"};
template <> inline constexpr Expected expected<vector_comma> = {"`,` before the next string", "", false, ","};
template <> inline constexpr Expected expected<vector_end> = {"`,` or `]`", ""};
template <> inline constexpr Expected expected<blank_here> = {"a blank", "put a blank between two arguments", false, " "};
template <> inline constexpr Expected expected<list_item_here> = {"another item of the list after `,`", "a line whose last token is `,` goes on; take the `,` off or add the item", true};
template <> inline constexpr Expected expected<line_end_here> = {"the end of the line after `}`", "put the next fact on a line of its own"};
// clang-format on

}  // namespace backstay::lang::grammar

namespace tao::pegtl {

template <typename Name, typename What>
struct analyze_traits<Name, backstay::lang::grammar::missing<What>> : analyze_opt_traits<> {};

template <typename Name>
struct analyze_traits<Name, backstay::lang::grammar::at_depth_limit> : analyze_opt_traits<> {};

template <typename Name>
struct analyze_traits<Name, backstay::lang::grammar::skipped_block> : analyze_any_traits<> {};

}  // namespace tao::pegtl
