// File lists in a chain of snapshots: a base that is shared, and changes beside it.
#include "runtime/archive/live_names.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "tests/unit/runtime/store/chain_fixture.hpp"

namespace backstay::runtime::testing {

TEST_CASE("a change of one file of many is written beside the list, not the list again") {
  Bench bench;
  const std::string source = bench.directory / "source";
  const auto name = [&](int i) {
    return source + "/d" + std::to_string(i % 7) + "/f" + std::to_string(i);
  };
  for (int i = 0; i < 300; ++i)
    write_text(name(i), "content " + std::to_string(i));
  fs::create_hard_link(name(5), source + "/another");
  bench.settle();
  const auto action = bench.files_of(source);
  const auto first = bench.back_up(action);
  REQUIRE(error_of(first).empty());
  // What tar takes for a pattern, and what ends a line.
  const std::vector<std::string> odd = {"a*",        "a?b",   "[ab]",      "back\\slash",
                                        "end ",      "tab\t", "new\nline", "!x",
                                        "new nline", "a\\",   "#c",        "\n"};
  for (const std::string& one : odd)
    write_text(source + "/odd/" + one, "odd " + one);
  bench.settle();
  const auto second = bench.back_up(action);
  REQUIRE(error_of(second).empty());
  const auto list_parts = [&](const std::string& id, const std::string& kind) {
    std::vector<std::string> found;
    for (const std::string& path : parts_in(bench, id)) {
      if (fs::path(path).filename().string().starts_with(kind))
        found.push_back(path);
    }
    return found;
  };
  const auto base = list_parts(*first, "base-");
  REQUIRE(base.size() == 1);
  CHECK(list_parts(*first, "linked-base-").size() == 1);
  CHECK(fs::hard_link_count(base.front()) == 2);
  CHECK(list_parts(*second, "changes-").size() == 1);
  check_restores(bench, action, *second, describe_tree(source), "second");

  // Every way in which a path may change that the changes have or have not.
  for (std::size_t i = 0; i < odd.size(); i += 2)
    fs::remove(source + "/odd/" + odd[i]);
  fs::remove_all(source + "/d3");
  write_text(source + "/d3", "a file instead of a directory");
  write_text(name(1), "changed");
  fs::remove(source + "/another");
  fs::create_hard_link(name(6), source + "/yet another");
  bench.settle();
  const auto third = bench.back_up(action);
  REQUIRE(error_of(third).empty());
  check_restores(bench, action, *third, describe_tree(source), "third");
  for (std::size_t i = 0; i < odd.size(); i += 2)
    write_text(source + "/odd/" + odd[i], "again " + odd[i]);
  fs::remove(source + "/d3");
  bench.settle();
  const auto fourth = bench.back_up(action);
  REQUIRE(error_of(fourth).empty());
  check_restores(bench, action, *fourth, describe_tree(source), "fourth");

  REQUIRE(bench.back_up(action));  // what is worth writing anew is written here
  const auto fifth = bench.back_up(action);
  REQUIRE(error_of(fifth).empty());
  for (const std::string& path : parts_in(bench, *fifth)) {
    INFO(path);
    if (!path.ends_with("component.json") && list_parts(*fifth, "base-").front() != path)
      CHECK(fs::hard_link_count(path) > 1);
  }
  check_restores(bench, action, *fifth, describe_tree(source), "fifth");
  CHECK(bench.events.warnings.empty());
}

TEST_CASE("changes that are many beside their list become a list of their own") {
  Bench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 100; ++i)
    write_text(source + "/f" + std::to_string(i), "content " + std::to_string(i));
  bench.settle();
  const auto action = bench.files_of(source);
  REQUIRE(bench.back_up(action));
  for (int i = 0; i < 100; i += 2)
    write_text(source + "/f" + std::to_string(i), "another " + std::to_string(i));
  bench.settle();
  const auto changed = bench.back_up(action);
  REQUIRE(error_of(changed).empty());
  const std::string list = data_of(bench, *changed) + "/list/";
  CHECK(fs::exists(list + "changes-000001.jsonl.zst"));
  CHECK(fs::hard_link_count(list + "base-000001.jsonl.zst") == 2);
  const TreeDescription tree = describe_tree(source);
  fs::remove(source + "/f7");
  const auto whole = bench.back_up(action);
  REQUIRE(error_of(whole).empty());
  const std::string next = data_of(bench, *whole) + "/list/";
  CHECK_FALSE(fs::exists(next + "changes-000001.jsonl.zst"));
  CHECK(fs::hard_link_count(next + "base-000001.jsonl.zst") == 1);
  check_restores(bench, action, *changed, tree, "changed");
}

TEST_CASE("a list part that rotted makes the list be written whole") {
  Bench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 50; ++i)
    write_text(source + "/f" + std::to_string(i), "content " + std::to_string(i));
  bench.settle();
  const auto action = bench.files_of(source);
  const auto first = bench.back_up(action);
  REQUIRE(error_of(first).empty());
  const std::string part = data_of(bench, *first) + "/list/base-000001.jsonl.zst";
  std::string bytes = read_text(part);
  bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
  fs::permissions(part, fs::perms::owner_all);
  std::ofstream(part, std::ios::binary) << bytes;
  bench.clock.advance(std::chrono::hours(24 * 30));
  const auto second = bench.back_up(action);
  REQUIRE(error_of(second).empty());
  REQUIRE(bench.events.warnings.size() == 1);
  CHECK(bench.events.warnings.front().find("is damaged") != std::string::npos);
  check_restores(bench, action, *second, describe_tree(source), "second");
}

TEST_CASE("a memory of entries that was damaged is not believed") {
  Bench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 50; ++i)
    write_text(source + "/f" + std::to_string(i), "content " + std::to_string(i));
  bench.settle();
  const auto action = bench.files_of(source);
  REQUIRE(bench.back_up(action));
  const std::string entries = memory_file(bench, ".entries");
  std::string bytes = read_text(entries);
  bytes.resize(bytes.size() - 3);
  write_text(entries, bytes);
  const auto second = bench.back_up(action);
  REQUIRE(error_of(second).empty());
  REQUIRE(bench.events.warnings.size() == 1);
  CHECK(bench.events.warnings.front().find("is damaged") != std::string::npos);
  CHECK(bench.verify(*second, 2)->intact());
}

TEST_CASE("dead names that are not those of the pack are found") {
  Bench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 40; ++i)
    write_text(source + "/f" + std::to_string(i), "content " + std::to_string(i));
  bench.settle();
  const auto action = bench.files_of(source);
  REQUIRE(bench.back_up(action));
  write_text(source + "/f7", "changed");
  const auto second = bench.back_up(action);
  REQUIRE(error_of(second).empty());
  CHECK(bench.verify(*second, 2)->intact());
  std::string dead;
  for (const std::string& path : parts_in(bench, *second)) {
    if (path.ends_with(kDeadSuffix))
      dead = path;
  }
  REQUIRE_FALSE(dead.empty());
  const std::string text = source.substr(1) + (GENERATE(true, false) ? "/f8" : "/g7") + "\n";
  FrameCompressor compressor(1);  // as long as the one before
  const auto frame = compressor.compress(std::as_bytes(std::span(text)));
  const std::string forged(reinterpret_cast<const char*>(frame.data()), frame.size());
  const std::string top = bench.store.path + "/snapshots/" + *second;
  std::string sums = read_text(top + "/SHA256SUMS");
  const std::string old_sum = to_hex(sha256(read_text(dead)));
  sums.replace(sums.find(old_sum), old_sum.size(), to_hex(sha256(forged)));
  for (const auto& [path, bytes] :
       {std::pair(dead, forged), std::pair(top + "/SHA256SUMS", sums)}) {
    fs::permissions(path, fs::perms::owner_all);
    write_text(path, bytes);
  }
  const auto report = bench.verify(*second, 2);
  REQUIRE(error_of(report).empty());
  REQUIRE_FALSE(report->intact());
  INFO(report->problems.front());
  CHECK(report->problems.front().find("are not those of the file list") != std::string::npos);
}

TEST_CASE("files that are read again and are what they were are dead in no pack") {
  Bench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/a", "content of a");
  write_text(source + "/c", "content of c");
  const auto times = fs::last_write_time(source + "/c");
  const auto action = bench.files_of(source);
  for (int i = 0; i < 4; ++i) {  // too young to be taken for unchanged: the same pack is made again
    const auto id = bench.back_up(action);
    REQUIRE(error_of(id).empty());
    check_restores(bench, action, *id, describe_tree(source), "young-" + std::to_string(i));
  }
  // One is changed, so that it is dead in the pack; then both are read again and are as at first.
  bench.settle();
  REQUIRE(bench.back_up(action));
  write_text(source + "/c", "another content");
  bench.settle();
  const auto changed = bench.back_up(action);
  REQUIRE(error_of(changed).empty());
  write_text(source + "/c", "content of c");
  fs::last_write_time(source + "/c", times);
  fs::permissions(source + "/a", fs::perms::owner_all);
  fs::permissions(source + "/a", fs::perms::owner_read | fs::perms::owner_write |
                                     fs::perms::group_read | fs::perms::others_read);
  for (int i = 0; i < 3; ++i) {
    bench.settle();
    const auto again = bench.back_up(action);
    REQUIRE(error_of(again).empty());
    check_restores(bench, action, *again, describe_tree(source), "again-" + std::to_string(i));
  }
}

}  // namespace backstay::runtime::testing
