/** The names of all commands, in the order of the usage. */
export const COMMAND_NAMES = [
  'replay',
  'explain',
  'test',
  'diff',
  'matrix',
  'lint',
  'recommend',
  'reduce',
  'compile',
  'bench',
  'convert',
  'generate',
  'snapshot',
  'completion',
  'help',
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];
