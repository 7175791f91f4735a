// What a worker made of one piece of the walk: lines of the file list, records of the memory and
// headers of the meta archive, as text, so that whoever puts them in order need not look into them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/archive/entry.hpp"
#include "runtime/archive/known_entries.hpp"
#include "runtime/archive/pack_writer.hpp"

namespace backstay::runtime {

/// Where the hash of a file stands in a batch whose text still grows.
struct DigestPlace {
  std::size_t text = std::string::npos;   ///< 64 digits
  std::size_t known = std::string::npos;  ///< 32 bytes; npos: in no record
};

struct ListBatch {
  /// What a line is to the earlier snapshot.
  enum class Fate : std::uint8_t {
    New,       ///< its path was not there
    Kept,      ///< line and record are what they were
    Again,     ///< the line is what it was, the record is not
    Replaced,  ///< another line had its path
  };

  struct Line {
    std::size_t end = 0;        ///< of its text in `text`; none where a kept line needs none
    std::size_t known_end = 0;  ///< of its record in `known`
    std::uint64_t frame = 0;
    std::uint64_t content = 0;
    std::shared_ptr<const PackHandle> pack;  ///< none: no content, or the text is whole
    bool cut = false;                        ///< a list part may begin here
    bool trusted = false;       ///< its record is that of a file; else its line follows
    bool from_changes = false;  ///< where a kept record was read
    Fate fate = Fate::New;
    ListPlace place = ListPlace::Changes;  ///< where it stands unless the base is written anew
  };

  /// A record of the earlier memory that counts no more as it was.
  struct Left {
    std::size_t line = 0;  ///< it comes before this one
    std::string record;
    bool from_changes = false;
    bool replaced = false;  ///< by that line
  };

  bool linked = false;  ///< names of files that have several
  std::string text;     ///< heads of lines; whole lines where `pack` is none
  std::vector<Line> lines;
  std::string known;  ///< heads of records
  std::vector<Left> left;
  std::string meta;  ///< tar headers of the entries without content
  std::vector<std::size_t> meta_ends;
  std::string large;  ///< those of large files, which come before their content
  std::vector<std::size_t> large_ends;
  std::string commands;  ///< that fill them in a restore by hand

  /// A file whose content is in a pack. remember  whether the next run may trust it
  DigestPlace add_packed(const KnownEntry& file,
                         std::shared_ptr<const PackHandle> pack,
                         std::uint64_t frame,
                         bool remember);
  /// Fills in a hash that was not known yet.
  void set_digest(const DigestPlace& place, const Digest& digest);
  /// A file without content in a pack.
  void add_file(const KnownEntry& file, bool remember);
  /// Anything that is no file.
  void add(const Entry& entry);
  /// The last file is one that an earlier run saw. record  what it remembers, whole
  void keep_record(const KnownRecord& record);
  /// A file that an earlier run saw and whose line stands in the base: nothing but its record.
  void keep_line(const KnownRecord& record,
                 std::shared_ptr<const PackHandle> pack,
                 std::uint64_t size);
  /// A record that the walk passed.
  void pass(const KnownRecord& record);
  /// Says what became of a path that has a record: `before` is how many lines there were before its
  /// turn.
  void settle(const KnownRecord& record, std::size_t before);

 private:
  void add_line(const Entry& entry, bool trusted);
  [[nodiscard]] bool same_line(const KnownName& name, std::string_view record) const;
};

}  // namespace backstay::runtime
