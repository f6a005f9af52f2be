/**
 * Coverage as lcov's tracefile, for editors and for `genhtml`: a file a manifest, a line a rule, peer or port, with how often it was
 * exercised; a policy is a function, the end of its tier in a direction a branch of it. Of several parts on one line the one that was
 * exercised least speaks for the line.
 *
 * Source: linux-test-project/lcov man/geninfo.1 (tracefile format).
 */
import type { CoverageDocument, PolicyCoverage } from '../analysis/coverage/coverage-document.ts';

interface FileLines {
  readonly policies: { readonly policy: PolicyCoverage; readonly line: number }[];
  /** By line. */
  readonly hits: Map<number, number>;
}

/** `file:line` taken apart; undefined for nowhere, and where a name would break the format's lines. */
function placeOf(location: string): { readonly file: string; readonly line: number } | undefined {
  const colon = location.lastIndexOf(':');
  const file = location.slice(0, colon);
  return colon < 1 || /\p{Cc}/u.test(file) ? undefined : { file, line: Number(location.slice(colon + 1)) };
}

function filesOf({ policies }: CoverageDocument): Map<string, FileLines> {
  const files = new Map<string, FileLines>();
  for (const policy of policies) {
    const place = placeOf(policy.location);
    if (place === undefined) continue;
    const file = files.get(place.file) ?? { policies: [], hits: new Map<number, number>() };
    files.set(place.file, file);
    file.policies.push({ policy, line: place.line });
    const parts = policy.rules.flatMap((rule) => [rule, ...rule.peers, ...rule.ports]);
    for (const { location, hits } of parts) {
      const line = placeOf(location)?.line;
      if (line !== undefined) file.hits.set(line, Math.min(file.hits.get(line) ?? hits, hits));
    }
  }
  return files;
}

function functionName({ kind, namespace, policy }: PolicyCoverage): string {
  return [kind, namespace, policy].filter((word) => word !== '').join('/');
}

/** A function's name is told once: two objects of one name in two API groups get their line beside it. */
function functionLines(policies: FileLines['policies']): string[] {
  const seen = new Set<string>();
  const named = policies.map(({ policy, line }) => {
    const name = functionName(policy);
    const unique = seen.has(name) ? `${name}:${line}` : name;
    seen.add(name);
    return { name: unique, line, asked: policy.asked };
  });
  return [
    ...named.map(({ name, line }) => `FN:${line},${name}`),
    ...named.map(({ name, asked }) => `FNDA:${asked},${name}`),
    `FNF:${named.length}`,
    `FNH:${named.filter(({ asked }) => asked > 0).length}`,
  ];
}

/** Branches that nobody came near are told by a dash. */
function branchLines(policies: FileLines['policies']): string[] {
  const branches = policies.flatMap(({ policy, line }) =>
    policy.denials.map(({ hits }, branch) => ({ line, branch, hits, isNear: policy.asked > 0 })),
  );
  return [
    ...branches.map(({ line, branch, hits, isNear }) => `BRDA:${line},0,${branch},${isNear ? hits : '-'}`),
    `BRF:${branches.length}`,
    `BRH:${branches.filter(({ hits }) => hits > 0).length}`,
  ];
}

/** The whole tracefile. Policies that stand in no file are left out. */
export function lcov(document: CoverageDocument): string {
  const lines = [...filesOf(document)].flatMap(([file, { policies, hits }]) => [
    'TN:',
    `SF:${file}`,
    ...functionLines(policies),
    ...branchLines(policies),
    ...[...hits].sort(([a], [b]) => a - b).map(([line, count]) => `DA:${line},${count}`),
    `LF:${hits.size}`,
    `LH:${[...hits.values()].filter((count) => count > 0).length}`,
    'end_of_record',
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
