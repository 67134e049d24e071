// .size-limit.mjs - what the package may weigh, the inlined core and the AssemblyScript loader included.
// scripts/size.mjs makes the bundle and prints the parts. A limit that is raised says why in the CHANGELOG.
import { mainEntryFiles } from './scripts/tidy/graph.mjs';

export default [
  { name: 'all of hoptrie in one bundle, minified', path: 'build/size/hoptrie.js', limit: '165 kB' },
  { name: 'the same, module by module', path: mainEntryFiles(), limit: '355 kB' },
  { name: 'hoptrie/table alone, with its core', path: 'build/size/table.js', limit: '30 kB' },
];
