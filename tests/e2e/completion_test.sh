#!/usr/bin/env bash
# The completion of each shell, asked as the shell asks it: every verb is offered, options of the verb at
# hand, the values of an option, files where nothing else is known.
source "$(dirname "$0")/lib.sh"

verbs=$("$backstay" --help | awk '/^Subcommands:/ { on = 1; next } /^[A-Z]/ { on = 0 } on && /^  [a-z]/ { print $1 }')
[ "$(wc -w <<<"$verbs")" -gt 20 ] || die "--help lists too few verbs: $verbs"

say "bash"
"$backstay" completion bash >"$scratch/backstay.bash"
source "$scratch/backstay.bash"
# completed WORD…: what bash offers for the last word, which may be empty.
completed() {
  COMP_WORDS=(backstay "$@") COMP_CWORD=$#
  _backstay
  printf '%s\n' "${COMPREPLY[@]}"
}
offers() { # WANTED WORD…
  local wanted=$1
  shift
  completed "$@" | has -xF -- "$wanted" || die "'$wanted' is not offered after: $*"
}
for verb in $verbs; do offers "$verb" ""; done
offers install schedule ""
offers --dry-run schedule install --
offers --state-dir schedule install --
offers json list --format ""
offers json list -f j
offers zsh completion ""
completed check "" | has . && die "something else than files is offered for a file"
completed list --format "" | has -x -- --format && die "an option is offered as a value"

say "zsh"
"$backstay" completion zsh >"$scratch/_backstay"
zsh -n "$scratch/_backstay"
# With the two functions of zsh's completion that it calls standing in: they print what they are given.
zsh_offers() { # WANTED WORD…
  local wanted=$1
  shift
  zsh -fc '
    _describe() { local name=${@[-1]}; print -rl -- ${(P)name}; }
    _files() { print FILES; }
    compadd() { shift; print -rl -- "$@"; }
    file=$1; shift
    words=(backstay "$@"); CURRENT=$#words
    source $file' zsh "$scratch/_backstay" "$@" | has -F -- "$wanted" || die "zsh: '$wanted' is not offered after: $*"
}
for verb in $verbs; do zsh_offers "$verb:" ""; done
zsh_offers "install:" schedule ""
zsh_offers "--dry-run:" schedule install --
zsh_offers json list --format ""
zsh_offers FILES check ""

say "fish"
"$backstay" completion fish >"$scratch/backstay.fish"
fish --no-execute "$scratch/backstay.fish"
fish_offers() { # WANTED LINE
  HOME=$scratch fish --no-config -c "source $scratch/backstay.fish; complete -C '$2'" | cut -f1 | has -xF -- "$1" ||
    die "fish: '$1' is not offered after: $2"
}
for verb in check restore schedule completion; do fish_offers "$verb" "backstay "; done
fish_offers install "backstay schedule "
fish_offers --dry-run "backstay schedule install --"
fish_offers json "backstay list --format "

say "an unknown shell"
expect 2 "$backstay" completion tcsh
