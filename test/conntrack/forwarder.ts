/**
 * The real kernel as a router between two tun devices, in a network namespace of its own (forwarder.c): what its connection
 * tracking calls each packet, and what its table then holds.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Forwarded {
  /** Seconds since 1970 at which the packet was sent. */
  readonly at: number;
  /** By then the table had been read. */
  readonly until: number;
  readonly called: string;
  /** Lines of the table that contain the text that was asked for. */
  readonly table: readonly string[];
}

export interface Step {
  readonly side: 'left' | 'right';
  /** An IP packet. */
  readonly bytes: Buffer;
  /** Lines of the table that contain this are read after the packet. */
  readonly show: string;
  /** Milliseconds before it. */
  readonly wait?: number;
}

const SETUP = [
  'ip link set left up',
  'ip link set right up',
  'ip route add 10.1.0.0/16 dev left',
  'ip route add 10.2.0.0/16 dev right',
  'ip -6 route add fd01::/64 dev left',
  'ip -6 route add fd02::/64 dev right',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
  'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
];

/** What makes windows, sequence numbers and checksums not matter. */
const LIBERAL = { checksum: 0, tcp_be_liberal: 1, tcp_ignore_invalid_rst: 1 };

/** Why there is no kernel to compare with here; undefined when there is. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  if (spawnSync('cc', ['--version']).status !== 0) return 'no C compiler';
  const folder = mkdtempSync(join(tmpdir(), 'forwarder-'));
  try {
    const { status, stderr } = inNamespace(folder, '', {});
    return status === 0 ? undefined : `no namespace with tun devices and nf_tables: ${stderr.trim()}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inNamespace(
  folder: string,
  commands: string,
  settings: Readonly<Record<string, number>>,
  setup: readonly string[] = [],
): { status: number | null; stdout: string; stderr: string } {
  const program = join(folder, 'forwarder');
  const source = fileURLToPath(new URL('./forwarder.c', import.meta.url));
  const compiled = spawnSync('cc', ['-O1', '-o', program, source], { encoding: 'utf8' });
  if (compiled.status !== 0) return { status: 1, stdout: '', stderr: compiled.stderr };
  const written = Object.entries({ ...LIBERAL, ...settings }).map(
    ([name, value]) => `echo ${value} > /proc/sys/net/netfilter/nf_conntrack_${name}`,
  );
  return spawnSync('unshare', ['-n', program, [...SETUP, ...written, ...setup].join(' && ')], {
    input: commands,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}

/** Sends the packets one after the other through a fresh kernel table with these settings; `setup`: shell commands before them. */
export function forward(
  steps: readonly Step[],
  settings: Readonly<Record<string, number>> = {},
  setup: readonly string[] = [],
): Forwarded[] {
  const commands = steps.map(({ side, bytes, show, wait }) =>
    [
      ...(wait === undefined ? [] : [`w ${wait}`]),
      `${side === 'left' ? 'l' : 'r'} ${bytes.toString('hex')}`,
      `s ${show}`,
      '',
    ].join('\n'),
  );
  const folder = mkdtempSync(join(tmpdir(), 'forwarder-'));
  try {
    const { status, stdout, stderr } = inNamespace(folder, commands.join(''), settings, setup);
    if (status !== 0) throw new Error(stderr);
    return stdout
      .split('\n\n')
      .slice(0, steps.length)
      .map((answer) => {
        const [first, ...table] = answer.split('\n');
        const [at, called] = first!.split(' ');
        return { at: Number(at), until: Number(table.at(-1)), called: called!, table: table.slice(0, -1) };
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
