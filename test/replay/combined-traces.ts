/**
 * A cluster in three states and traces of its traffic that show everything at once: copies in other captures and behind services,
 * tunnels, both families, records that name pods and tell verdicts. All of them overlap in time.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import type { Random } from '../random/mulberry.ts';
import { inVxlan, type Sighting, writeCooked } from './cooked-capture.ts';
import { copiesOf, inAnyOrder, randomTalk, unhurried } from './random-copies.ts';

/** When captures of these tests begin, see cooked-capture.ts. */
export const BEGUN = 1_700_000_000;

/** The address in the other family. */
const inSix = (address: string): string => `fd00::${address.split('.').slice(1).join(':')}`;

const pod = (name: string, app: string, address: string, port: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, generateName: `${name.split('-')[0]}-`, namespace: 'shop', labels: { app } },
  spec: {
    nodeName: `n${(address.length + Number(address.at(-1))) % 2}`,
    containers: [{ name: 'main', image: 'x', ports: [{ containerPort: port }] }],
  },
  status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }, { ip: inSix(address) }] },
});

const service = (name: string, ip: string, protocol: string, port: number, targetPort: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: {
    ...{ clusterIP: ip, clusterIPs: [ip, inSix(ip)], ipFamilies: ['IPv4', 'IPv6'] },
    ...{ selector: { app: name }, ports: [{ port, targetPort, protocol }] },
  },
});

function policy(draw: Random, name: string, app: string, kind = 'NetworkPolicy'): object {
  const isStaged = kind !== 'NetworkPolicy';
  const from = draw.pick(['web', 'other', 'db', 'nobody']);
  if (isStaged)
    return {
      apiVersion: 'projectcalico.org/v3',
      kind,
      metadata: { name, namespace: 'shop' },
      spec: {
        ...{ selector: `app == '${app}'`, types: ['Ingress'] },
        ingress: [{ action: 'Allow', source: { selector: `app == '${from}'` } }],
      },
    };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: from } } }] }],
    },
  };
}

/** Clients, two services with backends of which one may be gone or somebody else, and policies, one of them perhaps staged. */
export function drawWorld(draw: Random, folder: string): World {
  const backends = (name: string, host: number, count: number, port: number): object[] =>
    Array.from({ length: count }, (_, index) => {
      const app = draw.chance(0.15) ? 'other' : name;
      return pod(`${name}-${draw.below(2)}${index}`, app, `10.0.${host}.${index + 1}`, port);
    }).filter(() => draw.chance(0.9));
  const clients = [1, 2, 3, 4, 5, 6].map((host) =>
    pod(`client-${draw.below(2)}${host}`, draw.pick(['web', 'other']), `10.0.0.${host}`, 9),
  );
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ...clients,
    ...backends('db', 1, 3, 8080),
    ...backends('dns', 2, 2, 5353),
    service('db', '10.96.0.1', 'TCP', 80, 8080),
    service('dns', '10.96.0.2', 'UDP', 53, 5353),
    policy(draw, 'db', 'db'),
    ...(draw.chance(0.5) ? [policy(draw, 'dns', 'dns')] : []),
    ...(draw.chance(0.5) ? [policy(draw, 'next', draw.pick(['db', 'dns']), 'StagedNetworkPolicy')] : []),
  ];
  const path = join(folder, 'cluster.json');
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const { value, diagnostics } = loadCluster([path]);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return createWorld(value, cniProfile('calico')!);
}

/** Every second connection over IPv6, where nothing is identified, and pieces are whole. */
function inItsFamily({ ...packet }: Sighting): Sighting {
  const port = Math.max(packet.sport ?? 0, packet.dport ?? 0);
  if (port % 2 === 0) return packet;
  const { fragment: _, ...whole } = packet;
  return { ...whole, src: inSix(packet.src), dst: inSix(packet.dst), id: 0 };
}

const ERROR = { protocol: 1, type: 3, code: 3 };

/** One that quotes the packet, from its destination. */
const errorFor = (packet: Sighting): Sighting => ({
  ...{ at: packet.at + 1, point: packet.point ?? 1, src: packet.dst, dst: packet.src, id: 9 },
  ...(packet.src.includes(':') ? { ...ERROR, protocol: 58, type: 1, code: 4 } : ERROR),
  quote: packet,
});

type Recorded = Sighting | { readonly at: number; readonly bytes: Buffer };

/** Captures of the same talk: each point lies in one of them. */
export function drawCaptures(draw: Random, folder: string, count: number): string[] {
  const talk = randomTalk(draw, 700);
  const seen = draw.chance(0.5) ? copiesOf(draw, talk) : inAnyOrder(draw, unhurried(talk));
  const captures: Recorded[][] = Array.from({ length: count }, () => []);
  for (const { sighting, isCopy } of seen) {
    const packet = inItsFamily(sighting);
    const capture = captures[(sighting.point ?? 0) % count]!;
    const isWrapped = isCopy && packet.src.includes('.') && !packet.fragment && draw.chance(0.2);
    capture.push(isWrapped ? { at: packet.at, bytes: inVxlan(packet) } : packet);
    if (draw.chance(0.03)) capture.push(errorFor(packet));
  }
  return captures.map((packets, index) => {
    packets.sort((a, b) => a.at - b.at);
    return writeCooked(join(folder, `capture-${index}.pcap`), packets);
  });
}

/** A log of Goldmane's: flows of named pods as one or both of their ends saw them. */
export function drawLog(draw: Random, folder: string, seconds: number): string {
  const lines: string[] = [];
  for (let index = 0; index < 250; index++) {
    const key = {
      source_name: draw.pick(['client-01', 'client-12', 'client-*', 'db-*', 'pub', 'ghost-1']),
      source_namespace: 'shop',
      source_type: 1,
      dest_name: draw.pick(['db-00', 'db-*', 'dns-11', 'dns-*', 'client-03']),
      dest_namespace: 'shop',
      dest_type: 1,
      dest_port: draw.pick([8080, 5353]),
      proto: draw.pick(['tcp', 'udp']),
    };
    const start = BEGUN + Math.floor((index * seconds) / 250);
    const ends = draw.pick([[1], [2], [1, 2], [2, 1], [1, 1, 2]]);
    for (const reporter of ends) {
      const Key = { ...key, reporter, action: draw.pick([1, 1, 2]) };
      lines.push(JSON.stringify({ Key, start_time: start, packets_in: 2 + (index % 5), bytes_in: 100 }));
    }
  }
  const path = join(folder, 'goldmane.ndjson');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A log of addresses and ports, what became of them beside it, of the same connections as the captures in part. */
export function drawList(draw: Random, folder: string, seconds: number): string {
  const lines = ['time,src,dst,protocol,src_port,dst_port,packets,bytes,action'];
  for (let index = 0; index < 250; index++) {
    const isSix = draw.chance(0.4);
    const address = (text: string): string => (isSix ? inSix(text) : text);
    const [dst, port, protocol] = draw.pick([
      ['10.96.0.1', 80, 6],
      ['10.0.1.2', 8080, 6],
      ['10.96.0.2', 53, 17],
    ] as const);
    const cells = [
      BEGUN + Math.floor((index * seconds) / 250),
      address(`10.0.0.${1 + draw.below(6)}`),
      address(dst),
      protocol,
      draw.chance(0.2) ? '' : 20_000 + draw.below(90),
      draw.chance(0.1) ? '' : port,
      1 + draw.below(4),
      400,
      draw.pick(['allow', 'deny', '']),
    ];
    lines.push(cells.join(','));
  }
  const path = join(folder, 'list.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
