#include "runtime/approval/approval.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_yaml.hpp"
#include "runtime/signing/safe_file.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/part_check.hpp"

namespace backstay::runtime {
namespace {

constexpr std::uint64_t kSmallFile = 1ULL << 20U;

std::string signers_path(const World& world) {
  return world.directories.config + "/allowed_signers";
}

/// The list of who may approve; nothing where there is none.
Result<std::optional<std::string>> read_signers(World& world) {
  const std::string path = signers_path(world);
  BACKSTAY_ASSIGN(const bool there, is_there_and_safe(path, 0022));  // who can change it approves
  if (!there)
    return std::optional<std::string>();
  BACKSTAY_ASSIGN(std::string text, read_file(world.files, path, kSmallFile));
  return std::optional(std::move(text));
}

/// The UUID of a registered store; empty where the target is not registered here.
std::string registered_store(World& world, const std::string& target) {
  const auto text = read_file(world.files, world.directories.config + "/targets/" + target);
  if (!text || !text->starts_with("uuid "))
    return {};
  return text->substr(5, text->find('\n') - 5);
}

std::int64_t number_in(World& world, const std::string& path) {
  const auto text = read_file(world.files, path, kSmallFile);
  std::int64_t number = 0;
  if (text)
    (void)std::from_chars(text->data(), text->data() + text->size(), number);
  return number;
}

std::string used_path(const World& world, const ApprovalRecord& record) {
  return approval_path(world.directories.state, record.policy, record.host);
}

std::string short_digest(const std::string& digest) {
  return digest.substr(0, 12);
}

/// What of a record does not fit the plan, the host, the time and the machine.
class Judging {
 public:
  Judging(World& world, const plan::Plan& plan, const std::string& host, const Approval& approval)
      : world_(world), plan_(plan), host_(host), approval_(approval), record_(approval.record) {}

  Result<void> judge() {
    BACKSTAY_TRY(check_subject());
    BACKSTAY_TRY(check_time());
    BACKSTAY_TRY(check_stores());
    return check_programs();
  }

 private:
  [[nodiscard]] Error refused(std::string message, std::string hint = {}) const {
    return {.kind = ErrorKind::Refused,
            .message = std::move(message),
            .hint = hint.empty() ? "look at the plan with `backstay show`, then have it approved: "
                                   "`backstay approve PLAN --key KEY`"
                                 : std::move(hint)};
  }

  [[nodiscard]] Result<void> check_subject() const {
    if (record_.policy != plan_.policy || record_.host != host_) {
      return refused(fmt::format("the approval of policy {} on {} is one of policy {} on {}",
                                 plan_.policy, host_, record_.policy, record_.host));
    }
    const std::string digest = plan::digest(plan_);
    if (record_.digest != digest) {
      return refused(fmt::format("this plan of policy {} is not approved for {}: its digest is {}, "
                                 "{} approved {}",
                                 plan_.policy, host_, short_digest(digest),
                                 approval_.signer.principal, short_digest(record_.digest)),
                     "run the plan that was approved, or see what changed (`backstay diff OLD "
                     "NEW`) and have this one approved");
    }
    return {};
  }

  [[nodiscard]] Result<void> check_time() const {
    const auto until = from_rfc3339(record_.until);
    if (!record_.until.empty() && (!until || world_.clock.now() >= *until)) {
      return refused(fmt::format("the approval of policy {} for {} ended at {}", plan_.policy,
                                 host_, record_.until));
    }
    const std::int64_t used = number_in(world_, used_path(world_, record_));
    if (record_.number < used) {
      return refused(
          fmt::format("the approval of policy {} for {} is older (number {}) than one "
                      "that was used before (number {})",
                      plan_.policy, host_, record_.number, used));
    }
    return {};
  }

  [[nodiscard]] Result<void> check_stores() const {
    for (const auto& [target, uuid] : record_.stores) {
      const std::string here = registered_store(world_, target);
      if (here != uuid) {
        return refused(fmt::format("the plan is approved for the store {} as target {}, not for {}",
                                   uuid, target,
                                   here.empty() ? "one that is not registered" : here));
      }
    }
    return {};
  }

  [[nodiscard]] Result<void> check_programs() const {
    for (const std::string& program : own_programs(plan_, host_)) {
      const auto approved = record_.programs.find(program);
      const auto stored = hash_stored(world_.files, program);
      if (!stored)
        return stored.error();
      if (approved == record_.programs.end() || approved->second != to_hex(stored->sha256)) {
        return refused(fmt::format("the program `{}` is not the one that was approved", program),
                       "look at what changed in it, then have the plan approved again");
      }
    }
    return {};
  }

  World& world_;
  const plan::Plan& plan_;
  const std::string& host_;
  const Approval& approval_;
  const ApprovalRecord& record_;
};

Error none(const plan::Plan& plan, const std::string& host, const std::string& path) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("policy {} is not approved for {}: `{}` is not there", plan.policy,
                                 host, path),
          .hint =
              "look at the plan with `backstay show`, then have it approved: `backstay approve "
              "PLAN --key KEY`"};
}

Result<Approval> read_approval(World& world,
                               const std::string& path,
                               const std::string& signers,
                               std::stop_token stop) {
  BACKSTAY_ASSIGN(const std::string text, read_file(world.files, path, kSmallFile));
  BACKSTAY_ASSIGN(const ApprovalFile file, split_approval(text));
  BACKSTAY_ASSIGN(Signer signer,
                  check_signature(world.commands, {kPlanNamespace, file.record, file.signature},
                                  signers, {}, std::move(stop)));
  BACKSTAY_ASSIGN(ApprovalRecord record, parse_approval(file.record));
  return Approval{.record = std::move(record), .signer = std::move(signer)};
}

/// Whatever is wrong with the file, the plan must not run.
Error not_taken(Error error, const std::string& path) {
  if (error.kind == ErrorKind::Verification || error.kind == ErrorKind::BadInput) {
    error.kind = ErrorKind::Refused;
    error.hint =
        "have the plan approved by one of allowed_signers: `backstay approve PLAN --key "
        "KEY`";
  }
  return std::move(error).while_doing("looking at the approval `" + path + "`");
}

}  // namespace

Result<bool> asks_for_approval(World& world) {
  BACKSTAY_ASSIGN(const auto signers, read_signers(world));
  return signers.has_value();
}

Result<std::optional<Approval>> find_approval(World& world,
                                              const plan::Plan& plan,
                                              const std::string& host,
                                              std::stop_token stop,
                                              const std::string& file) {
  BACKSTAY_ASSIGN(const auto signers, read_signers(world));
  if (!signers)
    return std::optional<Approval>();
  BACKSTAY_TRY(layout::check_plain_name(plan.policy, "policy"));
  BACKSTAY_TRY(layout::check_plain_name(host, "host"));
  const std::string path =
      file.empty() ? approval_path(world.directories.config, plan.policy, host) : file;
  BACKSTAY_ASSIGN(const bool there, is_there(world.files, path));
  if (!there)
    return none(plan, host, path);
  auto approval = read_approval(world, path, *signers, std::move(stop));
  if (!approval)
    return not_taken(std::move(approval).error(), path);
  BACKSTAY_TRY(Judging(world, plan, host, *approval).judge());
  return std::optional(*std::move(approval));
}

Result<std::optional<Approval>> use_approval(World& world,
                                             const plan::Plan& plan,
                                             const std::string& host,
                                             std::stop_token stop) {
  BACKSTAY_ASSIGN(auto approval, find_approval(world, plan, host, std::move(stop)));
  if (!approval)
    return approval;
  const std::string used = used_path(world, approval->record);
  if (number_in(world, used) < approval->record.number) {
    BACKSTAY_TRY(make_directories(world.files, world.directories.state + "/approved", 0700));
    BACKSTAY_TRY(
        replace_file(world.files, used, std::to_string(approval->record.number) + "\n", 0600));
  }
  return approval;
}

Result<std::string> approval_host(const plan::Plan& plan, const std::string& asked) {
  const auto hosts = hosts_of(plan);
  const std::string wanted = !asked.empty() ? asked : hosts.size() == 1 ? hosts[0] : host_name();
  if (std::find(hosts.begin(), hosts.end(), wanted) != hosts.end())
    return wanted;
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("`{}` is no host of the plan: it has {}", wanted,
                                      fmt::join(hosts, ", ")),
               .hint = "say which with --host"};
}

Result<ApprovalRecord> make_approval(World& world,
                                     const plan::Plan& plan,
                                     const ApprovalRequest& request) {
  const std::string path = approval_path(world.directories.config, plan.policy, request.host);
  ApprovalRecord record{.policy = plan.policy,
                        .host = request.host,
                        .digest = plan::digest(plan),
                        .until = request.until,
                        .stores = request.stores};
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock.now());
  record.number =
      std::max(now.time_since_epoch().count(), number_in(world, used_path(world, record)) + 1);
  if (const auto before = read_file(world.files, path, kSmallFile)) {
    const auto file = split_approval(*before);
    const auto earlier = file ? parse_approval(file->record) : Result<ApprovalRecord>(file.error());
    if (earlier)
      record.number = std::max(record.number, earlier->number + 1);
  }
  for (const plan::Target& target : plan.targets) {
    const std::string uuid = registered_store(world, target.name);
    if (!uuid.empty())
      record.stores.emplace(target.name, uuid);
  }
  for (const std::string& program : own_programs(plan, request.host)) {
    const auto copy = request.copies.find(program);
    auto stored = hash_stored(world.files, copy == request.copies.end() ? program : copy->second);
    if (!stored) {
      Error error = std::move(stored).error();
      error.hint =
          "an approval names the hash of this program; say where a copy of it lies: "
          "--program " +
          program + "=FILE";
      return error;
    }
    record.programs.emplace(program, to_hex(stored->sha256));
  }
  return record;
}

std::string to_string(const Approval& approval) {
  return fmt::format(
      "by {}, {}", approval.signer.principal,
      approval.record.until.empty() ? "without an end" : "until " + approval.record.until);
}

}  // namespace backstay::runtime
