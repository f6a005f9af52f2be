import { expect, test } from 'vitest';
import { caveatsOf } from '../../src/analysis/caveats.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { createWorld } from '../../src/policy/world.ts';
import { clusterOf } from '../policy/host-cluster.ts';

test('a tier that nobody declares is told before anything hangs on it, with the near name', () => {
  const cluster = clusterOf(
    '{ apiVersion: projectcalico.org/v3, kind: Tier, metadata: { name: security }, spec: { order: 1, defaultAction: Pass } }',
    '{ apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: { name: securty.a }, spec: { tier: securty, selector: all(), ingress: [{ action: Pass }] } }',
  );
  const warnings = (profile: CniProfile) => caveatsOf(createWorld(cluster, profile), []).warnings.join('\n');
  expect(warnings(CALICO)).toMatch(
    /^tier securty, which GlobalNetworkPolicy\/securty.a names \(.*\), is declared nowhere: .* did you mean security\?$/m,
  );
  expect(warnings(KUBERNETES)).not.toContain('declared nowhere');
});
