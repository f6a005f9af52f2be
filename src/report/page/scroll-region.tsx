/** What is larger than its place: it scrolls, with arrow keys too. */
import type { ComponentChildren } from 'preact';

interface ScrollRegionProps {
  /** What is in it; no other part of the page is called so. */
  readonly label: string;
  readonly className?: string;
  readonly children: ComponentChildren;
}

export function ScrollRegion({ label, className = 'scroll', children }: ScrollRegionProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without a place in the order of focus, keys could not scroll it
    <section class={className} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
