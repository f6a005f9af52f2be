/**
 * Random rules of Calico's policies: every field of Rule and EntityRule, alone and together, as far as validation
 * lets them (calico.md 2.6): ports only with a protocol that has them, one family of blocks a rule, services alone.
 */
import type { Cidr } from '../../src/net/cidr.ts';
import type { PortRange } from '../../src/net/port.ts';
import { ICMP, ICMPV6, IPIP, SCTP, TCP, UDP, UDPLITE } from '../../src/net/protocol-layout.ts';
import type { CalicoEntity, CalicoRule } from '../../src/policy/api/calico.ts';
import type { Direction } from '../../src/policy/policy.ts';
import { at, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';
import { drawCidr } from './network-policies.ts';
import { ACCOUNT_LABELS, drawSelector, ENDPOINT_LABELS, NAMESPACE_LABELS } from './selectors.ts';

type Protocol = NonNullable<CalicoRule['protocol']>;

const PORT_NAMES = ['http', 'dns', 'metrics', 'agent', 'nothing'];
const TRANSPORTS: readonly number[] = [TCP, UDP, SCTP];

/** What one rule of one policy may say. */
interface RuleFrame {
  readonly direction: Direction;
  /** Empty for global policies. */
  readonly namespace: string;
  readonly family: 4 | 6;
  readonly protocol: Protocol | undefined;
  readonly services: readonly { readonly namespace: string; readonly name: string }[];
  /** How likely fields are: many conditions on one rule hardly ever hold together. */
  readonly density: number;
}

const EMPTY_ENTITY: CalicoEntity = { nets: [], notNets: [], ports: [], notPorts: [] };

function drawProtocol(draw: Random): Protocol {
  const number = draw.pick([
    TCP,
    TCP,
    TCP,
    TCP,
    TCP,
    UDP,
    UDP,
    UDP,
    SCTP,
    SCTP,
    ICMP,
    ICMP,
    ICMPV6,
    47,
    IPIP,
    UDPLITE,
  ]);
  const fixesFamily = number === ICMP ? 4 : number === ICMPV6 ? 6 : undefined;
  const isNamed = fixesFamily !== undefined && draw.chance(0.5);
  return isNamed ? { number, fixesFamily } : { number };
}

function drawNets(draw: Random, family: 4 | 6): Cidr[] {
  return Array.from({ length: 1 + draw.below(3) }, () => drawCidr(draw, family));
}

function drawRange(draw: Random): PortRange {
  const first = draw.pick([...PORTS, 1, 22, 1024, 4789]);
  return { first, last: Math.min(65_535, first + draw.pick([0, 0, 0, 1, 400, 65_535])) };
}

/** Numbers, ranges and names in one list, as many of each as the protocol allows. */
function drawPorts(draw: Random, { protocol }: RuleFrame): (PortRange | string)[] {
  const takesNumbers = protocol !== undefined && TRANSPORTS.includes(protocol.number);
  if (protocol !== undefined && !takesNumbers) return [];
  return Array.from({ length: 1 + draw.below(3) }, () =>
    takesNumbers && draw.chance(0.55) ? drawRange(draw) : draw.pick(PORT_NAMES),
  );
}

function drawAccounts(draw: Random): NonNullable<CalicoEntity['serviceAccounts']> {
  const names = draw.some(['default', 'robot', 'nobody'], 0.5);
  return draw.chance(0.5) ? { names } : { names, selector: drawSelector(draw, ACCOUNT_LABELS, 1) };
}

/** A service stands alone on its side: as the source of an ingress rule, with ports; as the destination of an egress rule, without. */
function drawServiceEntity(
  draw: Random,
  side: 'source' | 'destination',
  frame: RuleFrame,
): CalicoEntity | undefined {
  const { direction, namespace, services } = frame;
  const isAllowed = (side === 'source') === (direction === 'ingress');
  if (!isAllowed || services.length === 0 || !draw.chance(0.2)) return undefined;
  const picked = draw.pick(services);
  const service = namespace !== '' && draw.chance(0.1) ? { ...picked, namespace: '' } : picked;
  const ports = side === 'source' && draw.chance(0.2) ? drawPorts(draw, frame) : [];
  return { ...EMPTY_ENTITY, service, ports };
}

function drawEntity(draw: Random, side: 'source' | 'destination', frame: RuleFrame): CalicoEntity {
  const served = drawServiceEntity(draw, side, frame);
  if (served !== undefined) return served;
  const { family } = frame;
  const isPeer = (side === 'source') === (frame.direction === 'ingress');
  const share = frame.density * (isPeer ? 1 : 0.5);
  const chance = (one: number): boolean => draw.chance(one * share);
  return {
    nets: chance(0.2) ? drawNets(draw, family) : [],
    notNets: chance(0.12) ? drawNets(draw, family).filter(({ prefixBits }) => prefixBits > 0) : [],
    ...(chance(0.35) ? { selector: drawSelector(draw, ENDPOINT_LABELS) } : {}),
    ...(chance(0.15) ? { notSelector: drawSelector(draw, ENDPOINT_LABELS) } : {}),
    ...(chance(0.25)
      ? {
          namespaceSelector: draw.chance(0.2)
            ? { kind: 'global' as const }
            : drawSelector(draw, NAMESPACE_LABELS, 1),
        }
      : {}),
    ...(chance(0.12) ? { serviceAccounts: drawAccounts(draw) } : {}),
    ports: draw.chance(side === 'source' ? 0.2 : 0.3) ? drawPorts(draw, frame) : [],
    notPorts: draw.chance(0.12) ? drawPorts(draw, frame) : [],
  };
}

function drawIcmp(draw: Random): { type: number; code?: number } {
  const type = draw.pick([0, 3, 8, 128, 254]);
  return draw.chance(0.5) ? { type } : { type, code: draw.pick([0, 1, 255]) };
}

/** `ipVersion` never contradicts the blocks, nor the name of ICMP. */
function drawVersion(draw: Random, family: 4 | 6, protocol: Protocol | undefined): 4 | 6 | undefined {
  if (!draw.chance(0.15)) return undefined;
  return protocol?.fixesFamily === undefined || protocol.fixesFamily === family ? family : undefined;
}

function drawRule(
  draw: Random,
  frame: Omit<RuleFrame, 'family' | 'protocol' | 'density'> & { readonly densities: readonly number[] },
): CalicoRule {
  const family = draw.pick([4, 4, 6] as const);
  const protocol = draw.chance(0.7) ? drawProtocol(draw) : undefined;
  const full: RuleFrame = { ...frame, family, protocol, density: draw.pick(frame.densities) };
  const ipVersion = drawVersion(draw, family, protocol);
  const isIcmp = protocol?.number === ICMP || protocol?.number === ICMPV6;
  const action = draw.pick(['allow', 'allow', 'allow', 'deny', 'deny', 'pass', 'log'] as const);
  const takesHttp = action === 'allow' && frame.direction === 'ingress' && (protocol?.number ?? TCP) === TCP;
  return {
    action,
    ...(ipVersion === undefined ? {} : { ipVersion }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(draw.chance(0.1) ? { notProtocol: draw.pick([TCP, UDP, ICMP, ICMPV6, 47, SCTP]) } : {}),
    ...(isIcmp && draw.chance(0.6) ? { icmp: drawIcmp(draw) } : {}),
    ...(draw.chance(isIcmp ? 0.3 : 0.05) ? { notIcmp: drawIcmp(draw) } : {}),
    source: drawEntity(draw, 'source', full),
    destination: drawEntity(draw, 'destination', full),
    hasHttp: takesHttp && draw.chance(0.1),
    at,
  };
}

/**
 * Up to `most` rules of one direction, as full of conditions as one of `densities`. `namespace` is the policy's own, empty
 * for global ones and profiles.
 */
export function drawCalicoRules(
  draw: Random,
  direction: Direction,
  namespace: string,
  services: RuleFrame['services'],
  most = 4,
  densities: readonly number[] = [0.3, 0.6, 1],
): CalicoRule[] {
  return Array.from({ length: draw.below(most + 1) }, () =>
    drawRule(draw, { direction, namespace, services, densities }),
  );
}
