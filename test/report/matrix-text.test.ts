import { expect, test } from 'vitest';
import type { MatrixDocument } from '../../src/analysis/matrix/matrix-document.ts';
import { matrixText } from '../../src/report/matrix-text.ts';
import { PLAIN } from './sample-documents.ts';

/** Two pods that reach each other at one port; the second pair may have been left out. */
function documentWith(omitted: number): MatrixDocument {
  const parties = ['x/a', 'x/b'].map((name) => ({ name, kind: 'pods' as const, pods: 1 }));
  const words = { allow: 'tcp 80', some: '', undetermined: '', unspecified: '' };
  const cell = (from: string, to: string) => ({ from, to, verdict: 'allow' as const, ...words, ports: 0 });
  return {
    schema: 'dryplane/matrix/v1',
    version: '0',
    cni: 'calico',
    manifests: ['cluster.yaml'],
    by: 'pod',
    port: 'tcp/80',
    rows: parties,
    columns: parties,
    cells: [cell('x/a', 'x/b'), cell('x/b', 'x/a')].slice(omitted),
    omitted,
    port_sets: [[]],
    refused: '',
    let_through: '',
    counts: { pairs: 2, all: 2, partly: 0, none: 0 },
    space: '',
    enumerated: [],
    exposure: null,
    assumptions: [],
    warnings: [],
    milliseconds: 1,
  };
}

test('a pair that was left out is not drawn as denied', () => {
  const whole = matrixText(documentWith(0), PLAIN);
  expect(whole).toContain('✓ allowed');
  expect(whole).not.toContain('more pair');
  const cut = matrixText(documentWith(1), PLAIN);
  expect(cut).not.toContain('✗');
  expect(cut).toContain('and 1 more pair');
});
