/** Long sentences in a narrow place. */

/** Lines of at most `columns`, broken between words, each behind the indent; a word that is longer stands alone. */
export function wrapped(text: string, indent: string, columns: number): string[] {
  const room = Math.max(30, columns - indent.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}
