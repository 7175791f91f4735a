" Run by editors_test.py: names of the syntax groups at the places that it asks for.
"   vim -u NONE -i NONE -N -n -e -s -S dump_syntax.vim; $EDITORS is the folder, $ASKED and $ANSWER files.
execute 'set runtimepath^=' . fnameescape($EDITORS)
set nomodeline encoding=utf-8 redrawtime=60000
filetype plugin on
syntax on
let s:answers = {}
for [s:file, s:places] in items(json_decode(join(readfile($ASKED), '')))
  execute 'silent edit ' . fnameescape(s:file)
  syntax sync fromstart
  let s:names = []
  for [s:line, s:column] in s:places
    call add(s:names, synIDattr(synID(s:line + 1, s:column + 1, 1), 'name'))
  endfor
  let s:answers[s:file] = {'names': s:names, 'filetype': &filetype, 'commentstring': &commentstring,
        \ 'shiftwidth': &shiftwidth}
  bwipeout!
endfor
call writefile([json_encode(s:answers)], $ANSWER)
qall!
