/** One seed for everything that a run draws, told before the first test and after the last: no failure, of whatever kind, can lose it. */
export default function setup(): (() => void) | undefined {
  // Each project of the configuration asks.
  if (process.env.SEED_TOLD === '1') return undefined;
  process.env.SEED_TOLD = '1';
  process.env.SEED ||= String(Math.floor(Math.random() * 2 ** 32));
  const tell = (): void => console.log(`SEED=${process.env.SEED} repeats what this run draws`);
  tell();
  return tell;
}
