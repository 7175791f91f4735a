" Backstay policies.
autocmd BufNewFile,BufRead *.stay setfiletype stay
