" Backstay policies: indentation, comments, formatting with `gq` by `backstay fmt`.
if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal expandtab shiftwidth=4 softtabstop=4 textwidth=0
setlocal comments=:##,:# commentstring=#\ %s formatoptions-=t formatoptions+=croql
setlocal iskeyword+=-
setlocal autoindent smartindent
if executable('backstay')
  setlocal formatprg=backstay\ fmt\ -
endif

let b:undo_ftplugin = 'setlocal expandtab< shiftwidth< softtabstop< textwidth< comments<'
      \ . ' commentstring< formatoptions< iskeyword< autoindent< smartindent< formatprg<'
