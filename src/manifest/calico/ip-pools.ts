/**
 * IPPools: which addresses are pods', how packets for them travel between nodes, and whether pods' packets are masqueraded
 * outside. A disabled pool gives out no addresses, but those that it gave stay.
 *
 * Source: projectcalico/calico api/pkg/apis/projectcalico/v3/ippool.go, libcalico-go/lib/validator/v3/validator.go
 * (validateIPPoolSpec).
 */
import { type Cidr, cidrWithin, formatCidr, parseCidr } from '../../net/cidr.ts';
import type { IpPool } from '../../policy/api/calico.ts';
import type { Cursor } from '../cursor.ts';
import { type Notation, readCalicoMetadata, readSpec } from './calico-object.ts';
import { readNet, readSelector } from './calico-values.ts';

const FIELDS = [
  'cidr',
  'vxlanMode',
  'ipipMode',
  'natOutgoing',
  'disabled',
  'disableBGPExport',
  'blockSize',
  'nodeSelector',
  'namespaceSelector',
  'allowedUses',
  'assignmentMode',
];

const ELSEWHERE = {
  ipip: 'write ipipMode: Always, CrossSubnet or Never',
  'nat-outgoing': 'did you mean "natOutgoing"?',
  encapsulation: 'write ipipMode or vxlanMode: the word encapsulation belongs to the operator',
};

const MODES = ['Always', 'CrossSubnet', 'Never'] as const;
const USES = ['Workload', 'Tunnel', 'LoadBalancer'] as const;

/** The smallest pool has one block. */
const BLOCK_BITS = { 4: 26, 6: 122 } as const;

function linkLocal(text: string): Cidr {
  const result = parseCidr(text);
  if ('problem' in result) throw new Error(`${text}: ${result.problem}`);
  return result.cidr;
}
const LINK_LOCAL = [linkLocal('169.254.0.0/16'), linkLocal('fe80::/10')];

function readMode(cursor: Cursor): (typeof MODES)[number] {
  if (cursor.value === '') return 'Never';
  return cursor.oneOf(MODES, 'manifest/bad-pool') ?? 'Never';
}

function readEncapsulation(spec: Cursor, cidr: Cidr | undefined): IpPool['encapsulation'] {
  const ipipCursor = spec.field('ipipMode');
  const ipip = readMode(ipipCursor);
  const vxlan = readMode(spec.field('vxlanMode'));
  if (ipip !== 'Never' && vxlan !== 'Never')
    ipipCursor.error('manifest/bad-pool', 'ipipMode and vxlanMode cannot both be on');
  if (ipip !== 'Never' && cidr?.network.family === 6)
    ipipCursor.error('manifest/bad-pool', `found ipipMode ${ipip} in a pool of IPv6, expected Never`);
  const mode = ipip === 'Never' ? vxlan : ipip;
  if (mode === 'Never') return undefined;
  return {
    protocol: ipip === 'Never' ? 'vxlan' : 'ipip',
    mode: mode === 'Always' ? 'always' : 'cross-subnet',
  };
}

function checkSize(cidrCursor: Cursor, cidr: Cidr, spec: Cursor): void {
  const blockBits = spec.field('blockSize').integer() || BLOCK_BITS[cidr.network.family];
  if (spec.field('disabled').boolean() !== true && cidr.prefixBits > blockBits)
    cidrCursor.error(
      'manifest/bad-pool',
      `the pool ${formatCidr(cidr)} is smaller than a block, /${blockBits}`,
    );
  const overlapped = LINK_LOCAL.find((block) => cidrWithin(cidr, block) || cidrWithin(block, cidr));
  if (overlapped !== undefined)
    cidrCursor.error(
      'manifest/bad-pool',
      `the pool overlaps the link-local addresses ${formatCidr(overlapped)}`,
    );
}

/** True unless the pool only holds load balancers' addresses. */
function readForWorkloads(list: Cursor): boolean {
  const uses = list.items().map((item) => item.oneOf(USES, 'manifest/bad-pool'));
  if (uses.includes('LoadBalancer') && uses.length > 1)
    list.error('manifest/bad-pool', 'a pool for LoadBalancer can have no other use', { on: 'key' });
  return !uses.includes('LoadBalancer');
}

/** A pool; undefined without a name or a block. */
export function readIpPool(object: Cursor, notation: Notation): IpPool | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'cluster', notation);
  const spec = readSpec(object, FIELDS, ELSEWHERE);
  const cidrCursor = spec.field('cidr');
  if (spec.isPresent && !cidrCursor.isPresent)
    spec.error('manifest/missing-field', 'the pool has no cidr', { on: 'key' });
  const cidr = cidrCursor.isPresent ? readNet(cidrCursor, 'masked') : undefined;
  if (cidr !== undefined) checkSize(cidrCursor, cidr, spec);
  const encapsulation = readEncapsulation(spec, cidr);
  const forWorkloads = readForWorkloads(spec.field('allowedUses'));
  spec.field('assignmentMode').oneOf(['Automatic', 'Manual'], 'manifest/bad-pool');
  for (const name of ['nodeSelector', 'namespaceSelector']) readSelector(spec.field(name), 'never');
  const natOutgoing = spec.field('natOutgoing').boolean() ?? false;
  spec.field('disableBGPExport').boolean();
  if (metadata === undefined || cidr === undefined) return undefined;
  return { name: metadata.name, cidr, natOutgoing, encapsulation, forWorkloads, at: metadata.at };
}
