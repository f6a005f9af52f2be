/** Completion scripts, run by the shells that are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CNI_NAMES } from '../../src/policy/cni/profiles.ts';
import { dryplane } from './kept-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

function script(shell: string): string {
  const path = join(folder, `completion.${shell}`);
  if (!existsSync(path)) {
    const { code, stdout, stderr } = dryplane(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    writeFileSync(path, stdout);
  }
  return path;
}

function linesOf(
  shell: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string[] {
  const { stdout, stderr, status } = spawnSync(shell, [...words], {
    encoding: 'utf8',
    timeout: 110_000,
    cwd: folder,
    env: { ...process.env, ...env },
  });
  expect([stderr, status]).toEqual(['', 0]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** The commands as the help lists them. */
const commands = [...dryplane(['--help']).stdout.matchAll(/^ {2}([a-z]+) (?=.*\S {2,}\S)/gm)].map(
  ([, name]) => name!,
);

describe.skipIf(!isThere('bash'))('bash', () => {
  /** What is offered behind the words; bash cuts at = and : itself. */
  function offered(...words: string[]): string[] {
    const cut = ['dryplane', ...words].flatMap((word) => word.split(/(?==)|(?<==)/));
    const program = `source "$SCRIPT"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dryplane; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf('bash', ['-c', program, 'bash', ...cut], { SCRIPT: script('bash') });
  }

  test('is a script without mistakes', () => {
    expect(linesOf('bash', ['-n', script('bash')])).toEqual([]);
  });

  test('commands', () => {
    expect(commands.length).toBeGreaterThan(8);
    expect(offered('').sort()).toEqual([...commands].sort());
    expect(offered('re').sort()).toEqual(commands.filter((name) => name.startsWith('re')).sort());
    expect(offered('help', 'expl')).toEqual(['explain']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  test('options of the command, and no other', () => {
    expect(offered('test', '--con')).toEqual(['--conformance']);
    expect(offered('replay', '--con').sort()).toEqual(['--connections', '--conntrack']);
    expect(offered('replay', 'a.pcap', '-f', 'b', '--pick')).toEqual(['--pickup']);
    expect(offered('--ver')).toEqual(['--version']);
  });

  test('words behind options, behind = too; files elsewhere', () => {
    expect(offered('test', '--cni', '').sort()).toEqual([...CNI_NAMES, 'all'].sort());
    expect(offered('replay', '--cni', 'cil')).toEqual(['cilium', 'cilium-legacy']);
    expect(offered('replay', '--cni=cil')).toEqual(['cilium', 'cilium-legacy']);
    expect(offered('test', '--format', 'j').sort()).toEqual(['json', 'junit']);
    expect(offered('test', '--format=ta')).toEqual(['tap']);
    expect(offered('test', '--format', 'junit=')).toEqual([]);
    expect(offered('replay', '--color', '')).toEqual(['auto', 'always', 'never']);
    expect(offered('replay', '-f', '')).toEqual([]);
    expect(offered('replay', '')).toEqual([]);
    expect(offered('replay', '--workers', '')).toEqual([]);
  });
});

describe.skipIf(!isThere('fish'))('fish', () => {
  const home = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };

  function offered(line: string): string[] {
    const program = `source ${script('fish')}; complete -C ${JSON.stringify(line)}`;
    return linesOf('fish', ['--no-config', '-c', program], home).map((one) => one.split('\t')[0]!);
  }

  test('is a script without mistakes', () => {
    expect(linesOf('fish', ['--no-config', '-n', script('fish')], home)).toEqual([]);
  });

  test('commands, options, words and files', () => {
    writeFileSync(join(folder, 'a-suite.yaml'), '');
    expect(offered('dryplane re').sort()).toEqual(commands.filter((name) => name.startsWith('re')).sort());
    expect(offered('dryplane test --con')).toEqual(['--conformance']);
    expect(offered('dryplane replay --cni cili').sort()).toEqual(['cilium', 'cilium-legacy']);
    expect(offered('dryplane test --format ta')).toEqual(['tap']);
    expect(offered('dryplane test a-s')).toEqual(['a-suite.yaml']);
    expect(offered('dryplane test -f a-s')).toEqual(['a-suite.yaml']);
    expect(offered('dryplane explain a-s')).toEqual([]);
  });
});

/** A zsh on a terminal of its own: what it would offer goes to a file. */
const DRIVER = `
zmodload zsh/zpty
zpty -b inner zsh -f -i
zpty -w inner "PS1=''; stty -echo; autoload -Uz compinit; compinit -u -D; source $1; bindkey '^I' complete-word; LISTMAX=0; setopt nolistbeep"
zpty -w inner 'compadd() { if [[ " $* " == *" -"[OAD]" "* ]]; then builtin compadd "$@"; return; fi; local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >>'"$2"'; builtin compadd "$@" }'
zpty -w -n inner "$3"$'\\t'
repeat 100; do [[ -s $2 ]] && break; sleep 0.1; done
sleep 0.2
zpty -d inner
`;

describe.skipIf(!isThere('zsh'))('zsh', () => {
  function offered(line: string, number: number): string[] {
    const driver = join(folder, 'driver.zsh');
    const hits = join(folder, `hits-${number}`);
    writeFileSync(driver, DRIVER);
    writeFileSync(hits, '');
    linesOf('zsh', ['-f', driver, script('zsh'), hits, line], { HOME: folder });
    return readFileSync(hits, 'utf8')
      .split('\n')
      .filter((one) => one !== '');
  }

  test('is a script without mistakes', () => {
    expect(linesOf('zsh', ['-n', script('zsh')])).toEqual([]);
  });

  test('commands, options and words', () => {
    expect(offered('dryplane re', 1).sort()).toEqual(commands.filter((name) => name.startsWith('re')).sort());
    expect(offered('dryplane test --con', 2)).toContain('--conformance');
    expect(offered('dryplane replay --cni cili', 3).sort()).toEqual(['cilium', 'cilium-legacy']);
    expect(offered('dryplane test --format ta', 4)).toEqual(['tap']);
  });
});

test('another shell is told the ones there are', () => {
  const { code, stderr } = dryplane(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(stderr).toContain('bash, zsh, fish');
});
