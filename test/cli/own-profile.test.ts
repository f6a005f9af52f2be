/** A profile of the user's own, as every command takes it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const page = readFileSync(join(ROOT, 'docs/own-cni.md'), 'utf8');
const example = /```yaml\n(.*\nextends: [\s\S]*?)```/.exec(page)![1]!;
const profile = join(folder, 'cilium-ours.yaml');
writeFileSync(profile, example);
const CNI = ['--cni', profile];

describe('the profile of docs/own-cni.md', () => {
  test('says in what it departs', () => {
    const { stdout, stderr } = dryplane(['compile', ...QUICKSTART, ...CNI, '--dump', '--format', 'json']);
    expect(stderr).toBe('');
    const { cni, dump } = checkedDocument<{
      cni: string;
      dump: { departures: { knob: string; says: string; source: string }[] };
    }>(stdout);
    expect(cni).toBe('cilium-ours');
    expect(dump.departures).toContainEqual({
      knob: 'ipBlocks',
      says: 'blocks of addresses match pods and nodes',
      source: 'values.yaml, policyCIDRMatchMode',
    });
    expect(dump.departures.find(({ knob }) => knob === 'hairpin')!.source).toMatch(/cilium-ours\.yaml:5$/);
  });

  test('is what explain and replay judge by', () => {
    const ping = ['explain', ...QUICKSTART, 'icmp shop/debug > shop/db', '--expect'];
    expect(dryplane([...ping, 'deny', '--cni', 'cilium']).code).toBe(0);
    expect(dryplane([...ping, 'allow', ...CNI]).code).toBe(0);
    const { code, stdout } = dryplane(['replay', CAPTURE, ...QUICKSTART, ...CNI]);
    expect([code, /CNI (\S+)/.exec(stdout)?.[1]]).toEqual([0, 'cilium-ours']);
  });

  test('is what bench measures', () => {
    const { stdout } = dryplane(['bench', ...QUICKSTART, ...CNI, '--multiply', '1', '--seconds', '1']);
    expect(stdout).toContain('CNI cilium-ours');
  });
});

describe('a suite', () => {
  let suites = 0;
  const suite = (text: string): string => {
    suites += 1;
    const path = join(folder, `suite-${suites}.yaml`);
    const manifests = [
      join(ROOT, 'traces/quickstart/cluster.yaml'),
      join(ROOT, 'traces/quickstart/policies'),
    ];
    writeFileSync(path, `manifests: ${JSON.stringify(manifests)}\n${text}`);
    return path;
  };
  const flow = 'icmp shop/debug > shop/db';
  const named = `flows: [{ flow: "${flow}", expect: { cilium: deny, cilium-ours: allow } }]\n`;

  test('brings its profile, beside its own file', () => {
    const { code, stdout } = dryplane(['test', suite(`cni: ./cilium-ours.yaml\n${named}`)]);
    expect(stdout).toContain('✓ allow icmp shop/debug');
    expect(code).toBe(0);
    expect(dryplane(['test', suite(`cni: cilium-ours\nprofiles: [cilium-ours.yaml]\n${named}`)]).code).toBe(
      0,
    );
  });

  test('may name the profile of the command line, and those that it lists', () => {
    expect(dryplane(['test', suite(named), ...CNI]).code).toBe(0);
    expect(dryplane(['test', suite(named)]).stderr).toContain('unknown field "cilium-ours" in expect');
    const listed = suite(`profiles: [./cilium-ours.yaml]\n${named}`);
    expect(dryplane(['test', listed, '--cni', 'cilium']).stdout).toContain('✓ deny icmp shop/debug');
  });

  test('its next command takes the same profile', () => {
    const { code, stdout } = dryplane(['test', suite(`cni: ./cilium-ours.yaml\ndeny: ["${flow}"]\n`)]);
    expect(code).toBe(1);
    expect(stdout).toContain(`--cni ${profile}`);
  });

  test('a circumstance is answered by a knob: the next command shows those', () => {
    const first = `- { flow: "${flow}", expect: deny, when: established }\n`;
    const { stdout } = dryplane(['test', suite(`cni: kubernetes\nflows:\n${first}`)]);
    expect(stdout).toMatch(/why: node \S+ compile .* --cni kubernetes --dump/);
    expect(stdout).not.toContain('staged');
    const other = dryplane([
      'test',
      suite(`cni: kubernetes\nflows:\n${first}deny: ["tcp shop/web > shop/cache:1"]\nallow: ["${flow}"]\n`),
    ]);
    expect(other.stdout).toContain('--cni kubernetes icmp shop/debug');
  });

  test('all that is wrong with the profile is said once', () => {
    writeFileSync(join(folder, 'bad.yaml'), 'extends: calico\nname: x\nknobs: { hairpin: enforced }\n');
    for (const words of [
      ['test', suite(`cni: ./bad.yaml\ndeny: ["${flow}"]\n`)],
      ['test', suite(`deny: ["${flow}"]\n`), '--cni', join(folder, 'bad.yaml')],
      ['explain', ...QUICKSTART, flow, '--cni', join(folder, 'bad.yaml')],
    ]) {
      const { code, stderr } = dryplane(words);
      expect(code).toBe(2);
      expect(stderr.match(/bad\.yaml:3:19: error\[cni\/unknown-value\]/g)).toHaveLength(1);
    }
  });
});
