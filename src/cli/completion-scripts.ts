/**
 * What makes each shell ask `chatapi complete -- WORDS…`, which answers with a line for each word, its meaning behind a tab, and
 * with `:files` in the last line where the name of a file could stand there, else with `:`.
 */
export const COMPLETION_SCRIPTS = {
  bash: `_chatapi() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) ;;
      :) compopt +o default 2>/dev/null ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(chatapi complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _chatapi chatapi
`,
  zsh: `#compdef chatapi
_chatapi() {
  local line
  local -a lines described
  lines=("\${(@f)$(chatapi complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $lines[-1] == :files ]]; then
    _files
    return
  fi
  for line in "\${(@)lines[1,-2]}"; do
    described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe chatapi described
}
if [[ $funcstack[1] == _chatapi ]]; then
  _chatapi "$@"
else
  compdef _chatapi chatapi
fi
`,
  fish: `function __chatapi_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (chatapi complete -- $words[2..-1] 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path (commandline -ct)
      case :
      case '*'
        echo $line
    end
  end
end
complete -c chatapi -f -a '(__chatapi_complete)'
`,
} as const
