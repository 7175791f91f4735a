#include "runtime/seal/plan_seals.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace backstay::runtime {

namespace {

// Targets that steps write into.
std::set<std::string> written_by(const std::vector<plan::Step>& steps) {
  std::set<std::string> targets;
  for (const plan::Step& step : steps) {
    if (const auto* commit = std::get_if<plan::CommitSnapshot>(&step.action))
      targets.insert(commit->target);
    if (const auto* copy = std::get_if<plan::CopySnapshot>(&step.action))
      targets.insert(copy->target);
  }
  return targets;
}

}  // namespace

SealKey key_of(const plan::Plan& plan, const std::string& target) {
  const plan::Target* found = plan.target(target);
  const plan::Key* key = found == nullptr || found->seal.empty() ? nullptr : plan.key(found->seal);
  if (key == nullptr)
    return {};
  SealKey seal{.name = key->name, .recipients = {}};
  for (const plan::Recipient& recipient : key->recipients)
    seal.recipients.push_back(recipient.recipient);
  std::ranges::sort(seal.recipients);
  return seal;
}

Result<std::shared_ptr<const Sealer>> open_sealer(CommandRunner& commands,
                                                  const plan::Plan& plan,
                                                  const std::string& target,
                                                  std::stop_token stop) {
  SealKey key = key_of(plan, target);
  if (!key.seals())
    return std::shared_ptr<const Sealer>();
  return Sealer::open(commands, std::move(key), std::move(stop));
}

Result<void> check_seals(CommandRunner& commands,
                         const plan::Plan& plan,
                         const std::vector<plan::Step>& steps,
                         std::stop_token stop) {
  for (const std::string& target : written_by(steps)) {
    auto sealer = open_sealer(commands, plan, target, stop);
    if (!sealer)
      return std::move(sealer).error().while_doing("target " + target);
  }
  return {};
}

std::string copy_refusal(const plan::Plan& plan, const plan::CopySnapshot& copy) {
  const SealKey from = key_of(plan, copy.source);
  const SealKey to = key_of(plan, copy.target);
  if (!from.seals() || !to.seals() || from.recipients == to.recipients)
    return {};
  return fmt::format(
      "target {} is sealed to others than target {}, which this host cannot open to seal it anew",
      copy.target, copy.source);
}

std::string seal_text(const plan::Plan& plan, const std::string& target) {
  const SealKey key = key_of(plan, target);
  return key.seals() ? "sealed with " + describe(key) : std::string();
}

}  // namespace backstay::runtime
