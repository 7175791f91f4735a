// What lies at the top of an object store: how to restore from it without Backstay.
#pragma once

#include <string_view>

namespace backstay::runtime {

inline constexpr std::string_view kRemoteReadme =
    R"(This is a target of Backstay. Every directory POLICY@HOST/snapshots/ID whose manifest.json is there
is a whole backup. What its SHA256SUMS lists below data/ lies in POLICY@HOST/parts, under its hash.

To restore without Backstay, with this directory as REMOTE (rclone's name for it):

  1. rclone copy REMOTE/POLICY@HOST/snapshots/ID ID && cd ID
  2. sed -n 's|^\([0-9a-f]*\)  data/.*|parts/\1|p' SHA256SUMS | sort -u >../wanted
     rclone copy --files-from ../wanted REMOTE/POLICY@HOST ..
  3. while read -r hash path; do case $path in data/*)
       mkdir -p "${path%/*}" && cp "../parts/$hash" "$path";; esac; done <SHA256SUMS
  4. sha256sum --quiet -c SHA256SUMS
  5. Follow RESTORE.txt there.

Do not change or remove anything here by hand: snapshots share parts.
)";

}  // namespace backstay::runtime
