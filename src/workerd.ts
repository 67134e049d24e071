/**
 * workerd.ts - the entry `hoptrie` where bytes are not compiled (the condition `workerd`: Cloudflare's Workers): the core
 * comes as a module that the host has compiled.
 */
import core from './hoptrie.wasm';
import { useCoreModule } from './core/inlined.js';

export * from './index.js';

useCoreModule(core);
