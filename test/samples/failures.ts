/** Flows that must be allowed and flows that must be denied, held against manifests: what went wrong, in words. */
import { checkSuite, worldOfSuite } from '../../src/suite/check.ts';
import { parseSuite } from '../../src/suite/read.ts';

export function failuresOf(parts: {
  /** Paths that `loadCluster` takes. */
  readonly manifests?: readonly string[];
  /** Manifests as text. */
  readonly texts?: readonly string[];
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}): readonly string[] {
  const { manifests = [], texts = [], allow, deny } = parts;
  // JSON is YAML.
  const suite = parseSuite('flows', JSON.stringify({ manifests: ['-'], allow, deny }));
  const world = worldOfSuite(suite.value, {
    manifests: [...(texts.length > 0 ? ['-'] : []), ...manifests],
    stdin: texts.join('\n---\n'),
  });
  if (world.value === undefined) return world.diagnostics.map(({ message }) => message);
  const { value, diagnostics } = checkSuite(suite.value, world.value);
  return [
    ...[...suite.diagnostics, ...diagnostics].map(({ message }) => message),
    ...value.results.flatMap(({ flow, passed, difference }) => (passed ? [] : [`${flow}: ${difference}`])),
    ...(value.results.length === allow.length + deny.length ? [] : ['not every flow was judged']),
  ];
}
