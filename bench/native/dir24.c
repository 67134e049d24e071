// native/dir24.c - the reference: plain DIR-24-8, one u16 for each /24.
//
//   leaves[address >> 8]                          the next hop, or top bit and the number of a chunk
//   chunks[number * 256 + (address & 255)]        the next hop, for the /24s that hold something longer
// Source: Gupta, Lin, McKeown, "Routing lookups in hardware at memory access speeds", INFOCOM 1998.
#include "subject.h"

#include <stdlib.h>

enum { LEAVES = 1 << 24, CHUNK = 256, MOST_CHUNKS = 0x8000, IS_CHUNK = 0x8000 };

static uint16_t *leaves;
static uint16_t *chunks;
static size_t chunkCount;
static uint32_t *out;

static void lookup(const uint32_t *dst, size_t n, size_t first) {
  uint32_t *to = out + first;
  for (size_t i = 0; i < n; i++) {
    uint32_t leaf = leaves[dst[i] >> 8];
    if (leaf & IS_CHUNK) leaf = chunks[(leaf ^ IS_CHUNK) * CHUNK + (dst[i] & 255)];
    to[i] = leaf;
  }
}

struct way ways[] = {{"loop", lookup}, {NULL, NULL}};

/** The chunk of a /24, made where there is none: 256 times what the /24 said; NULL where no number is left. */
static uint16_t *chunkOf(uint16_t *leaf) {
  if (!(*leaf & IS_CHUNK)) {
    if (chunkCount == MOST_CHUNKS) return NULL;
    for (size_t i = 0; i < CHUNK; i++) chunks[chunkCount * CHUNK + i] = *leaf;
    *leaf = IS_CHUNK | chunkCount++;
  }
  return chunks + (*leaf ^ IS_CHUNK) * CHUNK;
}

/** Writes one route over what the shorter ones left. */
static int put(uint32_t address, unsigned length, uint16_t nexthop) {
  uint16_t *from = leaves + (address >> 8);
  size_t n = length <= 24 ? (size_t)1 << (24 - length) : (size_t)1 << (32 - length);
  if (length > 24) {
    uint16_t *chunk = chunkOf(from);
    if (chunk == NULL) return 0;
    from = chunk + (address & 255);
  }
  for (size_t i = 0; i < n; i++) from[i] = nexthop;
  return 1;
}

const char *build(const struct table *table, size_t answers) {
  leaves = calloc(LEAVES, sizeof *leaves);
  chunks = malloc(sizeof *chunks * MOST_CHUNKS * CHUNK);
  out = calloc(answers, sizeof *out);
  if (leaves == NULL || chunks == NULL || out == NULL) return "out of memory";
  for (unsigned length = 0; length <= 32; length++) {
    for (size_t i = 0; i < table->rows; i++) {
      if (table->lengths[i] != length) continue;
      if (!put(table->addresses[i], length, table->nexthops[i])) return "more than 32,768 chunks";
    }
  }
  return NULL;
}

uint32_t answer(size_t row) { return out[row]; }

size_t size(void) { return sizeof *leaves * LEAVES + sizeof *chunks * CHUNK * chunkCount; }
