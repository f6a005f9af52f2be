/** Documents as JSON: two spaces, a newline at the end, the schema first. */

/** Any document of the program. */
export function documentJson(document: { readonly schema: string }): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
