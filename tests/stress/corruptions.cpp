// Damage to committed snapshots: bits, blocks, lengths, swapped, missing, foreign and forged files.
// Everything that does not carry its own right sums is found at level 1; forged data whose sums
// were made to fit is found at level 2. What a store without signatures cannot find is counted
// apart.
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <nlohmann/json.hpp>

#include "lang/base/sha256.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/verify.hpp"
#include "tests/stress/stress_store.hpp"
#include "tests/stress/topics.hpp"

namespace backstay::stress {

namespace fs = std::filesystem;
using namespace runtime;

namespace {

enum class Damage : std::uint8_t {
  BitFlip,
  RandomBytes,
  Truncated,
  Longer,
  ZeroedBlock,
  Swapped,
  OfAnotherSnapshot,
  Missing,
  Foreign,
  SymbolicLink,
  ForgedData,
};
constexpr std::size_t kDamages = 11;
constexpr std::array<const char*, kDamages> kNames = {
    "bit flip",     "random bytes",  "truncation",          "extra bytes",
    "zeroed block", "swapped",       "of another snapshot", "missing",
    "foreign file", "symbolic link", "forged data"};

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// In place: whatever else is a name of this file changes with it, as on a rotting disk.
void overwrite(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {}

  ~Bench() {
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }

  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // Three snapshots that share parts: packs, segments of a large file and of a dump, links.
  Result<void> prepare() {
    std::string pattern =
        (fs::exists("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/stress-XXXXXX");
    BACKSTAY_CHECK(::mkdtemp(pattern.data()) != nullptr, "a directory for the store can be made");
    base_ = pattern;
    StressStore store(files_, base_, source_, [] {});
    source_.set_large(true);
    BACKSTAY_TRY(store.init());
    for (int run = 0; run < 3; ++run) {
      source_.change();
      BACKSTAY_ASSIGN(const std::string id, store.back_up({}));
      ids_.push_back(id);
    }
    store_ = store.store();
    for (const auto& entry : fs::recursive_directory_iterator(store_.path + "/snapshots")) {
      fs::permissions(entry.path(), fs::perms::owner_all);
    }
    fs::create_directory(base_ + "/aside");
    return {};
  }

  // One damage, looked for and mended. What is wrong; empty: it was found.
  std::string one(Damage damage) {
    const std::string& id = ids_[random_() % ids_.size()];
    const std::string top = layout::snapshot(store_.path, id);
    const std::vector<std::string> paths = files_below(top, damage == Damage::ForgedData);
    const std::string path = paths[random_() % paths.size()];
    const std::string whole = read_text(path);
    const int level = damage == Damage::ForgedData ? 2 : 1 + static_cast<int>(random_() % 2);
    const std::string before = damage == Damage::ForgedData ? decoded(path) : std::string();
    const auto mend = apply(damage, id, path, whole, paths);
    if (!mend) {
      return "nothing to do";
    }
    if (damage == Damage::ForgedData && decoded(path) == before) {
      mend();
      return "nothing to do";  // a bit that no decoder looks at: the content is what it was
    }
    const bool found = is_found(id, level);
    const bool elsewhere = holders_find_it(path, id, level, damage);
    mend();
    if (found && elsewhere) {
      return {};
    }
    return std::string(kNames[static_cast<std::size_t>(damage)]) + " of " + path + " at level " +
           std::to_string(level) + (found ? " in another snapshot that holds it" : "");
  }

  [[nodiscard]] bool whole() {
    return std::ranges::all_of(ids_, [&](const std::string& id) { return !is_found(id, 2); });
  }

  struct Forgery {
    std::string field;
    bool by_itself = false;
    bool by_successor = false;
  };

  // Every scalar of a manifest edited in turn, with SHA256SUMS made to fit.
  std::vector<Forgery> forge_manifest() {
    std::vector<Forgery> all;
    const std::string& id = ids_[ids_.size() - 2];
    const std::string top = layout::snapshot(store_.path, id);
    const std::string path = top + "/" + std::string(layout::kManifest);
    const std::string whole = read_text(path);
    const std::string sums = read_text(top + "/" + std::string(layout::kSums));
    const auto manifest = nlohmann::json::parse(whole);
    const auto flat = manifest.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      auto edited = manifest;
      auto& field = edited[nlohmann::json::json_pointer(pointer)];
      if (value.is_string()) {
        field = value.get<std::string>() + "x";
      } else if (value.is_number()) {
        field = value.get<std::int64_t>() + 1;
      } else {
        continue;
      }
      overwrite(path, edited.dump(2) + "\n");
      fix_sum(top, path, sums);
      all.push_back({pointer, is_found(id, 2), is_found(ids_.back(), 0)});
    }
    overwrite(path, whole);
    overwrite(top + "/" + std::string(layout::kSums), sums);
    return all;
  }

 private:
  using Mend = std::function<void()>;

  bool is_found(const std::string& id, int level) {
    const auto report =
        verify_snapshot(files_, store_, {.snapshot = id, .level = level, .components = {}}, {});
    return !report || !report->intact();
  }

  std::vector<std::string> files_below(const std::string& top, bool parts_only) {
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const bool part = entry.path().string().find("/data/") != std::string::npos &&
                        entry.path().extension() != ".json";
      if (entry.is_regular_file() && (part || !parts_only)) {
        paths.push_back(entry.path().string());
      }
    }
    std::ranges::sort(paths);
    return paths;
  }

  // The hash of what a part holds; `damaged` where it cannot be decoded.
  std::string decoded(const std::string& path) {
    auto file = files_.open_read(path);
    FrameReader frames(std::move(file).value(), path);
    Sha256 hash;
    while (true) {
      const auto content =
          path.ends_with(".zst") ? frames.next() : Result<std::span<const std::byte>>(Error{});
      if (!content) {
        return "damaged " + to_hex(sha256(read_text(path)));
      }
      if (frames.at_end()) {
        return to_hex(hash.finish());
      }
      hash.update(*content);
    }
  }

  // A part is one file with a name in several snapshots: its rot is found in each.
  bool holders_find_it(const std::string& path, const std::string& id, int level, Damage damage) {
    const bool in_place = damage <= Damage::ZeroedBlock;
    for (const std::string& other : ids_) {
      std::string there = path;
      there.replace(there.find(id), id.size(), other);
      if (in_place && other != id && fs::exists(there) && fs::equivalent(there, path) &&
          !is_found(other, level)) {
        return false;
      }
    }
    return true;
  }

  std::string damaged(Damage damage, std::string bytes) {
    const std::size_t at = bytes.empty() ? 0 : random_() % bytes.size();
    switch (damage) {
      case Damage::BitFlip:
      case Damage::ForgedData:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random_() % 8));
        return bytes;
      case Damage::RandomBytes:
        for (std::size_t i = at; i < bytes.size() && i < at + 64; ++i) {
          bytes[i] = static_cast<char>(random_());
        }
        return bytes;
      case Damage::Truncated:
        bytes.resize(at);
        return bytes;
      case Damage::Longer:
        return bytes + std::string(1 + random_() % 5000, static_cast<char>(random_()));
      case Damage::ZeroedBlock: {
        const std::size_t begin = at / 4096 * 4096;
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                    std::min<std::size_t>(4096, bytes.size() - begin), '\0');
        return bytes;
      }
      case Damage::Swapped:
      case Damage::OfAnotherSnapshot:
      case Damage::Missing:
      case Damage::Foreign:
      case Damage::SymbolicLink:
        return bytes;
    }
    BACKSTAY_CHECK(false, "every damage is done");
  }

  // How to undo it; nothing where it would change nothing.
  Mend apply(Damage damage,
             const std::string& id,
             const std::string& path,
             const std::string& whole,
             const std::vector<std::string>& paths) {
    const std::string aside = base_ + "/aside/file";
    switch (damage) {
      case Damage::Missing:
        fs::rename(path, aside);
        return [=] { fs::rename(aside, path); };
      case Damage::Foreign:
        overwrite(path + "-stray", "x");
        return [=] { fs::remove(path + "-stray"); };
      case Damage::SymbolicLink:
        fs::rename(path, aside);
        fs::create_symlink(aside, path);
        return [=] { fs::rename(aside, path); };
      case Damage::Swapped:
        return swap(path, paths[random_() % paths.size()], aside);
      case Damage::OfAnotherSnapshot:
        return put_from_another(id, path, whole, aside);
      case Damage::ForgedData:
      case Damage::BitFlip:
      case Damage::RandomBytes:
      case Damage::Truncated:
      case Damage::Longer:
      case Damage::ZeroedBlock:
        return change_bytes(damage, id, path, whole);
    }
    BACKSTAY_CHECK(false, "every damage is done");
  }

  Mend change_bytes(Damage damage,
                    const std::string& id,
                    const std::string& path,
                    const std::string& whole) {
    const std::string bytes = whole.empty() ? whole : damaged(damage, whole);
    if (bytes == whole) {
      return {};
    }
    overwrite(path, bytes);
    const std::string top = layout::snapshot(store_.path, id);
    const std::string sums = read_text(top + "/" + std::string(layout::kSums));
    if (damage == Damage::ForgedData) {
      fix_sum(top, path, sums);
      return [=] {
        overwrite(path, whole);
        overwrite(top + "/" + std::string(layout::kSums), sums);
      };
    }
    return [=] { overwrite(path, whole); };
  }

  static Mend swap(const std::string& path, const std::string& other, const std::string& aside) {
    if (path == other || read_text(path) == read_text(other)) {
      return {};
    }
    const auto exchange = [=] {
      fs::rename(path, aside);
      fs::rename(other, path);
      fs::rename(aside, other);
    };
    exchange();
    return exchange;
  }

  // The file of the same name, or another of the same kind, as an older snapshot has it.
  Mend put_from_another(const std::string& id,
                        const std::string& path,
                        const std::string& whole,
                        const std::string& aside) {
    const std::string& other = ids_[random_() % ids_.size()];
    std::string there = path;
    there.replace(there.find(id), id.size(), other);
    if (other == id || !fs::exists(there) || read_text(there) == whole) {
      return {};
    }
    const std::string bytes = read_text(there);
    fs::rename(path, aside);
    overwrite(path, bytes);
    return [=] { fs::rename(aside, path); };
  }

  static void fix_sum(const std::string& top, const std::string& path, std::string sums) {
    const std::string line_end = "  " + path.substr(top.size() + 1) + "\n";
    const std::size_t at = sums.find(line_end);
    BACKSTAY_CHECK(at != std::string::npos && at >= 64, "SHA256SUMS names every file");
    sums.replace(at - 64, 64, to_hex(sha256(read_text(path))));
    overwrite(top + "/" + std::string(layout::kSums), sums);
  }

  std::mt19937_64 random_;
  SourceTree source_;
  RealFilesystem files_;
  std::string base_;
  Store store_;
  std::vector<std::string> ids_;
};

}  // namespace

int corruptions(const Options& options) {
  constexpr std::uint64_t kMostPrinted = 5;
  Bench bench(options.seed);
  if (const auto prepared = bench.prepare(); !prepared || !bench.whole()) {
    std::printf("corruptions: the store is not whole to begin with\n");
    return 1;
  }
  std::uint64_t done = 0;
  std::uint64_t missed = 0;
  for (std::uint64_t i = 0; done < options.count; ++i) {
    const std::string wrong = bench.one(static_cast<Damage>(i % kDamages));
    if (wrong == "nothing to do") {
      continue;
    }
    ++done;
    if (!wrong.empty() && ++missed <= kMostPrinted) {
      std::printf("VIOLATION with --seed %lu, number %lu: not found: %s\n", options.seed, done,
                  wrong.c_str());
    }
  }
  if (!bench.whole()) {
    std::printf("VIOLATION: the store is not what it was, after all was mended\n");
    ++missed;
  }
  const auto forgeries = bench.forge_manifest();
  const auto itself = std::ranges::count_if(forgeries, &Bench::Forgery::by_itself);
  std::uint64_t unseen = 0;
  for (const auto& one : forgeries) {
    if (!one.by_successor) {
      std::printf("VIOLATION: an edit of %s is not found by the next snapshot\n",
                  one.field.c_str());
      ++unseen;
    }
  }
  std::printf(
      "corruptions: %lu of %zu kinds from seed %lu, %lu not found; manifests edited with sums that "
      "fit: %zu, of these %ld found by level 2 of the snapshot itself, %zu by its successor\n",
      done, kDamages, options.seed, missed, forgeries.size(), itself, forgeries.size() - unseen);
  return missed == 0 && unseen == 0 ? 0 : 1;
}

}  // namespace backstay::stress
