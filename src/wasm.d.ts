/** wasm.d.ts - what a module of WebAssembly is where the host compiles it, as workerd does. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
