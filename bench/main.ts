/** Runs the benchmarks that are named, or all of them: `npm run bench -- classify decode`. */
const QUESTIONS: Readonly<Record<string, () => Promise<{ run(): void | Promise<void> }>>> = {
  load: () => import('./load.ts'),
  classify: () => import('./classify.ts'),
  'classify-limit': () => import('./classify-limit.ts'),
  large: () => import('./large.ts'),
  layouts: () => import('./layouts.ts'),
  dpdk: () => import('./dpdk.ts'),
  decode: () => import('./decode.ts'),
  ebpf: () => import('./ebpf.ts'),
  libpcap: () => import('./libpcap.ts'),
  path: () => import('./path.ts'),
  connections: () => import('./connections.ts'),
  replay: () => import('./replay.ts'),
  profile: () => import('./profile.ts'),
  heap: () => import('./heap.ts'),
  'start-up': () => import('./start-up.ts'),
  rates: () => import('./rates.ts'),
  update: () => import('./update.ts'),
  profiles: () => import('./profiles.ts'),
  'cross-check': () => import('./cross-check.ts'),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in QUESTIONS));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(', ')}; known: ${Object.keys(QUESTIONS).join(', ')}\n`);
  process.exitCode = 2;
} else {
  for (const name of names.length > 0 ? names : Object.keys(QUESTIONS))
    await (await QUESTIONS[name]!()).run();
}
