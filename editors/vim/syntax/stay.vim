" Backstay policies. The lists below a line `" words: …` are those of the language's signature table;
" a test compares them, and writes them anew with UPDATE_EDITORS=1.
if exists('b:current_syntax')
  finish
endif
let s:save_cpo = &cpo
set cpo&vim

syn case match
syn sync minlines=200

" ---- arguments

syn match stayName /\<[A-Za-z_][A-Za-z0-9_.-]*/
syn match stayHostList /\<[A-Za-z_][A-Za-z0-9_.-]*\%(\[[^][ \t"#{};]*\][A-Za-z0-9_.-]*\)\+/
syn match stayOperator /[^ \t,;{}]\@1<!\%(->\|=\)[^ \t,;{}#"]\@!/
syn match stayComma /,/

" words: clauses
syn match stayClause /[^ \t,;{}]\@1<!\%(accepts\|admin\|after\|all\|as\|at\|at-least\|because\|because-of\|before\|changes\|day\|disk\|dump\|escrow\|every\|exactly\|except\|fast\|file\|from\|host\|import\|into\|keep\|lag\|may-change\|may-vanish\|month\|nobody\|object\|on\|optional\|physical\|rows\|run\|sandbox\|services\|standard\|stop\|tape\|through\|timeout\|to\|tolerates\|until\|with\|within\)[^ \t,;{}#"\[\]]\@!/
" words: values
syn match stayValue /[^ \t,;{}]\@1<!\%(UTC\|allows\|failure\|false\|fri\|hooks\|last\|mon\|recovery\|sat\|secrets\|success\|sun\|targets\|thu\|true\|tue\|wed\)[^ \t,;{}#"\[\]]\@!/
syn match stayCode /[^ \t,;{}]\@1<!BST\d\{4}[^ \t,;{}#"\[\]]\@!/

syn match stayBadLiteral /[^ \t,;{}\[]\@1<!\d[^ \t,;{}#"\[\]]*/
syn match stayNumber /[^ \t,;{}\[]\@1<!\%(0\|[1-9]\d*\)\%([smhdw]\|\%(B\|[KMGT]iB\)\%(\/s\)\?\)\?[^ \t,;{}#"\[\]]\@!/
syn match stayTime /[^ \t,;{}\[]\@1<!\d\{4}-\d\d-\d\d\%(T\d\d:\d\d\%(:\d\d\)\?Z\)\?[^ \t,;{}#"\[\]]\@!/
syn match stayTime /[^ \t,;{}\[]\@1<!\d\d:\d\d[^ \t,;{}#"\[\]]\@!/
syn match stayValue /[^ \t,;{}\[]\@1<!\%(1st\|2nd\|3rd\|4th\)[^ \t,;{}#"\[\]]\@!/

syn match stayPath /[^ \t,;{}\[]\@1<!\/[^ \t,;{}#"]*/ contains=stayWildcard
syn match stayWildcard /\*\*\|[*?]/ contained
syn region stayString oneline start=/"/ skip=/\\./ end=/"\|$/ contains=stayEscape,stayBadEscape
syn match stayBadEscape /\\./ contained
syn match stayEscape /\\\%(["\\nt*?]\|u{\x\{1,6}}\)/ contained
syn region stayVector matchgroup=stayBracket start=/[A-Za-z0-9_\]]\@1<!\[/ end=/\]/ contains=stayString,stayComment,stayComma

" A list that goes on behind a comma: its next word begins no fact.
syn match stayContinued /,[ \t]*\%(#.*\)\?\n\%([ \t]*\%(#.*\)\?\n\)*[ \t]*[A-Za-z_][A-Za-z0-9_.-]*\%(\[[^][ \t"#{};]*\][A-Za-z0-9_.-]*\)*/ contains=stayComma,stayComment

" ---- facts and blocks

syn cluster stayArguments contains=stayName,stayHostList,stayOperator,stayComma,stayClause,stayValue,stayCode,stayBadLiteral,stayNumber,stayTime,stayPath,stayString,stayVector,stayContinued,stayComment

" words: facts
syn match stayFact contained /\%(\%(^\|[{};]\)[ \t]*\)\@<=\%(address\|after-backup\|after-restore\|all-for\|at\|at-least\|bandwidth\|before-backup\|before-restore\|calendar\|capacity\|captures\|check\|command\|compression\|concurrency\|copies\|copy\|cover\|credential\|daily\|database\|datadir\|deadline\|deletable-by\|directory\|drill\|encrypted\|escrow\|every\|except\|expect\|export\|external\|file\|finds\|fires\|galera\|healthcheck\|held\|history\|hourly\|identity\|immutable\|instant-with\|jitter\|keep\|keeps\|last\|leaves-out\|locked\|login\|mail\|media\|members\|method\|mirror\|monthly\|needs\|notify\|offsite\|offsite-rpo\|on\|owner\|param\|part-of\|path\|port\|quarterly\|quiesce\|rclone\|recipient\|replicate\|restic\|restore\|restores\|rpo\|rsync\|rto\|run\|seal\|sealed-by\|selects\|set\|size\|socket\|sqlite\|to\|units\|unprotected\|user\|webhook\|weekly\|window\|without\|yearly\)[^ \t,;{}#"]\@!/
" words: declarations
syn match stayDeclaration /\%(\%(^\|[{};]\)[ \t]*\)\@<=\%(allow\|backup\|drill\|group\|host\|hosts\|import\|inventory\|key\|language\|library\|mariadb\|moved\|notify\|param\|policy\|postgresql\|profile\|require\|retention\|schedule\|secret\|service\|site\|target\|test\|zone\)[^ \t,;{}#"]\@!/ nextgroup=stayDeclared skipwhite
syn match stayDeclared contained /\%(\%(all\|UTC\)[^ \t,;{}#"]\@!\)\@!\<[a-z][a-z0-9_.-]*[^ \t,;{}#"]\@!/
syn match stayParameter /\%(\%(^\|[{};]\)[ \t]*\)\@<=param[^ \t,;{}#"]\@!/ nextgroup=stayParameterName skipwhite
syn match stayParameterName contained /[a-z][a-z0-9_-]*/ nextgroup=stayType skipwhite
" words: types
syn match stayType contained /\%(argv\|bool\|duration\|group\|hosts\|int\|mariadb\|name\|names\|path\|postgresql\|rate\|schedule\|secret\|service\|size\|string\|target\)[^ \t,;{}#"]\@!/
syn region stayBlock matchgroup=stayBrace start=/{/ end=/}/ fold transparent contains=stayBlock,stayFact,stayParameter,@stayArguments

syn match stayComment /#.*$/ contains=stayTodo,@Spell
syn match stayDocumentation /##.*$/ contains=@Spell
syn keyword stayTodo contained FIXME XXX
syn cluster stayArguments add=stayDocumentation

hi def link stayDeclaration Statement
hi def link stayParameter Statement
hi def link stayDeclared Function
hi def link stayParameterName Identifier
hi def link stayType Type
hi def link stayFact Keyword
hi def link stayClause Operator
hi def link stayValue Constant
hi def link stayCode Constant
hi def link stayNumber Number
hi def link stayTime Number
hi def link stayBadLiteral Error
hi def link stayPath Directory
hi def link stayWildcard Special
hi def link stayString String
hi def link stayEscape SpecialChar
hi def link stayBadEscape Error
hi def link stayOperator Operator
hi def link stayComma Delimiter
hi def link stayBrace Delimiter
hi def link stayBracket Delimiter
hi def link stayHostList Identifier
hi def link stayComment Comment
hi def link stayDocumentation SpecialComment
hi def link stayTodo Todo

let b:current_syntax = 'stay'
let &cpo = s:save_cpo
unlet s:save_cpo
