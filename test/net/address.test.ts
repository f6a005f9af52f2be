import { IPv4, IPv6 } from 'ip-num';
import { describe, expect, test } from 'vitest';
import {
  type Address,
  addressKey,
  compareAddresses,
  formatAddress,
  parseAddress,
  sameAddress,
} from '../../src/net/address.ts';
import { protocolName, protocolNumber } from '../../src/net/protocol.ts';
import { drawAddress } from '../random/addresses.ts';
import { chosenSeed, random } from '../random/mulberry.ts';

const seed = chosenSeed();

/** Text in, canonical text out. */
const READ: readonly (readonly [string, string])[] = [
  ['10.1.2.3', '10.1.2.3'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0DB8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['fe80::1:0:0:0:2', 'fe80:0:0:1::2'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['::ffff:a00:1', '::ffff:10.0.0.1'],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
];

const REFUSED = [
  '',
  '1',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '1.2.3.',
  '.1.2.3',
  '1..2.3',
  '01.2.3.4',
  '1.2.3.4 ',
  ' 1.2.3.4',
  '1.2.3.4/32',
  '1.2.3.-4',
  '0x1.2.3.4',
  '1.2.3.1234',
  ':',
  ':::',
  '1:',
  ':1',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8::',
  '::1:2:3:4:5:6:7:8',
  '12345::',
  'g::',
  'fe80::1%eth0',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '::ffff:01.2.3.4',
  '1:2:3:4:5:6:7:1.2.3.4',
  '[::1]',
];

describe('addresses', () => {
  test.each(READ)('%s is %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text)!)).toBe(canonical);
  });

  test.each(REFUSED)('%j is no address', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test(`random addresses survive text and agree with ip-num (SEED=${seed})`, () => {
    const draw = random(seed);
    for (let round = 0; round < 3000; round++) {
      const address = drawAddress(draw);
      const text = formatAddress(address);
      expect(parseAddress(text), text).toEqual(address);
      const value = address.words.reduce((sum, word) => sum * 2n ** 32n + BigInt(word), 0n);
      if (address.family === 4) expect(IPv4.fromNumber(address.words[0]).toString()).toBe(text);
      else if (!text.includes('.')) expect(IPv6.fromString(text).getValue()).toBe(value);
    }
  });

  test('keys and order tell families apart', () => {
    const v4: Address = { family: 4, words: [1, 0, 0, 0] };
    const v6: Address = { family: 6, words: [1, 0, 0, 0] };
    expect(addressKey(v4)).not.toBe(addressKey(v6));
    expect(sameAddress(v4, v6)).toBe(false);
    expect(sameAddress(v6, { family: 6, words: [1, 0, 0, 0] })).toBe(true);
    const texts = ['::1', '10.0.0.2', '9.0.0.1', 'fd00::', '255.0.0.1'];
    const sorted = texts.map((text) => parseAddress(text)!).sort(compareAddresses);
    expect(sorted.map(formatAddress)).toEqual(['9.0.0.1', '10.0.0.2', '255.0.0.1', '::1', 'fd00::']);
  });
});

describe('protocol names', () => {
  test('any case in, one lower-case name out', () => {
    const names = ['TCP', 'udp', 'Sctp', 'icmp6', 'ICMPv6', 'IPIP', 'gre', 'ospf', 'nonsense'];
    expect(names.map(protocolNumber)).toEqual([6, 17, 132, 58, 58, 4, 47, 89, undefined]);
    expect([6, 17, 58, 4, 112, 253].map(protocolName)).toEqual([
      'tcp',
      'udp',
      'icmpv6',
      'ipip',
      'vrrp',
      '253',
    ]);
  });
});
