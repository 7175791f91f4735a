// What each fact of a `test` block asks of a policy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/compile.hpp"
#include "compiler/policy_test/test_file.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Holds expectations against one policy. Borrows all that it is given.
class Examiner {
 public:
  /// findings     of the policy
  /// diagnostics  takes the mistakes of the tests: names that the policy does not have
  Examiner(const Analysis& analysis,
           const lang::Diagnostics& findings,
           lang::Diagnostics& diagnostics)
      : analysis_(analysis), findings_(findings), diagnostics_(diagnostics) {}

  /// What is found in place of what is expected; nothing where it is as expected, or where the
  /// expectation makes no sense, which is reported.
  [[nodiscard]] std::optional<std::string> objection(const Expectation& expectation) const;

 private:
  using Objection = std::optional<std::string>;

  [[nodiscard]] Objection selects(const Expectation& expectation) const;
  [[nodiscard]] Objection leaves_out(const Expectation& expectation) const;
  [[nodiscard]] Objection captures(const Expectation& expectation) const;
  [[nodiscard]] Objection restores(const Expectation& expectation) const;
  [[nodiscard]] Objection fires(const Expectation& expectation) const;
  [[nodiscard]] Objection keeps(const Expectation& expectation) const;
  [[nodiscard]] Objection finds(const Expectation& expectation) const;

  [[nodiscard]] std::optional<std::string> path_of(const Located<std::string>& value) const;
  [[nodiscard]] bool is_known(const Located<std::string>& name,
                              const std::vector<std::string>& known,
                              std::string_view what) const;

  const Analysis& analysis_;
  const lang::Diagnostics& findings_;
  lang::Diagnostics& diagnostics_;
};

}  // namespace backstay::compiler
