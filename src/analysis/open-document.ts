/** What leaves a verdict `unspecified`, as documents say it: the choice that an API leaves open, and the sentence that does. */
import { type OpenChoice, openSentence } from '../policy/open-choice.ts';

/** Present where a verdict is `unspecified` and its cause is known. */
export interface OpenNames {
  /** A key of the closed list in policy/open-choice.ts: `other-protocols`, `hairpin`, ... */
  readonly choice: string;
  /** In one sentence. */
  readonly says: string;
  /** Repository, path, and part of the page. */
  readonly source: string;
}

/** The member `open` of a document; none where nothing is open. */
export function openMember(choice: OpenChoice | undefined): { readonly open?: OpenNames } {
  if (choice === undefined) return {};
  const { says, source } = openSentence(choice);
  return { open: { choice, says, source } };
}
