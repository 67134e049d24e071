// native/fib.c - DPDK's rte_fib: DIR-24-8 with two bytes for each /24, asked in bulk.
#define _GNU_SOURCE
#include "subject.h"
#include "eal.h"

#include <rte_fib.h>
#include <rte_memory.h>
#include <stdlib.h>

enum { TBL8 = 1024 };

static struct rte_fib *fib;
static uint64_t *out;

static void lookup(const uint32_t *dst, size_t n, size_t first) {
  rte_fib_lookup_bulk(fib, (uint32_t *)dst, out + first, n);
}

struct way ways[] = {{"bulk", lookup}, {NULL, NULL}};

const char *build(const struct table *table, size_t answers) {
  struct rte_fib_conf conf = {
    .type = RTE_FIB_DIR24_8,
    .max_routes = table->rows,
    .dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_2B, .num_tbl8 = TBL8},
  };
  if (startEal() < 0) return "DPDK does not start";
  fib = rte_fib_create("bench", SOCKET_ID_ANY, &conf);
  out = calloc(answers, sizeof *out);
  if (fib == NULL || out == NULL) return "no room for the table";
  for (size_t i = 0; i < table->rows; i++) {
    if (rte_fib_add(fib, table->addresses[i], table->lengths[i], table->nexthops[i]) != 0) return "rte_fib_add failed";
  }
  if (rte_fib_select_lookup(fib, RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512) == 0) ways[0].name = "bulk, AVX-512";
  return NULL;
}

uint32_t answer(size_t row) { return out[row]; }

/** What a lookup reads, without the rules beside it. */
size_t size(void) { return sizeof(uint16_t) * ((1 << 24) + TBL8 * 256); }
