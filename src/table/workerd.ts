/**
 * table/workerd.ts - the entry `hoptrie/table` where bytes are not compiled (the condition `workerd`): the core comes as
 * a module that the host has compiled.
 */
import core from '../table.wasm';
import { useTableModule } from '../core/table-load.js';

export * from './index.js';

useTableModule(core);
