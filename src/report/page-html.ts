/**
 * One page that needs nothing else: the program of the page, its style and its data in a file that opens from anywhere. Its policy
 * lets it load nothing and run nothing but what is here.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { htmlText, scriptJson } from '../output/html.ts';
import { visible } from '../output/visible.ts';
import { MARK_BEGIN, MARK_END } from './markup.ts';
import type { PageData } from './page-document.ts';

/** Both from src/ and from dist/; made by the build. */
const built = (name: string): string =>
  readFileSync(new URL(`../../dist/report/page/${name}`, import.meta.url), 'utf8');

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const ICON =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#2456a6'/><path d='M7 11h18M7 16h11M7 21h18' stroke='#fff' stroke-width='3' stroke-linecap='round'/></svg>";

/** Members of the data whose texts hold marks; foreign texts in them were made visible before. */
const MARKED_KEYS: ReadonlySet<string> = new Set(['lines', 'alarms', 'notes', 'knobs']);

const MARKS = new RegExp(`([${MARK_BEGIN}${MARK_END}])`);

/** A text with marks of ours and nothing else that cannot be seen. */
const visibleWithMarks = (text: string): string =>
  text
    .split(MARKS)
    .map((part) => (MARKS.test(part) ? part : visible(part)))
    .join('');

/** A copy of the data, every text as a reader sees it. */
function cleared(value: unknown, isMarked = false): unknown {
  if (typeof value === 'string') return isMarked ? visibleWithMarks(value) : visible(value);
  if (Array.isArray(value))
    return typeof value[0] === 'number' ? value : value.map((one) => cleared(one, isMarked));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      visible(key),
      cleared(inner, isMarked || MARKED_KEYS.has(key)),
    ]),
  );
}

/** The page, newline at the end. */
export function pageHtml(data: PageData): string {
  const [script, css] = [built('page.js'), built('page.css')];
  // A program that ends its own element would be cut off there; the build makes none.
  if (/<\/script|<!--/i.test(script)) throw new Error('the program of the page would end its own element');
  const policy = [
    "default-src 'none'",
    `script-src ${sha256(script)}`,
    `style-src ${sha256(css)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="dryplane ${htmlText(data.version)}">
<title>${htmlText(data.title)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<style>${css}</style>
</head>
<body>
<div id="page"><noscript>This page draws itself with JavaScript, which is switched off here.</noscript></div>
<script type="application/json" id="data">${scriptJson(JSON.stringify(cleared(data)))}</script>
<script>${script}</script>
</body>
</html>
`;
}
