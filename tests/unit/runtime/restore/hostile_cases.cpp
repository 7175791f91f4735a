#include "tests/unit/runtime/restore/hostile_cases.hpp"

#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime::testing {

namespace {

ForgedMember member(EntryType type, std::string path, std::string link = {}) {
  ForgedMember made;
  made.entry.path = std::move(path);
  made.entry.type = type;
  made.entry.mode = type == EntryType::Directory ? 0755 : 0644;
  made.entry.mtime = 1'700'000'000;
  made.entry.link = std::move(link);
  return made;
}

ForgedMember file(std::string path, std::string content = "hostile") {
  ForgedMember made = member(EntryType::File, std::move(path));
  made.content = std::move(content);
  return made;
}

// Collects the cases; paths are relative to `/`, as in a list.
class Cases {
 public:
  Cases(const std::string& top, const std::string& outside)
      : top_(top.substr(1)), outside_(outside) {}

  std::vector<HostileCase> all;

  void paths();
  void symbolic_links();
  void hard_links();
  void doubles();
  void privileges();
  void odd_names();
  void sizes();
  void lists();
  void bytes();

 private:
  [[nodiscard]] std::string at(const std::string& below) const { return top_ + "/" + below; }

  ForgedMember link(const std::string& name, const std::string& text) const {
    return member(EntryType::Symlink, at(name), text);
  }

  HostileCase& add(std::string name, std::vector<ForgedMember> members) {
    HostileCase made{std::move(name), {}, false};
    made.forgery.members = {member(EntryType::Directory, top_), file(at("a-good-file"), "good")};
    for (ForgedMember& each : members)
      made.forgery.members.push_back(std::move(each));
    all.push_back(std::move(made));
    return all.back();
  }

  void harmless(std::string name, std::vector<ForgedMember> members) {
    add(std::move(name), std::move(members)).harmless = true;
  }

  std::string top_;
  std::string outside_;
};

void Cases::paths() {
  // Passed over like any entry that is not at or below what is restored.
  harmless("an absolute path", {file(outside_ + "/new")});
  harmless("dots at the head", {file("../" + outside_.substr(1) + "/new")});
  add("dots in the middle", {file(at("../outside/new"))});
  add("dots in the middle below a directory",
      {member(EntryType::Directory, at("d")), file(at("d/../../outside/new"))});
  add("dots at the tail", {member(EntryType::Directory, at("d/..")), file(at("d/../x"))});
  add("a dot alone", {file(at("./x"))});
  add("two slashes", {file(at("/x"))});
  add("a slash at the end of a file", {file(at("x/"))});
  add("a path beside the tree", {file(outside_.substr(1) + "/new")}).harmless = true;
}

void Cases::symbolic_links() {
  add("a file through an absolute link", {link("l", outside_), file(at("l/new"))});
  add("a file through a relative link", {link("l", "../outside"), file(at("l/new"))});
  add("a file through a chain of links",
      {link("one", "two"), link("two", "../outside"), file(at("one/new"))});
  add("a file onto a link to a file", {link("l", outside_ + "/victim"), file(at("l"))});
  add("a directory through a link",
      {link("l", outside_), member(EntryType::Directory, at("l/new"))});
  add("a pipe through a link", {link("l", outside_), member(EntryType::Fifo, at("l/new"))});
  auto late = member(EntryType::Directory, at("d"));
  late.entry.mode = 0700;
  late.entry.mtime = 1;
  add("a directory that a link replaces, its metadata set late",
      {late, link("d", outside_), file(at("d/x"))});
  add("a link onto a directory with files", {late, file(at("d/x")), link("d", outside_)});
  ForgedMember with_acl = link("l", outside_ + "/victim");
  with_acl.entry.acl = "user::rwx,user:1:rwx,group::rwx,mask::rwx,other::rwx";
  harmless("a link with an ACL", {with_acl});
  ForgedMember with_mode = link("l", outside_ + "/victim");
  with_mode.entry.mode = 06777;
  harmless("a link with a mode", {with_mode});
}

void Cases::hard_links() {
  const auto hard = [&](const std::string& to) {
    return member(EntryType::HardLink, at("hard"), to);
  };
  add("a hard link to an absolute path", {hard(outside_ + "/victim")});
  add("a hard link upwards", {hard(at("../outside/victim"))});
  add("a hard link to a path beside the tree", {hard(outside_.substr(1) + "/victim")});
  add("a hard link through a link", {link("l", outside_), hard(at("l/victim"))});
  add("a hard link to a link", {link("l", outside_ + "/victim"), hard(at("l"))});
  add("a hard link to a directory", {member(EntryType::Directory, at("d")), hard(at("d"))});
  add("a hard link to nothing", {hard(at("nothing"))});
  ForgedMember through = member(EntryType::HardLink, at("l/new"), at("a-good-file"));
  add("a hard link into a link", {link("l", outside_), through});
}

void Cases::doubles() {
  add("a path twice, as a file", {file(at("x")), file(at("x"), "other")});
  add("a path twice, of two kinds", {file(at("x")), member(EntryType::Fifo, at("x"))});
  add("a path twice, a link first", {link("x", outside_ + "/victim"), file(at("x"))});
  add("a directory twice",
      {member(EntryType::Directory, at("d")), member(EntryType::Directory, at("d"))});
  harmless("names that differ in case", {file(at("Name")), file(at("nAME"), "other")});
  harmless("names that fold in Unicode", {file(at("\xc3\xa9")), file(at("e\xcc\x81"), "other")});
  add("a file without its directory", {file(at("nowhere/x"))});
  harmless("what it holds before a directory",
           {file(at("d/x")), member(EntryType::Directory, at("d"))});
  add("a file that is a directory too", {file(at("x")), file(at("x/y"))});
}

void Cases::privileges() {
  const auto with_mode = [&](std::uint32_t mode) {
    ForgedMember made = file(at("x"));
    made.entry.mode = mode;
    return made;
  };
  add("the set-user-id bit", {with_mode(04755)});
  add("the set-group-id bit", {with_mode(02755)});
  add("both", {with_mode(06711)});
  ForgedMember empty = member(EntryType::File, at("x"));
  empty.entry.mode = 04755;
  add("the set-user-id bit of an empty file", {empty});
  for (const EntryType type : {EntryType::CharacterDevice, EntryType::BlockDevice}) {
    ForgedMember device = member(type, at("device"));
    device.entry.mode = 0666;
    device.entry.device_major = 1;
    device.entry.device_minor = 1;
    add(type == EntryType::BlockDevice ? "a block device" : "a character device", {device});
  }
  const auto with_attribute = [&](const std::string& name, const std::string& value) {
    ForgedMember made = file(at("x"));
    made.entry.attributes = {{name, value}};
    return made;
  };
  const std::string capability(
      "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  add("a capability", {with_attribute("security.capability", capability)});
  add("an attribute that overlays trust", {with_attribute("trusted.overlay.redirect", "/etc")});
  ForgedMember pipe = member(EntryType::Fifo, at("pipe"));
  harmless("a pipe", {pipe});
  ForgedMember nobody = file(at("x"));
  nobody.entry.uid = UINT32_MAX - 1;
  nobody.entry.gid = UINT32_MAX - 1;
  harmless("an owner of the largest number", {nobody});
  nobody.entry.uid = UINT32_MAX;
  add("an owner that is no number", {nobody});
  for (const char* user : {"0", "root", "+0", "no such user", "\xff"}) {
    ForgedMember made = file(at("x"));
    made.entry.uid = 1;
    made.entry.user = user;
    harmless("an owner by the name `" + std::string(user) + "`", {made});
  }
}

void Cases::odd_names() {
  for (const char* name : {"new\nline", "\x1b]0;title\x07", "-rf", "\xff\xfe", "a\tb", " "})
    harmless("the name `" + std::string(name) + "`", {file(at(name))});
  std::string nul = at("x");
  nul += '\0';
  add("a name with a NUL", {file(nul + "y")});
  add("a name of 256 bytes", {file(at(std::string(256, 'n')))});
  std::vector<ForgedMember> deep;
  std::string path = at("d");
  while (path.size() < 4100) {
    deep.push_back(member(EntryType::Directory, path));
    path += "/" + std::string(200, 'd');
  }
  deep.push_back(file(path));
  harmless("a path of 4,100 bytes", deep);
  std::string chain = at("d");
  for (int depth = 0; depth < 100'000; ++depth)
    chain += "/d";
  add("a path of 100,000 names", {file(chain)});
  add("a reserved name",
      {member(EntryType::Directory, at(".backstay-new-x")), file(at(".backstay-new-x/tree"))})
      .harmless = true;
}

void Cases::sizes() {
  ForgedMember huge = file(at("x"));
  huge.entry.size = std::uint64_t{1} << 60U;
  add("a size that its content has not", {huge});
  huge.entry.sparse = true;
  add("an exbibyte of holes", {huge});
  huge.entry.large = true;
  huge.entry.part = std::string(64, 'b') + ".parts";
  add("an exbibyte in segments that are not there", {huge});
  auto& negative = add("a negative size", {file(at("x"))});
  negative.forgery.bend_list = [](std::string& list) {
    const std::size_t size = list.rfind("\"size\":");
    list.insert(size + 7, "-");
  };
  ForgedMember short_one = file(at("x"), "more than it says");
  short_one.entry.size = 4;
  add("a content longer than its size", {short_one});
  ForgedMember empty = file(at("x"));
  empty.entry.sha256[0] = 1;
  add("a hash that is not the content's", {empty});
}

void Cases::lists() {
  auto& gone = add("an entry that the archive has not", {file(at("x"))});
  gone.forgery.bend_tar = [](std::string& tar) { tar.resize(tar.size() - 1024); };
  auto& more = add("a member that the list has not", {file(at("x"))});
  more.forgery.bend_tar = [other = tar_member(TarDialect::Own, file(at("y")).entry, "")](
                              std::string& tar) { tar += other; };
  more.harmless = true;
  auto& swapped = add("members in another order", {file(at("x")), file(at("y"))});
  swapped.forgery.bend_list = [](std::string& list) {
    const std::size_t last = list.rfind('\n', list.size() - 2) + 1;
    const std::string line = list.substr(last);
    list.resize(last);
    list.insert(list.rfind('\n', list.size() - 2) + 1, line);
  };
  auto& cut = add("a list that ends within a line", {file(at("x"))});
  cut.forgery.bend_list = [](std::string& list) { list.resize(list.size() - 10); };
  auto& socket = add("a kind that there is not", {file(at("x"))});
  socket.forgery.bend_list = [](std::string& list) {
    const std::size_t type = list.rfind("\"type\":\"file\"");
    list.replace(type + 8, 4, "socket");
  };
  auto& elsewhere = add("a part outside of its directory", {file(at("x"))});
  elsewhere.forgery.bend_list = [](std::string& list) {
    const std::size_t part = list.rfind("\"zpart\":\"");
    list.replace(part + 9, 6, "../../");
  };
  auto& twice = add("a key twice", {file(at("x"))});
  twice.forgery.bend_list = [outside = outside_](std::string& list) {
    list.insert(list.rfind("\"}\n") + 1, ",\"path\":\"" + outside + "/new\"");
  };
}

void Cases::bytes() {
  for (const std::size_t keep : {0, 100, 512, 600, 1024, 1100, 1536, 2047}) {
    auto& cut = add("an archive cut at byte " + std::to_string(keep), {file(at("x"))});
    cut.forgery.bend_tar = [keep](std::string& tar) { tar.resize(std::min(tar.size(), keep)); };
  }
  auto& stored = add("compressed bytes cut in half", {file(at("x"))});
  stored.forgery.bend_stored = [](std::string& bytes) { bytes.resize(bytes.size() / 2); };
  auto& trailing = add("bytes behind the end", {file(at("x"))});
  trailing.forgery.bend_stored = [](std::string& bytes) { bytes += "trailing"; };
  trailing.harmless = true;
  auto& two = add("two archives, one behind the other", {file(at("x"))});
  two.forgery.bend_stored = [](std::string& bytes) { bytes += bytes; };
  two.harmless = true;
  auto& bomb = add("a bomb of 100 MiB in a frame", {file(at("x"))});
  bomb.forgery.bend_tar = [](std::string& tar) {
    tar.insert(0, std::string(std::size_t{100} << 20U, '\0'));
  };
  auto& global = add("a global header that renames all that follows", {file(at("x"))});
  global.forgery.bend_tar = [outside = outside_](std::string& tar) {
    tar.insert(0, pax_global(pax_record("path", outside + "/new")));
  };
  global.harmless = true;  // no member that the list names
  auto& overflow = add("a pax record longer than its header", {file(at("x"))});
  overflow.forgery.bend_tar = [](std::string& tar) {
    tar.insert(0, pax_global("99999999999999999999 path=x\n"));
  };
  overflow.harmless = true;
  auto& sparse = add("a sparse map that overlaps itself", {file(at("x"))});
  sparse.forgery.bend_tar = [](std::string& tar) {
    tar.insert(0, pax_global(pax_record("GNU.sparse.map", "0,512,0,512,1152921504606846976,512") +
                             pax_record("GNU.sparse.realsize", "1152921504606846976")));
  };
  sparse.harmless = true;
}

}  // namespace

std::vector<HostileCase> hostile_cases(const std::string& top, const std::string& outside) {
  Cases cases(top, outside);
  cases.paths();
  cases.symbolic_links();
  cases.hard_links();
  cases.doubles();
  cases.privileges();
  cases.odd_names();
  cases.sizes();
  cases.lists();
  cases.bytes();
  return std::move(cases.all);
}

}  // namespace backstay::runtime::testing
