/**
 * Rules of a packet filter as CNIs write them: chains of conditions and actions, and sets of addresses. The same rules can be written for
 * iptables with ipsets and for nftables.
 */
import { type Cidr, formatCidr } from '../../src/net/cidr.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** All that is there must hold. */
export interface Conditions {
  readonly source?: string;
  readonly destination?: string;
  readonly sourceSet?: string;
  readonly destinationSet?: string;
  /** A set of addresses with ports: the destination's. */
  readonly destinationPortSet?: string;
  readonly protocol?: number;
  readonly ports?: readonly PortRange[];
  readonly icmpType?: number;
  readonly state?: 'invalid' | 'established,related';
  /** The bits of the mask have this value. */
  readonly mark?: { readonly value: number; readonly mask: number };
}

/** `jump` names a chain; a mark sets the bits of the mask to the value and goes on. */
export type Action =
  | 'accept'
  | 'drop'
  | 'reject'
  | 'return'
  | { readonly jump: string }
  | { readonly mark: number; readonly mask: number };

export interface Line extends Conditions {
  readonly action: Action;
}

export type SetMembers =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** A block with exceptions: the longest prefix decides. */
  | { readonly kind: 'blocks'; readonly blocks: readonly Cidr[]; readonly except: readonly Cidr[] }
  | {
      readonly kind: 'ports';
      readonly members: readonly { address: string; protocol: number; port: number }[];
    };

/** What a CNI writes: forwarded packets enter at the chain `forward`. */
export class RuleSet {
  readonly sets = new Map<string, SetMembers>();
  readonly chains = new Map<string, Line[]>();

  /** Puts in a set under a name of its own. */
  set(members: SetMembers): string {
    const name = `set${this.sets.size}`;
    this.sets.set(name, members);
    return name;
  }

  addresses(addresses: readonly string[]): string {
    return this.set({ kind: 'addresses', addresses });
  }

  add(chain: string, ...lines: readonly Line[]): void {
    const known = this.chains.get(chain);
    if (known === undefined) this.chains.set(chain, [...lines]);
    else known.push(...lines);
  }
}

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', [TCP]: 'tcp', [UDP]: 'udp', [SCTP]: 'sctp' };
const nameOf = (protocol: number): string => NAMES[protocol] ?? String(protocol);
const hex = (value: number): string => `0x${value.toString(16)}`;
const chainOf = (chain: string): string => (chain === 'forward' ? 'FORWARD' : chain);

/** Commands for a shell in a fresh namespace. */
export function iptablesCommands({ sets, chains }: RuleSet): string[] {
  const members = [...sets].flatMap(([name, set]) => {
    if (set.kind === 'addresses')
      return [
        `create ${name} hash:ip`,
        ...[...new Set(set.addresses)].map((address) => `add ${name} ${address}`),
      ];
    if (set.kind === 'ports')
      return [
        `create ${name} hash:ip,port`,
        ...set.members.map(
          ({ address, protocol, port }) => `add -exist ${name} ${address},${nameOf(protocol)}:${port}`,
        ),
      ];
    const blocks = set.blocks.flatMap(halved);
    return [
      `create ${name} hash:net`,
      ...blocks.map((block) => `add -exist ${name} ${block}`),
      ...set.except.map((block) => `add -exist ${name} ${formatCidr(block)} nomatch`),
    ];
  });
  const lines = [...chains].flatMap(([chain, own]) =>
    own.flatMap((line) => iptablesLines(line).map((text) => `-A ${chainOf(chain)} ${text}`)),
  );
  const declared = [...chains.keys()]
    .filter((chain) => chain !== 'forward')
    .map((chain) => `:${chain} - [0:0]`);
  return [
    ...(members.length === 0 ? [] : [heredoc('ipset restore', members)]),
    heredoc('iptables-restore', ['*filter', ':FORWARD ACCEPT [0:0]', ...declared, ...lines, 'COMMIT']),
  ];
}

const heredoc = (command: string, lines: readonly string[]): string =>
  `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} | ${command}`;

/** A set of blocks takes no block of all addresses. */
function halved(cidr: Cidr): string[] {
  return cidr.prefixBits === 0 ? ['0.0.0.0/1', '128.0.0.0/1'] : [formatCidr(cidr)];
}

/** One line for each range of ports: what matches any of them. */
function iptablesLines({ action, ports, ...line }: Line): string[] {
  const words = [
    ...(line.source === undefined ? [] : ['-s', line.source]),
    ...(line.destination === undefined ? [] : ['-d', line.destination]),
    ...(line.protocol === undefined ? [] : ['-p', nameOf(line.protocol)]),
    ...(line.icmpType === undefined ? [] : ['--icmp-type', String(line.icmpType)]),
    ...(line.sourceSet === undefined ? [] : ['-m set --match-set', line.sourceSet, 'src']),
    ...(line.destinationSet === undefined ? [] : ['-m set --match-set', line.destinationSet, 'dst']),
    ...(line.destinationPortSet === undefined
      ? []
      : ['-m set --match-set', line.destinationPortSet, 'dst,dst']),
    ...(line.state === undefined ? [] : ['-m conntrack --ctstate', line.state.toUpperCase()]),
    ...(line.mark === undefined ? [] : [`-m mark --mark ${hex(line.mark.value)}/${hex(line.mark.mask)}`]),
  ];
  const target =
    typeof action === 'string'
      ? action.toUpperCase()
      : 'jump' in action
        ? chainOf(action.jump)
        : `MARK --set-xmark ${hex(action.mark)}/${hex(action.mask)}`;
  const ranges = ports?.map(({ first, last }) => [`--dport ${first}:${last}`]) ?? [[]];
  return ranges.map((range) => [...words, ...range, '-j', target].join(' '));
}

/** The same for nftables. */
export function nftablesCommands({ sets, chains }: RuleSet): string[] {
  const declared = [...sets].map(([name, set]) => {
    const isPorts = set.kind === 'ports';
    const type = isPorts ? 'ipv4_addr . inet_proto . inet_service' : 'ipv4_addr';
    const elements =
      set.kind === 'addresses'
        ? set.addresses
        : set.kind === 'blocks'
          ? set.blocks.flatMap(halved)
          : set.members.map(({ address, protocol, port }) => `${address} . ${nameOf(protocol)} . ${port}`);
    const distinct = [...new Set(elements)];
    const flags = isPorts ? '' : 'flags interval; auto-merge; ';
    const list = distinct.length === 0 ? '' : `elements = { ${distinct.join(', ')} }; `;
    return `set ${name} { type ${type}; ${flags}${list}}`;
  });
  const written = [...chains].reverse().map(([chain, lines]) => {
    const hook = chain === 'forward' ? 'type filter hook forward priority 0; policy accept; ' : '';
    return `chain ${chain} { ${hook}${lines.map((line) => `${nftablesLine(line)}; `).join('')}}`;
  });
  const empty = [...chains.keys()]
    .filter((chain) => chain !== 'forward')
    .map((chain) => `chain ${chain} { }`);
  return [heredoc('nft -f -', ['table ip cni {', ...declared, ...empty, ...written, '}'])];
}

function nftablesLine({ action, ports, ...line }: Line): string {
  const protocol = line.protocol === undefined ? undefined : nameOf(line.protocol);
  const words = [
    ...(line.source === undefined ? [] : [`ip saddr ${line.source}`]),
    ...(line.destination === undefined ? [] : [`ip daddr ${line.destination}`]),
    ...(line.sourceSet === undefined ? [] : [`ip saddr @${line.sourceSet}`]),
    ...(line.destinationSet === undefined ? [] : [`ip daddr @${line.destinationSet}`]),
    ...(line.destinationPortSet === undefined
      ? []
      : [`ip daddr . meta l4proto . th dport @${line.destinationPortSet}`]),
    ...(protocol === undefined || ports !== undefined || line.icmpType !== undefined
      ? []
      : [`meta l4proto ${protocol}`]),
    ...(ports === undefined
      ? []
      : [`${protocol} dport { ${ports.map(({ first, last }) => `${first}-${last}`).join(', ')} }`]),
    ...(line.icmpType === undefined ? [] : [`icmp type ${line.icmpType}`]),
    ...(line.state === undefined ? [] : [`ct state ${line.state}`]),
    ...(line.mark === undefined ? [] : [`meta mark and ${hex(line.mark.mask)} == ${hex(line.mark.value)}`]),
  ];
  const target =
    typeof action === 'string'
      ? action
      : 'jump' in action
        ? `jump ${action.jump}`
        : `meta mark set meta mark and ${hex(~action.mask >>> 0)} xor ${hex(action.mark)}`;
  return [...words, target].join(' ');
}
