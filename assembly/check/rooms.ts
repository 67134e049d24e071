// check/rooms.ts - the rooms of invariants: the hundreds of the number that a broken one has.

export const T: u32 = 100; // tries and tables
export const A: u32 = 200; // aliases
export const I: u32 = 300; // infos
export const M: u32 = 400; // the arena
export const R: u32 = 500; // rules
export const O: u32 = 600; // nexthop objects
export const D: u32 = 700; // devices and their addresses
export const S: u32 = 800; // the State
export const V: u32 = 900; // views
export const G: u32 = 1000; // the gateway indexes
export const C: u32 = 1100; // the route cache
