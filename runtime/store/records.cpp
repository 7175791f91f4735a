#include "runtime/store/records.hpp"

#include "runtime/signing/store_signing.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr const char* kSignatureSuffix = ".sig";

// A record says nothing in another store, of another snapshot or under another number.
std::string signed_text(const Store& store,
                        const std::string& snapshot,
                        const std::string& name,
                        const std::string& text) {
  return store.uuid + "/" + snapshot + "/" + name + "\n" + text;
}

// Why behind the record: one whose signature is not there yet is believed by nobody.
Result<void> sign_record(Filesystem& files,
                         const Store& store,
                         const std::string& snapshot,
                         const std::string& path,
                         const std::string& text) {
  if (store.signing == nullptr)
    return {};
  const std::string name = path.substr(path.rfind('/') + 1);
  BACKSTAY_ASSIGN(const std::string signature,
                  store.signing->sign(kRecordNamespace, signed_text(store, snapshot, name, text)));
  BACKSTAY_FAILPOINT("store.record.sign");
  return replace_file(files, path + kSignatureSuffix, signature, 0400);
}

// Whether a record counts. What kept us from looking is an Error.
Result<bool> is_believed(Filesystem& files,
                         const Store& store,
                         const std::string& snapshot,
                         const std::string& path,
                         const std::string& text) {
  if (store.signing == nullptr || !store.signing->believes())
    return true;
  BACKSTAY_ASSIGN(const bool there, is_there(files, path + kSignatureSuffix));
  if (!there)
    return false;
  BACKSTAY_ASSIGN(const std::string signature, read_file(files, path + kSignatureSuffix));
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto signer = store.signing->check(
      {kRecordNamespace, signed_text(store, snapshot, name, text), signature}, {});
  if (!signer && signer.error().kind != ErrorKind::Refused)
    return signer.error();
  return signer.has_value();
}

}  // namespace

Result<std::string> write_record(Filesystem& files,
                                 const Store& store,
                                 const std::string& snapshot,
                                 const std::string& kind,
                                 const std::string& json) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  BACKSTAY_TRY(layout::check_plain_name(kind, "record"));
  BACKSTAY_ASSIGN(const std::string text, canonical_json(json));
  const std::string directory = layout::records(store.path) + "/" + snapshot;
  BACKSTAY_TRY(make_directories(files, directory, 0700));
  constexpr int kTries = 1'000'000;
  for (int number = 1; number < kTries; ++number) {
    const std::string path = directory + "/" + kind + "-" + std::to_string(number) + ".json";
    if (exists(files, path))
      continue;
    // Why a rename: a record that is there is whole; a killed writer leaves a name that no reader
    // takes.
    const std::string beside = directory + "/.writing-" + random_hex8();
    BACKSTAY_FAILPOINT("store.record.write");
    BACKSTAY_TRY(write_new_file(files, beside, text + "\n", 0400));
    BACKSTAY_FAILPOINT("store.record.rename");
    if (auto named = files.rename_no_replace(beside, path); !named) {
      (void)files.unlink(beside);
      if (exists(files, path))
        continue;  // somebody else was faster
      return std::move(named).error();
    }
    BACKSTAY_TRY(files.sync_directory(directory));
    BACKSTAY_TRY(sign_record(files, store, snapshot, path, text + "\n"));
    return path;
  }
  return Error{.kind = ErrorKind::Io, .message = "`" + directory + "` holds too many records"};
}

Result<std::vector<std::string>> read_records(Filesystem& files,
                                              const Store& store,
                                              const std::string& snapshot,
                                              const std::string& kind) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  BACKSTAY_TRY(layout::check_plain_name(kind, "record"));
  const std::string directory = layout::records(store.path) + "/" + snapshot;
  std::vector<std::string> records;
  // write_record() counts from 1 and leaves no gap.
  for (int number = 1;; ++number) {
    const std::string path = directory + "/" + kind + "-" + std::to_string(number) + ".json";
    BACKSTAY_ASSIGN(const bool there, is_there(files, path));
    if (!there)
      return records;
    BACKSTAY_ASSIGN(std::string text, read_file(files, path));
    BACKSTAY_ASSIGN(const bool believed, is_believed(files, store, snapshot, path, text));
    if (believed)
      records.push_back(std::move(text));
  }
}

}  // namespace backstay::runtime
