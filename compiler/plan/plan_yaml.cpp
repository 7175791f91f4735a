#include "compiler/plan/plan_yaml.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "compiler/plan/plan_reader.hpp"
#include "compiler/plan/verify.hpp"
#include "lang/base/sha256.hpp"

namespace backstay::plan {
namespace {

constexpr std::string_view kDigestKey = "digest: \"sha256:";
constexpr std::size_t kDigestLine = kDigestKey.size() + 64 + 2;  // quote and newline

std::string digest_line(std::string_view digest) {
  return fmt::format("{}{}\"\n", kDigestKey, digest);
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

// The bytes before the digest line, once it fits them.
Result<std::string_view> content_of(std::string_view bytes, std::string_view name) {
  if (bytes.size() < kDigestLine) {
    return bad_input(fmt::format("{} is cut short: it has no digest", name));
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kDigestLine);
  if (bytes.substr(content.size()) != digest_line(to_hex(sha256(content)))) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("{} was changed after it was compiled: its digest does not "
                                        "match its content",
                                        name),
                 .hint = "change the policy instead and compile it again with `backstay plan`"};
  }
  return content;
}

}  // namespace

std::string write_yaml(const Plan& plan, const PlanSink& sink) {
  Sha256 hash;
  write_content(plan, [&](std::string_view piece) {
    hash.update(piece);
    sink(piece);
  });
  std::string digest = to_hex(hash.finish());
  sink(digest_line(digest));
  return digest;
}

std::string to_yaml(const Plan& plan) {
  std::string bytes;
  write_yaml(plan, [&bytes](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::string digest(const Plan& plan) {
  Sha256 hash;
  write_content(plan, [&hash](std::string_view piece) { hash.update(piece); });
  return to_hex(hash.finish());
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
  BACKSTAY_ASSIGN(const std::string_view content, content_of(bytes, file_name));
  BACKSTAY_ASSIGN(Plan plan, read_content(content, file_name));
  if (!bytes.ends_with(digest_line(digest(plan)))) {
    return bad_input(fmt::format("{} is not in the canonical form", file_name));
  }
  BACKSTAY_TRY(verify(plan));
  return plan;
}

}  // namespace backstay::plan
