#include "runtime/journal/stopped_units.hpp"

#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

JournalContent journal(std::vector<JournalRecord> records) {
  JournalContent content;
  content.records = std::move(records);
  return content;
}

JournalRecord record(JournalEvent event, const std::string& unit) {
  return {.event = event, .step = {}, .detail = unit};
}

}  // namespace

TEST_CASE("what a killed backup stopped and did not start again is left stopped") {
  CHECK(units_left_stopped(journal({record(JournalEvent::Begun, "digest"),
                                    record(JournalEvent::UnitStopped, "a.service"),
                                    record(JournalEvent::UnitStopped, "b.service"),
                                    record(JournalEvent::UnitStopped, "c.service"),
                                    record(JournalEvent::UnitStarted, "b.service")})) ==
        std::vector<std::string>{"a.service", "c.service"});
}

TEST_CASE("what a killed restore stopped stays down") {
  CHECK(units_left_stopped(journal({record(JournalEvent::UnitHeld, "a.service")})).empty());
}

}  // namespace backstay::runtime
