/**
 * Profiles that users write: every knob that there is can be written, the published schema and the reader take and refuse the same, and
 * all that is wrong with a file is said at once, where it stands.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { formatDiagnostics } from '../../src/diagnostic/frame.ts';
import { findCni, isProfilePath } from '../../src/manifest/cni/cni-profile.ts';
import { formatCidr } from '../../src/net/cidr.ts';
import { formatPortRange } from '../../src/net/port.ts';
import { ADDRESS_BASED } from '../../src/policy/cni/address-based.ts';
import { CILIUM } from '../../src/policy/cni/cilium.ts';
import { KNOB_FORMS } from '../../src/policy/cni/knob-forms.ts';
import type { Knobs, PodGuard } from '../../src/policy/cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../../src/policy/cni/profiles.ts';
import type { EntityMatch } from '../../src/policy/policy.ts';
import { fc } from '../random/fast-check.ts';

const folder = mkdtempSync(join(tmpdir(), 'cni-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../schemas/cni-profile.v1.json'), 'utf8'),
) as {
  properties: { extends: { anyOf: [{ enum: string[] }] }; knobs: { properties: Record<string, unknown> } };
  definitions: {
    knobs: Record<string, { description?: string; enum?: string[]; items?: { enum?: string[] } }>;
  };
};
const isValid = new Ajv({ allErrors: true }).compile(schema);

let files = 0;
function written(text: string): string {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const read = (document: unknown) => findCni(written(JSON.stringify(document)));
const codes = (document: unknown): string[] => read(document).diagnostics.map(({ code }) => code);
const knobsOf = (knobs: Knobs): Partial<Knobs> =>
  Object.fromEntries(Object.keys(KNOB_FORMS).map((knob) => [knob, knobs[knob as keyof Knobs]]));

describe('the schema', () => {
  test('knows every knob, in words, and every value of it', () => {
    const { knobs } = schema.definitions;
    expect(Object.keys(KNOB_FORMS).sort()).toEqual(Object.keys(ADDRESS_BASED).sort());
    expect(Object.keys(knobs)).toEqual(Object.keys(KNOB_FORMS));
    expect(Object.keys(schema.properties.knobs.properties)).toEqual(Object.keys(KNOB_FORMS));
    for (const [knob, form] of Object.entries(KNOB_FORMS)) {
      expect(knobs[knob]!.description, knob).toMatch(/\w/);
      if ('words' in form)
        expect(knobs[knob]!.enum ?? knobs[knob]!.items!.enum, knob).toEqual(Object.keys(form.words));
    }
  });

  test('knows every profile that can be extended', () => {
    expect(schema.properties.extends.anyOf[0].enum).toEqual(CNI_NAMES);
  });
});

/** A side of a guard as a file writes it. */
function sideText({ nets, notNets, ports, notPorts, ...rest }: EntityMatch): unknown {
  return {
    ...rest,
    ...(nets === undefined ? {} : { nets: nets.map(formatCidr) }),
    ...(notNets === undefined ? {} : { notNets: notNets.map(formatCidr) }),
    ...(ports === undefined ? {} : { ports: ports.map(formatPortRange) }),
    ...(notPorts === undefined ? {} : { notPorts: notPorts.map(formatPortRange) }),
  };
}

const guardText = ({ match, ...guard }: PodGuard): unknown => ({
  ...guard,
  match: { ...match, source: sideText(match.source), destination: sideText(match.destination) },
});

describe('a profile', () => {
  test.each(CNI_NAMES)('%s can be written knob by knob', (name) => {
    const original = cniProfile(name)!;
    const knobs = { ...knobsOf(original), podGuards: original.podGuards.map(guardText) };
    const document = { extends: name === 'weave' ? 'calico' : 'weave', name: 'mine', knobs };
    expect(isValid(document)).toBe(true);
    const { value, diagnostics } = read(document);
    expect(diagnostics).toEqual([]);
    expect(knobsOf(value!)).toEqual(knobsOf(original));
  });

  test('all that a guard can ask', () => {
    const match = {
      family: 6,
      protocol: 'sctp',
      source: { nets: ['2001:db8::/32'], notNets: ['2001:db8:1::/48'], ports: [1, '2-3'] },
      destination: { isOutside: true, notPorts: [65535] },
    };
    const icmp = {
      protocol: 'ICMPv6',
      icmp: { type: 1, code: 2 },
      notIcmp: { type: 3 },
      notProtocols: [4, 'udp'],
    };
    const guards = [match, icmp].map((each) => ({
      hooks: ['ingress'],
      action: 'deny',
      match: each,
      words: 'x',
    }));
    const document = { extends: 'calico', name: 'mine', knobs: { podGuards: guards } };
    expect(isValid(document)).toBe(true);
    expect(read(document).value!.podGuards).toMatchObject([
      {
        match: {
          family: 6,
          protocol: 132,
          source: {
            ports: [
              { first: 1, last: 1 },
              { first: 2, last: 3 },
            ],
            notNets: [{ prefixBits: 48 }],
          },
          destination: { isOutside: true, notPorts: [{ first: 65535, last: 65535 }] },
        },
      },
      { match: { protocol: 58, icmp: { type: 1, code: 2 }, notIcmp: { type: 3 }, notProtocols: [4, 17] } },
    ]);
  });

  test('departs from the one that it extends, and says in what', () => {
    const path = written(`
extends: cilium
name: cilium-ours
knobs:
  hairpin: enforce
  established: recheck
  ipBlocks: { value: all-addresses, says: blocks match pods, source: our values }
`);
    const { value: profile } = findCni(path);
    expect(profile).toMatchObject({
      name: 'cilium-ours',
      builtOn: 'cilium',
      title: `Cilium, as ${path} has it`,
      policyTypes: 'rules-imply',
      hairpin: 'enforce',
      departures: {
        hairpin: { value: 'enforce', says: 'hairpin is enforce', source: `${path}:5` },
        established: { says: CILIUM.departures.established!.says, source: `${path}:6` },
        ipBlocks: { value: 'all-addresses', says: 'blocks match pods', source: 'our values' },
      },
    });
  });

  test('extends one that extends one, from its own folder', () => {
    const first = written('{extends: kube-router, name: first, knobs: {hairpin: enforce}}');
    const second = written(`{extends: ./${files}.yaml, name: second, knobs: {refusal: drop}}`);
    expect(findCni(second).value).toMatchObject({
      name: 'second',
      builtOn: 'kube-router',
      hairpin: 'enforce',
      refusal: 'drop',
      directions: 'either-within-policy',
    });
    writeFileSync(first, `{extends: ./${files}.yaml, name: first}`);
    expect(findCni(second).diagnostics.map(({ code }) => code)).toEqual(['cni/cycle']);
  });
});

const MISTAKES = `extends: cillium
name: calico
titel: x
knobs:
  hairpin: enforced
  hairpn: enforce
  pod-guards: []
  ipBlocks: { value: outsid, why: x }
  refusal: { says: nothing }
  newPodEgress:
  portProtocols: [ICMP, TCP, 300]
  enforces: NetworkPolicy
  podGuards:
    - hooks: []
      action: drop
      match: { protocol: tcp, icmp: { code: 300 }, family: 5 }
    - hooks: [up]
      words: x
      match:
        source: { ports: [0, 9-5], nets: [10.0.0.1/8, x] }
`;

describe('mistakes', () => {
  test('all of a file at once, where they stand', () => {
    const path = written(MISTAKES);
    expect(
      formatDiagnostics(findCni(path).diagnostics)
        .replaceAll(path, 'my.yaml')
        .replaceAll(/known: calico.*/g, 'known: ...'),
    ).toMatchSnapshot();
  });

  test.each([
    ['', 'cni/empty'],
    ['--- {extends: calico, name: a}\n--- {extends: calico, name: b}\n', 'cni/second-document'],
    ['[extends]', 'manifest/wrong-type'],
    ['{name: a}', 'cni/missing-field'],
    ['{extends: ./none.yaml, name: a}', 'manifest/not-found'],
    ['{extends: calico, name: a b}', 'cni/bad-name'],
    ['{extends: calico, name: a, knobs: {hairpin: skip-ingress}}', 'cni/conflict'],
    ['{extends: weave, name: a, knobs: {enforces: [Calico]}}', 'cni/conflict'],
    ['apiVersion: v1\nkind: Pod\nextends: calico\nname: a\n', 'manifest/unknown-field'],
  ])('%j', (text, code) => {
    const { value, diagnostics } = findCni(written(text));
    expect(value).toBeUndefined();
    expect(diagnostics.map((each) => each.code)).toContain(code);
  });

  test('what is no file, and no name', () => {
    const codesOf = (word: string): string[] => findCni(word).diagnostics.map(({ code }) => code);
    expect(codesOf(`${folder}/`)).toEqual(['cni/folder']);
    expect(codesOf(join(folder, 'none.yaml'))).toEqual(['manifest/not-found']);
    expect(codesOf('calcio')).toEqual(['cli/cni']);
    expect(findCni('calcio').diagnostics[0]!.hint).toContain('did you mean calico?');
    expect(['a.yaml', 'a.YML', './a', 'a/b', 'a.json'].filter((word) => !isProfilePath(word))).toEqual([]);
    expect(CNI_NAMES.filter(isProfilePath)).toEqual([]);
  });
});

/** Documents near the format: each part right or wrong. What only the reader knows is not drawn: what text is a CIDR, which knobs contradict others. */
const word = fc.constantFrom('enforce', 'exempt', 'outside', 'deny', 'recheck', 'nonsense', 5, true, null, [
  'enforce',
]);
const protocol = fc.constantFrom(
  'tcp',
  'TCP',
  'icmp',
  'ICMPv6',
  6,
  4,
  255,
  256,
  -1,
  'gre',
  'Tcp',
  1.5,
  [],
  {},
);
const side = fc.record(
  {
    nets: fc.constantFrom(['10.0.0.0/8'], [], [5], 'x'),
    ports: fc.constantFrom([80], ['80-90'], [0], [65536], ['a'], [], 80),
    isOutside: fc.constantFrom(true, false, 'yes'),
    selector: fc.constant('x'),
  },
  { requiredKeys: [] },
);
const match = fc.record(
  {
    family: fc.constantFrom(4, 6, 5, '4'),
    protocol,
    notProtocols: fc.array(protocol, { maxLength: 2 }),
    icmp: fc.constantFrom({ type: 8 }, { type: 3, code: 4 }, { code: 1 }, { type: 256 }, {}, 8),
    source: side,
    destination: side,
  },
  { requiredKeys: [] },
);
const guard = fc.record(
  {
    hooks: fc.constantFrom(['ingress'], ['ingress', 'egress'], [], ['up'], 'egress'),
    action: fc.constantFrom('allow', 'deny', 'drop'),
    match,
    words: fc.constantFrom('ping', 5),
  },
  { requiredKeys: ['hooks', 'action', 'words'] },
);
const long = fc.record(
  { value: word, says: fc.constantFrom('so', 5), source: fc.constantFrom('here', []), why: fc.constant('x') },
  { requiredKeys: [] },
);
const document = fc.record(
  {
    extends: fc.constantFrom('calico', 'antrea', 'calcio', 5),
    name: fc.constantFrom('mine', 'a+b@1', 'calico', '-a', '', 5, 'x'.repeat(64)),
    title: fc.constantFrom('Mine', 5),
    knobs: fc.record(
      {
        refusal: fc.oneof(word, long),
        ipBlocks: fc.oneof(word, long),
        enforces: fc.constantFrom([], ['NetworkPolicy', 'Calico'], ['Nothing'], 'Calico', [5]),
        portProtocols: fc.oneof(fc.array(protocol, { maxLength: 2 }), protocol),
        podGuards: fc.array(fc.oneof({ weight: 5, arbitrary: guard }, fc.constant(5)), { maxLength: 2 }),
        nonsense: word,
      },
      { requiredKeys: [] },
    ),
    kind: fc.constant('Profile'),
  },
  { requiredKeys: [] },
);

test('schema and reader take the same', () => {
  let taken = 0;
  const agree = (given: unknown): void => {
    const found = codes(given);
    taken += found.length === 0 ? 1 : 0;
    expect({ given, isValid: isValid(given) }).toEqual({ given, isValid: found.length === 0 });
  };
  fc.assert(fc.property(document, agree), { numRuns: 300 });
  const sound = { extends: 'antrea', name: 'mine' };
  const rightHairpin = fc.constantFrom('enforce', 'exempt', 'broken', 'unspecified');
  const alone = { hooks: ['egress'], action: 'deny', words: 'x' };
  fc.assert(
    fc.property(match, (each) => agree({ ...sound, knobs: { podGuards: [{ ...alone, match: each }] } })),
    { numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.oneof(rightHairpin, word, long), (hairpin) => agree({ ...sound, knobs: { hairpin } })),
    { numRuns: 100 },
  );
  expect(taken).toBeGreaterThan(20);
});
