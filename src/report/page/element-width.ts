/** How wide an element is, in pixels of the screen: pictures are drawn for it, so that their words keep their shape. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** The reference to put on an element, and its width; `width` before it is known. */
export function useElementWidth<Element extends HTMLElement>(
  width: number,
): { readonly ref: RefObject<Element | null>; readonly width: number } {
  const ref = useRef<Element | null>(null);
  const [measured, setMeasured] = useState(width);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) setMeasured(element.clientWidth);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width: measured };
}
