import { IPv4CidrRange, IPv6CidrRange } from 'ip-num';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/net/address.ts';
import { cidrContains, cidrOf, cidrWithin, formatCidr, hostCidr, parseCidr } from '../../src/net/cidr.ts';
import { drawAddress } from '../random/addresses.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const seed = chosenSeed();

function read(text: string): string {
  const result = parseCidr(text);
  if ('problem' in result) return `problem: ${result.problem}`;
  return [formatCidr(result.cidr), ...result.oddities].join(' ');
}

function block(text: string) {
  const result = parseCidr(text);
  if ('problem' in result) throw new Error(result.problem);
  return result.cidr;
}

describe('CIDR text', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['10.0.0.7/24', '10.0.0.0/24 host-bits'],
    ['10.0.2.9/4', '0.0.0.0/4 host-bits'],
    ['010.0.0.0/8', '10.0.0.0/8 leading-zeros'],
    ['010.000.1.0/16', '10.0.0.0/16 leading-zeros host-bits'],
    ['::ffff:10.0.0.0/104', '::ffff:10.0.0.0/104 ipv4-mapped'],
    ['2001:DB8:0:0::/32', '2001:db8::/32'],
    ['2001:db8::1/128', '2001:db8::1/128'],
    ['2001:db8::1/33', '2001:db8::/33 host-bits'],
  ])('%s means %s', (text, meaning) => {
    expect(read(text)).toBe(meaning);
  });

  test.each([
    ['', 'it is empty'],
    ['10.0.0.1', 'it has no prefix length (for this address alone write 10.0.0.1/32)'],
    ['fd00::1', 'it has no prefix length (for this address alone write fd00::1/128)'],
    ['10.0.0.0/33', 'the prefix length is over 32'],
    ['10.0.0.0/08', 'the prefix length is no number from 0 to 32'],
    ['10.0.0.0/', 'the prefix length is no number from 0 to 32'],
    ['10.0.0.0/-1', 'the prefix length is no number from 0 to 32'],
    ['fd00::/129', 'the prefix length is over 128'],
    ['fe80::1%eth0/64', 'an address with a zone is no block'],
    [' 10.0.0.0/8', 'it has white space around it'],
    ['web/24', 'the part before the slash is no address: '],
    ['10.0.0/8', 'the part before the slash is no address: '],
    ['10.0.0.256/8', 'the part before the slash is no address: '],
    ['fd00:::/8', 'the part before the slash is no address: '],
    ['10.0.0.0/8/8', 'the prefix length is no number from 0 to 32'],
    ['everything', 'it is neither an address nor a block'],
  ])('%j is refused: %s', (text, why) => {
    expect(read(text)).toContain(`problem: ${why}`);
  });

  test(`random blocks agree with ip-num (SEED=${seed})`, () => {
    const draw = random(seed);
    for (let round = 0; round < 2000; round++) {
      const address = drawAddress(draw);
      const bits = draw.below(address.family === 4 ? 33 : 129);
      const cidr = cidrOf(address, bits);
      const text = formatCidr(cidr);
      expect(block(text), text).toEqual(cidr);
      if (formatAddress(address).includes('.') && address.family === 6) continue;
      const range =
        address.family === 4
          ? IPv4CidrRange.fromCidr(`${formatAddress(address)}/${bits}`)
          : IPv6CidrRange.fromCidr(`${formatAddress(address)}/${bits}`);
      const first = parseAddress(range.getFirst().toString())!;
      const last = parseAddress(range.getLast().toString())!;
      expect(cidr.network, text).toEqual(first);
      expect([cidrContains(cidr, first), cidrContains(cidr, last)], text).toEqual([true, true]);
      expect(cidrContains(cidr, address)).toBe(true);
    }
  });
});

describe('containment', () => {
  test('families never mix', () => {
    expect(cidrContains(block('0.0.0.0/0'), parseAddress('::')!)).toBe(false);
    expect(cidrContains(block('::/0'), parseAddress('0.0.0.0')!)).toBe(false);
    expect(cidrWithin(block('fd00::/16'), block('0.0.0.0/0'))).toBe(false);
  });

  test('ends of a block', () => {
    const cidr = block('10.0.1.0/25');
    const inside = ['10.0.1.0', '10.0.1.127'].map((text) => cidrContains(cidr, parseAddress(text)!));
    const outside = ['10.0.0.255', '10.0.1.128'].map((text) => cidrContains(cidr, parseAddress(text)!));
    expect([...inside, ...outside]).toEqual([true, true, false, false]);
    expect(cidrContains(block('2001:db8:0:8000::/49'), parseAddress('2001:db8:0:7fff::')!)).toBe(false);
    expect(cidrContains(block('2001:db8:0:8000::/49'), parseAddress('2001:db8:0:ffff::1')!)).toBe(true);
  });

  test('a block within a block', () => {
    expect(cidrWithin(block('10.0.1.0/25'), block('10.0.1.0/24'))).toBe(true);
    expect(cidrWithin(block('10.0.1.0/24'), block('10.0.1.0/24'))).toBe(true);
    expect(cidrWithin(block('10.0.1.0/25'), block('10.0.0.0/24'))).toBe(false);
    expect(cidrWithin(block('10.0.0.0/8'), block('10.0.0.0/24'))).toBe(false);
    expect(formatCidr(hostCidr(parseAddress('::1')!))).toBe('::1/128');
  });
});
