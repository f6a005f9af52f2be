/**
 * Foreign text on its way to a terminal or a log. Manifests and captures are written by others: what they contain must neither
 * move the cursor nor turn the direction of writing, and no CI server that reads the log may take it for a command.
 */

const CONTROL = /\p{Cc}|\p{Zl}|\p{Zp}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * `##[error]`, `##vso[...]` and `##teamcity[...]` anywhere, `::error file=a::b` where a line may begin.
 *
 * Source: actions/runner ActionCommand.cs and the commands it registers; microsoft/azure-pipelines-agent Command.cs; TeamCity's
 * documentation, "Service Messages".
 */
const COMMAND =
  /(#)#(?=\w*\[)|(?<!\S)(:):(?=(?:error|warning|notice|debug|group|endgroup|echo|set-output|set-env|save-state|add-path|add-mask|add-matcher|remove-matcher|stop-commands)\b)/gi;

/** The text with each control or direction character replaced by one visible character; a tab becomes a space. */
export function visible(text: string): string {
  const still = text.replace(CONTROL, (character) => (character === '\t' ? ' ' : '\ufffd'));
  return /##|::/.test(still) ? still.replace(COMMAND, '$1$2\ufffd') : still;
}

/** JSON that moves no cursor and turns nothing: what a string of it may hold as it is stands as an escape. The value is the same. */
export function visibleJson(json: string): string {
  return json.replace(CONTROL, (character) =>
    character < ' ' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
