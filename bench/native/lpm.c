// native/lpm.c - DPDK's rte_lpm: DIR-24-8 with four bytes for each /24, asked 64 at a time and four at a time.
#define _GNU_SOURCE
#include "subject.h"
#include "eal.h"

#include <rte_lpm.h>
#include <rte_memory.h>
#include <stdlib.h>
#include <string.h>

enum { TBL8 = 1024, BULK = 64 };

static struct rte_lpm *lpm;
static uint32_t *out;

static void lookupBulk(const uint32_t *dst, size_t n, size_t first) {
  for (size_t i = 0; i + BULK <= n; i += BULK) rte_lpm_lookup_bulk(lpm, dst + i, out + first + i, BULK);
}

static void lookupFour(const uint32_t *dst, size_t n, size_t first) {
  for (size_t i = 0; i + 4 <= n; i += 4) {
    xmm_t four;
    memcpy(&four, dst + i, sizeof four);
    rte_lpm_lookupx4(lpm, four, out + first + i, 0);
  }
}

struct way ways[] = {{"bulk, 64", lookupBulk}, {"x4", lookupFour}, {NULL, NULL}};

const char *build(const struct table *table, size_t answers) {
  struct rte_lpm_config config = {.max_rules = table->rows, .number_tbl8s = TBL8};
  if (startEal() < 0) return "DPDK does not start";
  lpm = rte_lpm_create("bench", SOCKET_ID_ANY, &config);
  out = calloc(answers, sizeof *out);
  if (lpm == NULL || out == NULL) return "no room for the table";
  for (size_t i = 0; i < table->rows; i++) {
    if (rte_lpm_add(lpm, table->addresses[i], table->lengths[i], table->nexthops[i]) != 0) return "rte_lpm_add failed";
  }
  return NULL;
}

/** A bulk answer says that it is one in a bit above its 24; four at a time give the number or the default, 0. */
uint32_t answer(size_t row) { return out[row] & 0xffffff; }

/** What a lookup reads, without the rules beside it. */
size_t size(void) { return sizeof(uint32_t) * ((1 << 24) + TBL8 * 256); }
