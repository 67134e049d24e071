/**
 * live.ts - the entry `hoptrie/feed`: sources of changes for Node, and `follow`, which keeps a Netns in step with one.
 */
export * from './feed/index.js';
export * as feed from './feed/index.js';
