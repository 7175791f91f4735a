// Where copies lie, who can read and delete them, and how long they stay.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/change_list.hpp"
#include "compiler/plan/copy_through.hpp"
#include "lang/base/units.hpp"

namespace backstay::plan {
namespace {

std::string place_text(const Target& target) {
  return fmt::format("{} {}{}{}{}{}", target.kind, target.path, target.remote,
                     target.host.empty() ? "" : " on " + target.host,
                     target.site.empty() ? "" : " at " + target.site,
                     target.media.empty() ? "" : ", " + target.media);
}

/// How hard it is to delete from it.
int deleter_rank(const Target& target) {
  return target.deletable_by == "nobody" ? 2 : (target.deletable_by == "admin" ? 1 : 0);
}

void compare_target(const Target& was, const Target& is, ChangeList& changes) {
  const std::string subject = "target " + is.name;
  changes.differ(Effect::FewerCopies, subject, place_text(was), place_text(is));
  changes.differ(Effect::WeakerEncryption, subject + " seal", was.seal, is.seal,
                 Effect::WeakerEncryption, Effect::Cosmetic);
  const Effect by_lock =
      seconds_of(is.locked) < seconds_of(was.locked) ? Effect::DeletedEarlier : Effect::Cosmetic;
  changes.differ(by_lock, subject + " locked", was.locked, is.locked);
  const auto deleter = [](const Target& target) {
    return target.deletable_by.empty() ? std::string("host") : target.deletable_by;
  };
  changes.differ(deleter_rank(is) < deleter_rank(was) ? Effect::DeletedEarlier : Effect::Cosmetic,
                 subject + " deletable by", deleter(was), deleter(is));
  changes.differ(Effect::NewAccess, subject + " login", was.login, is.login, Effect::Cosmetic);
  changes.differ(Effect::NewAccess, subject + " needs",
                 fmt::format("{}", fmt::join(was.needs, ", ")),
                 fmt::format("{}", fmt::join(is.needs, ", ")), Effect::CommandChanged);
  changes.differ(Effect::Cosmetic, subject + " capacity", was.capacity, is.capacity);
  changes.differ(Effect::Cosmetic, subject + " bandwidth", was.bandwidth, is.bandwidth);
}

std::vector<std::pair<std::string, std::int64_t>> counts_of(const Retention& retention) {
  return {{"last", retention.last},        {"hourly", retention.hourly},
          {"daily", retention.daily},      {"weekly", retention.weekly},
          {"monthly", retention.monthly},  {"quarterly", retention.quarterly},
          {"yearly", retention.yearly},    {"all-for", seconds_of(retention.all_for)},
          {"at-least", retention.at_least}};
}

std::string count_text(const std::string& word, std::int64_t count) {
  return word == "all-for" ? fmt::format("{} {}", word, to_string(Duration{count}))
                           : fmt::format("{} {}", word, count);
}

bool keeps_less(const Retention& was, const Retention& is) {
  const auto old_counts = counts_of(was);
  const auto new_counts = counts_of(is);
  for (std::size_t rule = 0; rule < old_counts.size(); ++rule) {
    if (new_counts[rule].second < old_counts[rule].second) {
      return true;
    }
  }
  return false;
}

std::string copy_text(const Copy& copy) {
  return fmt::format("keep {}, {}{}{}", copy.retention,
                     copy.schedule.empty() ? "with every run" : "run " + copy.schedule,
                     copy.lag.empty() ? "" : ", lag " + copy.lag,
                     through_of(copy).empty() ? "" : ", through " + through_of(copy));
}

std::map<std::string, Copy> copies_of(const Plan& plan) {
  std::map<std::string, Copy> copies;
  for (const Backup& backup : plan.backups) {
    for (const Copy& copy : backup.copies) {
      copies.emplace(fmt::format("backup {} copy to {}", backup.name, copy.target), copy);
    }
  }
  return copies;
}

}  // namespace

void compare_targets(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.targets, after.targets,
             [&](const std::string& name, const Target* was, const Target* is) {
               if (was == nullptr) {
                 changes.add(Effect::Cost, "target " + name, "", place_text(*is));
                 if (!is->login.empty()) {
                   changes.add(Effect::NewAccess, "target " + name + " login", "", is->login);
                 }
               } else if (is == nullptr) {
                 changes.add(Effect::FewerCopies, "target " + name, place_text(*was), "");
               } else {
                 compare_target(*was, *is, changes);
               }
             });
}

void compare_copies(const Plan& before, const Plan& after, ChangeList& changes) {
  each(copies_of(before), copies_of(after),
       [&](const std::string& subject, const Copy* was, const Copy* is) {
         if (was == nullptr || is == nullptr) {
           changes.add(was == nullptr ? Effect::Cost : Effect::FewerCopies, subject,
                       was == nullptr ? "" : copy_text(*was), is == nullptr ? "" : copy_text(*is));
           return;
         }
         compare_chosen_retention(before, after, subject, was->retention, is->retention, changes);
         // Of its own from now on: with every run of the backup is the oftenest there is.
         changes.differ(changes.of_schedule(before, was->schedule, after, is->schedule),
                        subject + " run", was->schedule, is->schedule, {}, Effect::LongerObjective);
         changes.differ(seconds_of(is->lag) > seconds_of(was->lag) ? Effect::LongerObjective
                                                                   : Effect::Cosmetic,
                        subject + " lag", was->lag, is->lag);
       });
}

// Another retention is chosen: the rules decide what that means.
void compare_chosen_retention(const Plan& before,
                              const Plan& after,
                              const std::string& subject,
                              const std::string& was,
                              const std::string& is,
                              ChangeList& changes) {
  if (was == is) {
    return;
  }
  const Retention* old_one = before.retention(was);
  const Retention* new_one = after.retention(is);
  const bool less = old_one == nullptr || new_one == nullptr || keeps_less(*old_one, *new_one);
  changes.add(less ? Effect::DeletedEarlier : Effect::Cost, subject, "keep " + was, "keep " + is);
}

void compare_retentions(const Plan& before, const Plan& after, ChangeList& changes) {
  each_named(before.retentions, after.retentions,
             [&](const std::string& name, const Retention* was, const Retention* is) {
               if (was == nullptr || is == nullptr) {
                 return;  // whether it matters is said by the backup that uses it
               }
               const auto old_counts = counts_of(*was);
               const auto new_counts = counts_of(*is);
               for (std::size_t rule = 0; rule < old_counts.size(); ++rule) {
                 const auto& [word, old_count] = old_counts[rule];
                 const std::int64_t new_count = new_counts[rule].second;
                 if (old_count != new_count) {
                   changes.add(new_count < old_count ? Effect::DeletedEarlier : Effect::Cost,
                               "retention " + name, count_text(word, old_count),
                               count_text(word, new_count));
                 }
               }
             });
}

}  // namespace backstay::plan
