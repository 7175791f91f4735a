// What a run remembers comes back record by record, whether it stands in the file that was written
// whole or in the changes since.
#include "runtime/archive/known_entries.hpp"

#include <map>
#include <set>

#include <rapidcheck.h>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/tree_order.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/simulated_filesystem.hpp"

namespace backstay::runtime {

namespace {

using test::SimulatedFilesystem;

struct KeyBefore {
  bool operator()(const std::pair<bool, std::string>& a,
                  const std::pair<bool, std::string>& b) const {
    return a.first != b.first ? b.first : path_before(list_key(a.second), list_key(b.second));
  }
};

// Per path all its records, as text.
using Memory = std::map<std::pair<bool, std::string>, std::vector<std::string>, KeyBefore>;

std::string record(const std::pair<bool, std::string>& key, KnownKind kind, std::string_view rest) {
  std::string text;
  append_known_key(text, key.second, {.linked = key.first, .kind = kind});
  return text.append(rest);
}

std::string gone(const std::pair<bool, std::string>& key) {
  std::string text;
  append_known_key(text, key.second,
                   {.linked = key.first, .kind = KnownKind::Gone, .place = ListPlace::Changes});
  return text;
}

std::vector<std::string> some_records(const std::pair<bool, std::string>& key, int dead) {
  std::vector<std::string> records;
  for (int i = 0; i < dead; ++i)
    records.push_back(record(key, KnownKind::Dead, "pack" + std::to_string(i)));
  records.push_back(record(key, KnownKind::Line, "a line of " + key.second));
  return records;
}

Digest write(SimulatedFilesystem& disk, const std::string& path, const Memory& memory) {
  KnownEntriesWriter writer(disk.create(path, 0600).value(), KnownEntriesWriter::Form::Whole);
  for (const auto& [key, records] : memory) {
    for (const std::string& one : records)
      RC_ASSERT(writer.add(one).has_value());
  }
  RC_ASSERT(writer.finish().has_value());
  return writer.digest();
}

KnownEntriesReader open(SimulatedFilesystem& disk, bool with_changes) {
  std::optional<FrameReader> changes;
  if (with_changes)
    changes.emplace(disk.open_read("/changes").value(), "changes");
  return KnownEntriesReader(FrameReader(disk.open_read("/whole").value(), "whole"),
                            std::move(changes));
}

Memory read_all(KnownEntriesReader reader) {
  Memory memory;
  while (true) {
    const KnownRecord one = reader.next_record();
    if (one.bytes.empty())
      break;
    const auto name = name_of_known(one.bytes);
    RC_ASSERT(name.has_value());
    if (name->mark.kind != KnownKind::Gone)
      memory[{name->mark.linked, std::string(name->path)}].emplace_back(one.bytes);
  }
  RC_ASSERT(!reader.damaged());
  return memory;
}

rc::Gen<std::pair<bool, std::string>> some_key() {
  return rc::gen::pair(
      rc::gen::arbitrary<bool>(),
      rc::gen::element<std::string>(".", "a", "a/b", "a/b/c", "a-b", "b", "b/\xff", "c"));
}

rc::Gen<std::vector<std::pair<bool, std::string>>> some_keys() {
  return rc::gen::container<std::vector<std::pair<bool, std::string>>>(some_key());
}

}  // namespace

TEST_CASE("what is remembered is the file that is whole with the changes of every run") {
  CHECK(rc::check("runs that change, drop and keep", [] {
    SimulatedFilesystem disk;
    Memory truth;
    for (const auto& key : *some_keys())
      truth[key] = some_records(key, *rc::gen::inRange(0, 3));
    write(disk, "/whole", truth);
    bool with_changes = false;
    const int runs = *rc::gen::inRange(1, 4);
    for (int run = 0; run < runs; ++run) {
      const auto touched = *some_keys();
      KnownEntriesReader earlier = open(disk, with_changes);
      KnownEntriesWriter next(disk.create("/next", 0600).value(),
                              KnownEntriesWriter::Form::Changes);
      // Adds the records of a path that this run changes.
      const auto change = [&](const std::pair<bool, std::string>& key, const std::string& old) {
        if (run % 2 == 0) {
          const std::string line = record(key, KnownKind::Line, "run " + std::to_string(run));
          RC_ASSERT(next.add(line).has_value());
          auto& records = truth[key];
          if (!old.empty())
            records.pop_back();
          records.push_back(line);
        } else if (!old.empty()) {
          RC_ASSERT(next.add(gone(key)).has_value());
          truth[key].pop_back();
          if (truth[key].empty())
            truth.erase(key);
        }
      };
      const auto keep = [&](const KnownRecord& one) { RC_ASSERT(next.keep(one).has_value()); };
      // A walk meets the paths that it changes, and new ones.
      const std::set<std::pair<bool, std::string>, KeyBefore> walk(touched.begin(), touched.end());
      for (const auto& key : walk) {
        const KnownRecord found = earlier.find(key.second, key.first, keep);
        const auto name = name_of_known(found.bytes);
        const bool there = name && name->mark.kind == KnownKind::Line;
        if (!there && !found.bytes.empty() && run % 2 == 1)
          keep(found);
        change(key, there ? std::string(found.bytes) : std::string());
      }
      earlier.pass_rest(keep);
      RC_ASSERT(!earlier.damaged());
      RC_ASSERT(next.finish().has_value());
      RC_ASSERT(disk.rename_replace("/next", "/changes").has_value());
      with_changes = !next.nothing();
      RC_ASSERT(read_all(open(disk, with_changes)) == truth);
    }
  }));
}

TEST_CASE("what is dead in a path stays remembered when something else of the path changes") {
  SimulatedFilesystem disk;
  const std::pair<bool, std::string> key{false, "etc/a"};
  write(disk, "/whole", {{key, some_records(key, 2)}});
  KnownEntriesReader earlier = open(disk, false);
  KnownEntriesWriter next(disk.create("/changes", 0600).value(), KnownEntriesWriter::Form::Changes);
  const auto keep = [&](const KnownRecord& one) { REQUIRE(next.keep(one)); };
  const bool changes = GENERATE(true, false);
  const KnownRecord found = earlier.find(key.second, false, keep);
  REQUIRE_FALSE(found.bytes.empty());
  const std::string line = record(key, KnownKind::Line, "another");
  if (changes) {
    REQUIRE(next.add(line));
  } else {
    keep(found);
  }
  REQUIRE(next.finish());
  CHECK(next.nothing() == !changes);
  auto wanted = some_records(key, 2);
  if (changes)
    wanted.back() = line;
  CHECK(read_all(open(disk, changes)) == Memory{{key, wanted}});
}

TEST_CASE("a memory that is cut short says so") {
  SimulatedFilesystem disk;
  Memory memory;
  for (int i = 0; i < 100; ++i) {
    const std::pair<bool, std::string> key{false, "f" + std::to_string(1000 + i)};
    memory[key] = some_records(key, 1);
  }
  const Digest digest = write(disk, "/whole", memory);
  std::string bytes = read_file(disk, "/whole").value();
  CHECK(sha256(bytes) == digest);
  bytes.resize(bytes.size() - 1 - bytes.size() / 3);
  REQUIRE(write_new_file(disk, "/cut", bytes, 0600));
  KnownEntriesReader reader(FrameReader(disk.open_read("/cut").value(), "cut"));
  while (!reader.next_record().bytes.empty()) {
  }
  CHECK(reader.damaged());
}

TEST_CASE("a file is told by a glance as by reading its record") {
  CHECK(rc::check("any file", [] {
    KnownEntry known;
    known.entry.path = "top/" + *rc::gen::string<std::string>();
    known.entry.user = *rc::gen::string<std::string>();
    known.entry.acl = *rc::gen::string<std::string>();
    known.entry.size = *rc::gen::arbitrary<std::uint64_t>();
    known.entry.mtime = *rc::gen::arbitrary<std::int64_t>();
    known.entry.attributes = {{"user.a", *rc::gen::string<std::string>()}};
    known.entry.large = *rc::gen::arbitrary<bool>();
    known.inode = *rc::gen::arbitrary<std::uint64_t>();
    known.linked = *rc::gen::arbitrary<bool>();
    known.read_day = *rc::gen::arbitrary<std::int64_t>();
    std::string record;
    append_known_head(record, known);
    append_known_tail(record, std::string(64, 'a') + ".tar.zst", 7);
    set_known_place(record, 0, ListPlace::Shadows);
    const auto back = parse_known(record);
    RC_ASSERT(back.has_value());
    known.entry.part = back->entry.part;
    known.entry.frame = 7;
    RC_ASSERT(*back == known);
    const auto glance = glance_at_known(record);
    RC_ASSERT(glance.has_value());
    RC_ASSERT(glance->path == known.entry.path);
    RC_ASSERT(glance->mark.linked == known.linked);
    RC_ASSERT(glance->mark.place == ListPlace::Shadows);
    RC_ASSERT(glance->large == known.entry.large);
    RC_ASSERT(glance->stamp.size == known.entry.size);
    RC_ASSERT(glance->stamp.inode == known.inode);
    RC_ASSERT(glance->read_day == known.read_day);
    RC_ASSERT(glance->user == known.entry.user);
    RC_ASSERT(glance->part == known.entry.part);
    RC_ASSERT(pack_of_known(record) == (known.entry.large ? "" : known.entry.part));
    const std::size_t cut = *rc::gen::inRange<std::size_t>(0, record.size());
    RC_ASSERT(!glance_at_known(std::string_view(record).substr(0, cut)).has_value());
  }));
}

}  // namespace backstay::runtime
