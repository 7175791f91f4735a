// A base with changes reads as the list that they make, however it is cut and whatever of it is
// asked for.
#include <map>
#include <set>

#include <rapidcheck.h>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/list_parts.hpp"
#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/tree_order.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/simulated_filesystem.hpp"

namespace backstay::runtime {

namespace {

using test::SimulatedFilesystem;

struct PathBefore {
  bool operator()(const std::string& a, const std::string& b) const {
    return path_before(list_key(a), list_key(b));
  }
};

// Path → mode; nothing: a line that takes it away.
using Lines = std::map<std::string, std::optional<std::uint32_t>, PathBefore>;

void write_part(SimulatedFilesystem& disk, const std::string& name, const std::string& text) {
  FrameCompressor compressor;
  const auto frame = compressor.compress(std::as_bytes(std::span(text)));
  RC_ASSERT(write_new_file(disk, "/c/" + name,
                           {reinterpret_cast<const char*>(frame.data()), frame.size()}, 0400)
                .has_value());
}

// A part ends behind every `cut` lines.
void write_lines(
    SimulatedFilesystem& disk, bool linked, bool changes, const Lines& lines, std::size_t cut) {
  std::string text;
  std::size_t count = 0;
  std::size_t part = 0;
  for (const auto& [path, mode] : lines) {
    Entry entry;
    entry.type = EntryType::Directory;
    entry.path = path;
    entry.mode = mode.value_or(0);
    if (mode) {
      text += to_list_line(entry);
    } else {
      append_gone_line(text, path);
    }
    if (++count % cut == 0) {
      write_part(disk, list_part_name(linked, changes, ++part), text);
      text.clear();
    }
  }
  if (!text.empty())
    write_part(disk, list_part_name(linked, changes, ++part), text);
}

rc::Gen<std::string> some_path() {
  const auto name =
      rc::gen::element<std::string>("a", "b", "a-b", "\xff", "new\nline", "\"quoted\"", "z");
  return rc::gen::apply(
      [](const std::string& a, const std::string& b, int depth) {
        return depth == 0 ? std::string(".") : depth == 1 ? a : a + "/" + b;
      },
      name, name, rc::gen::inRange(0, 3));
}

using Found = std::vector<std::pair<std::string, std::uint32_t>>;

EntryVisitor into(Found& found) {
  return [&found](Entry&& entry) -> Result<void> {
    found.emplace_back(entry.path, entry.mode);
    return {};
  };
}

// One section on the disk; what it reads as.
Found make_section(SimulatedFilesystem& disk, bool linked) {
  Lines base;
  Lines changes;
  for (const auto& path : *rc::gen::container<std::vector<std::string>>(some_path()))
    base[path] = 0755;
  for (const auto& path : *rc::gen::container<std::vector<std::string>>(some_path())) {
    changes[path] = 0700;
    if (base.contains(path) && *rc::gen::arbitrary<bool>())
      changes[path] = std::nullopt;
  }
  write_lines(disk, linked, false, base, *rc::gen::inRange<std::size_t>(1, 4));
  write_lines(disk, linked, true, changes, *rc::gen::inRange<std::size_t>(1, 4));
  for (const auto& [path, mode] : changes)
    base[path] = mode;
  Found wanted;
  for (const auto& [path, mode] : base) {
    if (mode)
      wanted.emplace_back(path, *mode);
  }
  return wanted;
}

}  // namespace

TEST_CASE("changes read as if the list had been written with them") {
  CHECK(rc::check("any base, any changes", [] {
    SimulatedFilesystem disk;
    RC_ASSERT(make_directories(disk, "/c/list", 0700).has_value());
    Found wanted = make_section(disk, false);
    const Found linked = make_section(disk, true);
    wanted.insert(wanted.end(), linked.begin(), linked.end());

    Found whole;
    RC_ASSERT(read_list(disk, "/c", into(whole)).has_value());
    RC_ASSERT(whole == wanted);

    Found pieces;
    const auto stretches = list_stretches(disk, "/c");
    RC_ASSERT(stretches.has_value());
    for (const ListStretch& stretch : *stretches)
      RC_ASSERT(read_stretch(disk, "/c", stretch, into(pieces)).has_value());
    RC_ASSERT(pieces == wanted);

    const std::string place = *some_path();
    Found near;
    RC_ASSERT(read_list_near(disk, "/c", place == "." ? "/" : "/" + place, into(near)).has_value());
    std::erase_if(wanted, [&](const auto& entry) {
      return !on_one_line(list_key(entry.first), list_key(place));
    });
    RC_ASSERT(near == wanted);
  }));
}

TEST_CASE("one place of a long list is found without reading the rest") {
  SimulatedFilesystem disk;
  REQUIRE(make_directories(disk, "/c/list", 0700));
  Lines base{{".", 0755}};
  for (int i = 0; i < 40; ++i) {
    const std::string directory = "d" + std::to_string(100 + i);
    base[directory] = 0755;
    for (int j = 0; j < 25; ++j)
      base[directory + "/" + std::to_string(100 + j)] = 0700;
  }
  write_lines(disk, false, false, base, 10);
  std::set<std::string> opened;
  disk.set_fault([&](test::FileCall, const std::string& path) {
    if (path.ends_with(".zst"))
      opened.insert(path);
    return 0;
  });
  Found found;
  REQUIRE(read_list_near(disk, "/c", "/d120/112", into(found)));
  CHECK(found == Found{{".", 0755}, {"d120", 0755}, {"d120/112", 0700}});
  CHECK(opened.size() < 20);  // of 105
}

TEST_CASE("a line that takes a path away leads nowhere else") {
  std::string line;
  append_gone_line(line, "a/\xff");
  CHECK(is_gone_line(line));
  CHECK(parse_gone_line(line).value() == "a/\xff");
  CHECK(path_of_line(line).value() == "a/\xff");
  for (const char* path : {"../a", "/a", "a//b", ""}) {
    line.clear();
    append_gone_line(line, path);
    CHECK_FALSE(parse_gone_line(line));
  }
  CHECK_FALSE(parse_gone_line(R"({"gone":true})"));
  CHECK_FALSE(parse_gone_line(R"({"gone":true,"path":7})"));
  CHECK_FALSE(parse_list_line(R"({"gone":true,"path":"a"})"));
}

}  // namespace backstay::runtime
