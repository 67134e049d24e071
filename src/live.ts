/**
 * live.ts - the entry `hoptrie/feed`: sources of changes for Node, and `follow`, which keeps a Netns in step with one.
 */
export * from './feed/index.js';
export * as feed from './feed/index.js';
export { follow } from './follow/follow.js';
export type { FollowEvent, FollowOptions, FollowStats, Following } from './follow/follow.js';
export type { FeedStats, Part, PartSource } from './model/feed.js';
