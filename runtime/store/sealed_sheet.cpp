#include "runtime/store/sealed_sheet.hpp"

#include "runtime/store/restore_sheet.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kText = R"(#
# To restore by hand, as root, in this directory:
#
#   IDENTITY=/media/key/identity.txt ROOT=/restored sh RESTORE.txt
#
# puts the files below ROOT (0700 while it works; `ROOT=/` overwrites the machine's own). Databases are
# written to ROOT as files; at the end it says how they are imported. Needed: age, sha256sum, tar, zstd,
# dd. IDENTITY is the file of an identity as age-keygen writes it. Nothing that was opened is written
# anywhere but to its place below ROOT.
#
# What names the content is sealed too. To see it: age -d -i IDENTITY restore.sh.age

set -eu
: "${ROOT:?says where to restore to}"
: "${IDENTITY:?says which file holds an identity that opens this}"
case $ROOT in /*) ;; *) ROOT=$PWD/$ROOT ;; esac
case $IDENTITY in /*) ;; *) IDENTITY=$PWD/$IDENTITY ;; esac
umask 077
mkdir -p "$ROOT"
work=$ROOT/.backstay-by-hand
failed=$work/failed
rm -rf "$work"
mkdir "$work"

# Every byte is what was written:
sha256sum --quiet --strict -c SHA256SUMS

check() {  # whether all went well so far
    [ ! -e "$failed" ] || { echo "IDENTITY does not open it, or it is damaged" >&2; exit 1; }
}

open() {  # open FILE: what is sealed in FILE.age
    age -d -i "$IDENTITY" "$1.age" || : > "$failed"
}

unpack() {  # unpack FILE: the same, and not compressed any more
    open "$1" | zstd -dcq || : > "$failed"
}

extract() {  # extract PACK: keeps owners by name, modes, times, ACLs and attributes
    if [ -e "${1%.tar.zst}.dead.zst.age" ]; then  # some of it does not belong to this snapshot
        unpack "${1%.tar.zst}.dead.zst" | {
            unpack "$1" < /dev/null |
                LC_ALL=C tar -C "$ROOT" -xp --same-owner --acls --xattrs --xattrs-include='*' \
                    --delay-directory-restore --anchored --wildcards --no-recursion -X /dev/fd/3 -f -
        } 3<&0
    elif [ -e "${1%.tar.zst}.live.zst.age" ]; then  # or, in older snapshots, only what is named does
        unpack "${1%.tar.zst}.live.zst" | {
            unpack "$1" < /dev/null |
                tar -C "$ROOT" -xp --same-owner --acls --xattrs --xattrs-include='*' \
                    --delay-directory-restore --no-unquote --null -T /dev/fd/3 -f -
        } 3<&0
    else
        unpack "$1" |
            tar -C "$ROOT" -xp --same-owner --acls --xattrs --xattrs-include='*' \
                --delay-directory-restore -f -
    fi
    check
}

packs() {  # the packs of the component that one is in
    for pack in [0-9a-f]*.tar.zst.age; do extract "${pack%.age}"; done
}

join() {  # join PARTS: the content that a list of segments stands for
    open "$1" | while read -r segment; do unpack "$segment" < /dev/null; done
}

run() {  # run FILE: the commands that are sealed in it
    commands=$(open "$1")
    check
    eval "$commands"
    check
}

if [ -e names.txt.age ]; then  # sealed files have names of their own: a tree of links gives theirs back
    open names.txt | while read -r sealed plain; do
        mkdir -p "$work/${plain%/*}"
        ln -s "$PWD/$sealed" "$work/$plain.age"
    done
    ln -s "$PWD/restore.sh.age" "$work/restore.sh.age"
    cd "$work"
fi
run restore.sh
open restore.sh | sed -n 's/^# then/then/p'
cd /
rm -r "$work"
)";

}  // namespace

std::string sealed_sheet(const Manifest& manifest) {
  std::string text = sheet_title(manifest) + "# Sealed with key " + manifest.seal.name + ", to:\n";
  for (const std::string& recipient : manifest.seal.recipients)
    text += "#   " + recipient + "\n";
  return text + std::string(kText);
}

}  // namespace backstay::runtime
