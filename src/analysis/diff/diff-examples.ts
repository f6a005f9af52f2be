/** The packets that regions of `diff` are shown by, in the notation of flows and by fields. */
import type { Flow, Side } from '../../flow/flow.ts';
import { formatFlow } from '../../flow/notation.ts';
import { type Address, addressKey, formatAddress } from '../../net/address.ts';
import { hasPolicyPorts, isIcmp, protocolName } from '../../net/protocol.ts';
import { type AddressNames, createAddressNames } from '../address-names.ts';
import type { DiffExample } from './diff-document.ts';
import type { ExamplePacket } from './diff-fold.ts';
import type { DiffSide } from './diff-worlds.ts';

/** Gives examples their notation. */
export class ExampleNames {
  readonly #names: readonly AddressNames[];
  readonly #sides: readonly DiffSide[];

  constructor(sides: readonly DiffSide[]) {
    this.#sides = sides;
    this.#names = sides.map(({ world }) => createAddressNames(world.book));
  }

  /** What the notation calls an address that only one thing has; of two sets the one that knows it. */
  #side(address: Address, service: { readonly protocol: number; readonly port: number } | undefined): Side {
    const plain: Side = { kind: 'address', address };
    for (const [index, { world }] of this.#sides.entries()) {
      const facts = world.book.facts.get(addressKey(address));
      if (facts === undefined) continue;
      const { side } = this.#names[index]!.of(address);
      if (side.kind === 'pod' && facts.owner?.pod?.addresses.length !== 1) return plain;
      if (side.kind !== 'service') return side;
      const isDialled = facts.virtualPorts.some(
        ({ protocol, port }) => protocol === service?.protocol && port === service.port,
      );
      return isDialled ? side : plain;
    }
    return plain;
  }

  of({ source, destination, part }: ExamplePacket, needsSourcePort: boolean): DiffExample {
    const { protocol, port, sourcePort } = part;
    const hasPorts = hasPolicyPorts(protocol);
    const icmp = isIcmp(protocol) ? { type: port >> 8, code: port & 255 } : undefined;
    const flow: Flow = {
      protocol,
      source: this.#side(source, undefined),
      destination: this.#side(destination, { protocol, port }),
      ...(hasPorts ? { destinationPort: port } : {}),
      ...(hasPorts && needsSourcePort ? { sourcePort } : {}),
      ...(icmp === undefined ? {} : { icmp }),
    };
    return {
      flow: formatFlow(flow),
      protocol: protocolName(protocol),
      src: formatAddress(source),
      sport: hasPorts ? sourcePort : null,
      dst: formatAddress(destination),
      dport: hasPorts ? port : null,
      icmp_type: icmp?.type ?? null,
      icmp_code: icmp?.code ?? null,
    };
  }
}
