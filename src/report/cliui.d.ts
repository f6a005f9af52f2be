/** The part of cliui that the tables use; the package ships no types. */
declare module 'cliui' {
  interface Column {
    text: string;
    width?: number;
    align?: 'left' | 'right' | 'center';
    padding?: [number, number, number, number];
  }
  interface UI {
    div(...columns: Column[]): unknown;
    toString(): string;
  }
  export default function cliui(options: { width: number; wrap?: boolean }): UI;
}
