/** Hand-made documents: what the reports are shown. */
import type { DeciderNames } from '../../src/analysis/decider.ts';
import type { FlowCount, VerdictTotals } from '../../src/analysis/replay/flow-document.ts';
import type { ReplayDocument } from '../../src/analysis/replay/replay-document.ts';
import { createPalette } from '../../src/output/palette.ts';
import type { Style } from '../../src/report/style.ts';

export const PLAIN: Style = { palette: createPalette(false), columns: 100, invocation: 'dryplane' };

export function verdicts(allow: number, deny: number, skip = 0): VerdictTotals {
  return { total: allow + deny + skip, allow, deny, undetermined: 0, unspecified: 0, skip };
}

const ISOLATED: DeciderNames = {
  hook: 'ingress',
  direction: 'ingress',
  tier: 'default',
  kind: 'NetworkPolicy',
  namespace: 'shop',
  policy: 'default-deny',
  rule: -1,
  calico_rule: -1,
  location: 'policies/default-deny.yaml:4',
};

export const DENIED_FLOW: FlowCount = {
  flow: 'tcp shop/api to shop/db:5432',
  protocol: 'tcp',
  src: '10.42.1.20',
  src_name: 'shop/api',
  sport: 40_001,
  dst: '10.42.2.30',
  dst_name: 'shop/db',
  dport: 5432,
  icmp_type: null,
  icmp_code: null,
  judged_dst: '10.42.2.30',
  judged_dst_name: 'shop/db',
  judged_dport: 5432,
  verdict: 'deny',
  reason: 'tier-end',
  decider: ISOLATED,
  packets: 1204,
  bytes: 99_000,
  connections: 12,
  snapshot: null,
  doubtful: false,
};

/** A replay of 1,500 packets, 1,204 of them denied, one dead rule. */
export function replayDocument(changes: Partial<ReplayDocument> = {}): ReplayDocument {
  const totals = {
    packets: verdicts(290, 1204, 6),
    bytes: verdicts(29_000, 99_000, 360),
    flows: verdicts(9, 12),
  };
  return {
    schema: 'dryplane/replay/v1',
    version: '0.1.0',
    cni: 'calico',
    manifests: ['cluster.yaml'],
    snapshots: [],
    ...totals,
    without_no_endpoint: totals,
    reasons: [{ verdict: 'deny', reason: 'tier-end', packets: 1204, bytes: 99_000, flows: 12 }],
    staged: null,
    observed: null,
    doubtful: null,
    skipped: [{ reason: 'non-ip', packets: 6, bytes: 360 }],
    rules: [
      {
        direction: 'ingress',
        tier: 'default',
        kind: 'NetworkPolicy',
        namespace: 'shop',
        policy: 'api',
        rule: 1,
        calico_rule: 1,
        location: 'policies/api.yaml:12',
        action: 'allow',
        match: 'tcp 8080',
        calico: '0|default|knp:shop/api|allow|1',
        snapshots: null,
        packets: 0,
        bytes: 0,
        flows: 0,
      },
    ],
    denied: [DENIED_FLOW],
    undecided: [],
    unresolved: [],
    unresolved_share: 0,
    reused: { addresses: [], share: 0, omitted: 0 },
    unknown_names: [],
    addresses: { seen: 8, known: 7, omitted: 0 },
    omitted: { denied: 0, undecided: 0, unresolved: 0, unknown_names: 0 },
    coverage: null,
    connections: { picked_up: 2, untracked: 0 },
    conntrack: { settings: {}, early_dropped: 0, dropped: 0 },
    contents: {
      protocols: [{ protocol: 'tcp', packets: 1494, bytes: 128_000 }],
      talkers: [{ address: '10.42.1.20', name: 'shop/api', packets: 1400, bytes: 120_000 }],
      ports: [{ protocol: 'tcp', port: 5432, packets: 1204, bytes: 99_000, connections: 12 }],
      omitted: { talkers: 0, ports: 0 },
    },
    traces: [
      {
        path: 'capture.pcap',
        format: 'pcap',
        records: 1500,
        outside: 0,
        packets: 1500,
        bytes: 128_360,
        lost: 0,
        first_time: '1700000000.000000000',
        last_time: '1700000036.500000000',
        warnings: [],
      },
    ],
    timeline: { seconds: 1, intervals: [] },
    tables: { bytes: 18_432, endpoints: 8, host_endpoints: 0, policies: 7, staged_policies: 0 },
    timing: {
      load_milliseconds: 12,
      compile: [{ name: 'rules', milliseconds: 3 }],
      replay_seconds: 0.042,
      workers: 2,
    },
    assumptions: [],
    warnings: [],
    ...changes,
  };
}
