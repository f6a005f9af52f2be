/** What each command can print: the words of `--format`, the first of them where none is given. */
export const FORMATS = {
  replay: ['text', 'json', 'html', 'lcov'],
  explain: ['text', 'json'],
  test: ['text', 'json', 'tap', 'junit', 'github', 'lcov'],
  conformance: ['text', 'json', 'junit', 'markdown'],
  results: ['text', 'json', 'junit'],
  import: ['text'],
  diff: ['text', 'json', 'markdown', 'html'],
  matrix: ['text', 'json', 'csv', 'dot', 'mermaid'],
  lint: ['text', 'json', 'sarif'],
  recommend: ['yaml', 'json', 'text'],
  reduce: ['text', 'json', 'markdown'],
  compile: ['text', 'json'],
  bench: ['text', 'json'],
  convert: ['ndjson', 'csv', 'pcap'],
  generate: ['text', 'json'],
  snapshot: ['text', 'json'],
} satisfies Readonly<Record<string, readonly string[]>>;
