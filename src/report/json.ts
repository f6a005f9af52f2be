/** Documents as JSON: two spaces, a newline at the end, the schema first. Names in them move no cursor of a terminal. */
import { visibleJson } from '../output/visible.ts';

/** Any document of the program. */
export function documentJson(document: { readonly schema: string }): string {
  return `${visibleJson(JSON.stringify(document, null, 2))}\n`;
}
