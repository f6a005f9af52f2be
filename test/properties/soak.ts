/** How long a soak goes on: `SOAK=90s`, `10m`, `2h`, or a number of packets. */

export type Soak = { readonly milliseconds: number } | { readonly packets: number };

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** What SOAK says; undefined without one. Anything else is an error: a soak that silently does not run proves nothing. */
export function soakFrom(text: string | undefined): Soak | undefined {
  if (text === undefined || text === '') return undefined;
  const parts = /^(\d[\d_]*)([smh]?)$/.exec(text);
  const amount = Number(parts?.[1]?.replaceAll('_', ''));
  if (parts === null || !(amount > 0))
    throw new Error(`SOAK=${text} is not a time (90s, 10m, 2h) or a number of packets`);
  const unit = UNITS[parts[2]!];
  return unit === undefined ? { packets: amount } : { milliseconds: amount * unit };
}

/** Whether a soak is over after so much. */
export function isOver(soak: Soak, packets: number, milliseconds: number): boolean {
  return 'packets' in soak ? packets >= soak.packets : milliseconds >= soak.milliseconds;
}
