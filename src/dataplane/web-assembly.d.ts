/** The part of WebAssembly that the doors use; memory is always shared here. The `dom` library stays out. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
    /** Pages before the growth; throws RangeError when refused. */
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: ArrayBufferView);
    static exports(module: Module): { name: string; kind: string }[];
    static imports(module: Module): { module: string; name: string; kind: string }[];
  }
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } });
    readonly exports: object;
  }
}
