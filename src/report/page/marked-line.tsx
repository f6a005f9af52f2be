/** A line of a text report as elements: its marks become spans, its indent stays. */
import type { ComponentChild } from 'preact';
import { MARK_BEGIN, MARK_END } from '../markup.ts';

const CLASSES: Readonly<Record<string, string>> = {
  b: 'strong',
  d: 'dim',
  r: 'deny-ink',
  g: 'allow-ink',
  y: 'undetermined-ink',
  c: 'place-ink',
};

/** Marks nest. */
function elements(text: string): ComponentChild[] {
  const stack: { className: string; children: ComponentChild[] }[] = [{ className: '', children: [] }];
  for (const part of text.split(new RegExp(`(${MARK_BEGIN}[a-z]|${MARK_END})`))) {
    if (part.startsWith(MARK_BEGIN)) stack.push({ className: CLASSES[part[1]!] ?? '', children: [] });
    else if (part === MARK_END && stack.length > 1) {
      const { className, children } = stack.pop()!;
      stack.at(-1)!.children.push(<span class={className}>{children}</span>);
    } else if (part !== '') stack.at(-1)!.children.push(part);
  }
  return stack[0]!.children;
}

/** The line without its marks. */
export function plainLine(text: string): string {
  return text.replace(new RegExp(`${MARK_BEGIN}[a-z]|${MARK_END}`, 'g'), '');
}

/** One line; long ones go on below their own beginning. */
export function MarkedLine({ text }: { readonly text: string }) {
  const spaces = plainLine(text).search(/\S|$/);
  const indent = Math.min(12, spaces);
  return <div class={`line indent-${indent}`}>{elements(text.replace(/^ +/, ''))}</div>;
}
