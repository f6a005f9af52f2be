/** Tiers, passes, logs, staged policies and profiles: what other policy APIs need of the walk. */
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/net/address.ts';
import { TCP } from '../../src/net/protocol-layout.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import type { HookWalk } from '../../src/policy/decision.ts';
import type { SeenPacket } from '../../src/policy/judge/seen-packet.ts';
import { walkHook } from '../../src/policy/judge/walk-hook.ts';
import type {
  Action,
  EntityMatch,
  Governed,
  Guard,
  Policy,
  Profile,
  Rule,
  Tier,
} from '../../src/policy/policy.ts';
import { createWorld } from '../../src/policy/world.ts';
import { fixtureWith } from '../examine.ts';

const at = { file: 'p.yaml', line: 1, column: 1 };
const address = parseAddress('10.0.1.1')!;
const other = parseAddress('10.0.2.1')!;

function rule(action: Action, index: number, destination: EntityMatch = {}): Rule {
  return { action, match: { source: {}, destination }, index, calicoIndex: index, at };
}

const never: EntityMatch = { ports: [{ first: 1, last: 1 }] };

function policy(name: string, rules: readonly Rule[], staged = false): Policy {
  return {
    kind: 'GlobalNetworkPolicy',
    calicoKind: 'GlobalNetworkPolicy',
    namespace: '',
    name,
    tier: 't',
    order: 1,
    staged,
    placement: 'normal',
    selector: { kind: 'all' },
    types: { ingress: true, egress: true },
    rules: { ingress: rules, egress: rules },
    at,
  };
}

const tier = (name: string, endAction: 'deny' | 'pass' = 'deny'): Tier => ({ name, order: 1, endAction });
const profile = (name: string, rules: readonly Rule[]): Profile => ({
  name,
  rules: { ingress: rules, egress: rules },
});
const open = profile('open', [rule('allow', 0)]);

interface Drafted extends Partial<Pick<Governed, 'guards' | 'end'>> {
  readonly tiers: readonly {
    readonly tier: Tier;
    readonly policies: readonly Policy[];
    readonly endAction?: Tier['endAction'];
  }[];
  readonly profiles: readonly Profile[];
}

const governedBy = ({ tiers, profiles, guards = [], end = 'deny' }: Drafted): Governed => ({
  guards,
  tiers: tiers.map((governing) => ({ endAction: governing.tier.endAction, ...governing })),
  profiles,
  end,
  tiesAreOpen: false,
});

function walk(drafted: Drafted, cni: CniProfile = CALICO, protocol = TCP): HookWalk {
  const world = createWorld(fixtureWith(''), cni);
  const side = (which: typeof address) => ({
    address: which,
    netAddress: which,
    holders: world.book.endpoints.slice(0, 1),
    port: 80,
  });
  const packet: SeenPacket = { source: side(other), destination: side(address), protocol };
  return walkHook('egress', world.book.endpoints[0]!, packet, {
    ...world,
    resolved: { ...world.resolved, governing: () => governedBy(drafted) },
  });
}

function outcome({ verdict, reason, decider, tiers }: HookWalk): string {
  const who = decider?.policy?.name ?? decider?.profile?.name ?? '-';
  return `${verdict} ${reason} ${who} ${decider?.rule?.index ?? 'end'} | ${tiers.map(({ left }) => left).join(' ')}`;
}

describe('a walk', () => {
  test.each<[string, Drafted, string]>([
    ['no tier: the profile', { tiers: [], profiles: [open] }, 'allow profile open 0 | '],
    ['no profile', { tiers: [], profiles: [] }, 'deny no-profile - end | '],
    [
      'first match over policies, logs passed by',
      {
        tiers: [
          {
            tier: tier('t'),
            policies: [
              policy('a', [rule('allow', 0, never)]),
              policy('b', [rule('log', 0), rule('deny', 1), rule('allow', 2)]),
            ],
          },
        ],
        profiles: [open],
      },
      'deny policy b 1 | deny',
    ],
    [
      'pass leaves the tier, over a later deny of it',
      {
        tiers: [
          { tier: tier('t'), policies: [policy('a', [rule('pass', 0)]), policy('b', [rule('deny', 0)])] },
          { tier: tier('u'), policies: [policy('c', [rule('allow', 0)])] },
        ],
        profiles: [],
      },
      'allow policy c 0 | pass allow',
    ],
    [
      'the end of a tier is blamed on its last enforced policy',
      {
        tiers: [
          {
            tier: tier('t'),
            policies: [policy('a', []), policy('b', []), policy('staged', [rule('allow', 0)], true)],
          },
        ],
        profiles: [open],
      },
      'deny tier-end b end | end-deny',
    ],
    [
      'a tier that ends in pass goes on to the profiles',
      {
        tiers: [{ tier: tier('t', 'pass'), policies: [policy('a', [])] }],
        profiles: [profile('none', []), open],
      },
      'allow profile open 0 | end-pass',
    ],
    [
      'a pass inside a profile goes to the next one',
      { tiers: [], profiles: [profile('p', [rule('pass', 0), rule('deny', 1)]), open] },
      'allow profile open 0 | ',
    ],
    [
      'rules behind the deciding one are not visited, nor are tiers',
      {
        tiers: [
          { tier: tier('t'), policies: [policy('a', [rule('allow', 0), rule('deny', 1)])] },
          { tier: tier('u'), policies: [policy('b', [rule('deny', 0)])] },
        ],
        profiles: [],
      },
      'allow policy a 0 | allow',
    ],
  ])('%s', (_, governed, expected) => {
    const found = walk(governed);
    expect(outcome(found)).toBe(expected);
    if (expected.startsWith('allow policy a 0')) expect(found.tiers[0]!.policies[0]!.rules).toHaveLength(1);
  });
});

describe('guards and ends', () => {
  const guard = (action: Guard['action'], destination: EntityMatch = {}): Guard => ({
    match: { source: {}, destination },
    action,
    reason: action === 'deny' ? 'workload-encap' : 'failsafe',
    words: `${action} it`,
  });
  const denies = { tiers: [{ tier: tier('t'), policies: [policy('a', [rule('deny', 0)])] }], profiles: [] };

  test.each<[string, Drafted, string]>([
    ['an allow stands before every tier', { ...denies, guards: [guard('allow')] }, 'allow failsafe - end | '],
    ['a deny too', { ...denies, guards: [guard('deny')] }, 'deny workload-encap - end | '],
    ['continue leaves the hook', { ...denies, guards: [guard('continue')] }, 'continue none - end | '],
    [
      'the first that matches counts',
      { ...denies, guards: [guard('deny', never), guard('allow'), guard('deny')] },
      'allow failsafe - end | ',
    ],
    [
      'one that does not match is passed by',
      { ...denies, guards: [guard('allow', never)] },
      'deny policy a 0 | deny',
    ],
    ['an open end leaves the hook', { tiers: [], profiles: [], end: 'continue' }, 'continue none - end | '],
    [
      'the end of a tier is that of the hook',
      {
        tiers: [{ tier: tier('t'), policies: [policy('a', [])], endAction: 'pass' }],
        profiles: [],
        end: 'continue',
      },
      'continue none - end | end-pass',
    ],
  ])('%s', (_, governed, expected) => {
    expect(outcome(walk(governed))).toBe(expected);
  });

  test('guards up to the one that matched are kept', () => {
    const found = walk({ ...denies, guards: [guard('deny', never), guard('allow'), guard('deny')] });
    expect(found.guards.map(({ guard: { action }, matched }) => `${action} ${matched}`)).toEqual([
      'deny no',
      'allow yes',
    ]);
    expect(found.guards[0]!.why).toBe('destination port 80 is not 1');
  });
});

describe('a match that the profile leaves open', () => {
  const cni: CniProfile = { ...CALICO, namedPortBehindIpBlock: 'unspecified' };
  const maybe: EntityMatch = {
    nets: [{ network: parseAddress('10.0.0.0')!, prefixBits: 8 }],
    namedPorts: ['http'],
  };
  const governed = (...rules: Rule[]): Drafted => ({
    tiers: [{ tier: tier('t'), policies: [policy('a', rules)] }],
    profiles: [open],
  });

  test('is unspecified when what follows differs', () => {
    const found = walk(governed(rule('allow', 0, maybe)), cni);
    expect(outcome(found)).toBe('unspecified none - end | unspecified');
    expect(found.tiers[0]!.policies[0]!.rules[0]!.matched).toBe('maybe');
  });

  test('does not matter when a later rule says the same, and the later rule is named', () => {
    expect(outcome(walk(governed(rule('allow', 0, maybe), rule('allow', 1)), cni))).toBe(
      'allow policy a 1 | allow',
    );
    expect(outcome(walk(governed(rule('deny', 0, maybe)), cni))).toBe('deny tier-end a end | unspecified');
  });

  test('reaches the next tier by an open pass', () => {
    const two: Drafted = {
      tiers: [
        { tier: tier('t'), policies: [policy('a', [rule('pass', 0, maybe), rule('deny', 1)])] },
        { tier: tier('u'), policies: [policy('b', [rule('deny', 0)])] },
      ],
      profiles: [open],
    };
    expect(outcome(walk(two, cni))).toBe('deny policy b 0 | unspecified deny');
  });
});

test('other protocols under isolation are open where the profile says so', () => {
  const cni: CniProfile = { ...CALICO, otherProtocolsUnderIsolation: 'unspecified' };
  const networkPolicy = { ...policy('a', [rule('allow', 0)]), calicoKind: 'KubernetesNetworkPolicy' };
  const governed: Drafted = { tiers: [{ tier: tier('t'), policies: [networkPolicy] }], profiles: [open] };
  expect(walk(governed, cni, 47).verdict).toBe('unspecified');
  expect(walk(governed, cni, TCP).verdict).toBe('allow');
  const other: Drafted = {
    tiers: [{ tier: tier('t'), policies: [policy('a', [rule('allow', 0)])] }],
    profiles: [open],
  };
  expect(walk(other, cni, 47).verdict).toBe('allow');
  expect(walk({ tiers: [], profiles: [open] }, cni, 47).verdict).toBe('allow');
});
