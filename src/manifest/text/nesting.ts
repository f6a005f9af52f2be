/**
 * How deep a YAML text nests, told from its characters alone. The complete reader recurses, and its stack ends somewhere;
 * a text that goes too deep must be met before it begins.
 */

/** Far more than any manifest needs, far less than a stack bears. */
const MOST_LEVELS = 200;

const NEWLINE = 10;
const SPACE = 32;
const DASH = 45;

/** Offset at which the text opens too many levels at once; -1 for ordinary texts. Quoted brackets count too. */
export function tooDeepAt(text: string): number {
  const indents: number[] = [];
  let brackets = 0;
  const open = (column: number): void => {
    while (indents.length > 0 && indents.at(-1)! >= column) indents.pop();
    indents.push(column);
  };
  for (let lineStart = 0; lineStart < text.length; ) {
    let position = lineStart;
    for (;;) {
      const code = text.charCodeAt(position);
      const isItem = code === DASH && text.charCodeAt(position + 1) === SPACE;
      if (code !== SPACE && !isItem) break;
      if (isItem) open(position - lineStart);
      position++;
    }
    if (text.charCodeAt(position) !== NEWLINE) open(position - lineStart);
    for (; position < text.length && text.charCodeAt(position) !== NEWLINE; position++) {
      const code = text.charCodeAt(position);
      if (code === 91 || code === 123) brackets++;
      else if ((code === 93 || code === 125) && brackets > 0) brackets--;
      if (brackets + indents.length > MOST_LEVELS) return position;
    }
    if (indents.length > MOST_LEVELS) return lineStart;
    lineStart = position + 1;
  }
  return -1;
}
