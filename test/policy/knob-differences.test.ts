import { expect, test } from 'vitest';
import { differingKnobs, withKnobs } from '../../src/policy/cni/knob-differences.ts';
import { CNI_NAMES, cniProfile } from '../../src/policy/cni/profiles.ts';

const profile = (name: string) => cniProfile(name)!;

test('a CNI differs from itself in nothing, whatever its name', () => {
  for (const name of CNI_NAMES) expect(differingKnobs(profile(name), profile(name))).toEqual([]);
  expect(differingKnobs(profile('calico'), profile('calico-nftables'))).toEqual([]);
});

test('what differs is known by value: lists and guards as well', () => {
  expect(differingKnobs(profile('calico'), profile('calico-ebpf'))).toEqual([
    'portProtocols',
    'nodePortFromAfar',
    'workloadEncapsulation',
  ]);
  const cilium = profile('cilium');
  expect(differingKnobs(cilium, { ...cilium, podGuards: structuredClone(cilium.podGuards) })).toEqual([]);
});

test.each(CNI_NAMES)('all differing knobs turned make %s of Calico, evidence included', (name) => {
  const calico = profile('calico');
  const other = profile(name);
  const turned = withKnobs(calico, other, differingKnobs(calico, other));
  expect(differingKnobs(turned, other)).toEqual([]);
  expect(turned.name).toBe('calico');
  for (const knob of differingKnobs(calico, other))
    expect(turned.departures[knob]).toEqual(other.departures[knob]);
});

test('a knob that is turned back loses its evidence, others keep theirs', () => {
  const cilium = profile('cilium');
  const turned = withKnobs(cilium, profile('kube-router'), ['ipBlocks']);
  expect(turned.ipBlocks).toBe('all-addresses');
  expect(turned.departures.ipBlocks).toBeUndefined();
  expect(turned.departures.hairpin).toBe(cilium.departures.hairpin);
  expect(differingKnobs(turned, cilium)).toEqual(['ipBlocks']);
});
