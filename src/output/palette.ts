/** The few colours of the text reports. Meaning never rests on colour: a palette that is off prints the same words. */

type Paint = (text: string) => string;

export interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

const plain: Paint = (text) => text;

function style(start: number, end: number): Paint {
  return (text) => (text === '' ? '' : `\u001b[${start}m${text}\u001b[${end}m`);
}

/** A palette that paints, or one that leaves text as it is. */
export function createPalette(color: boolean): Palette {
  if (!color) return { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}
