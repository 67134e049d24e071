// native/subject.h - what a native peer implements; serve.c has the process around it.
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stddef.h>
#include <stdint.h>

/** Routes as columns: addresses[i]/lengths[i] goes to next hop nexthops[i], 1 .. 32767. Addresses in host order. */
struct table {
  size_t rows;
  const uint32_t *addresses;
  const uint8_t *lengths;
  const uint16_t *nexthops;
};

/**
 * A way to look up dst[0 .. n-1], n a multiple of 64; the answers are kept as rows `first` and on, in the subject's
 * own form.
 */
struct way {
  const char *name;
  void (*lookup)(const uint32_t *dst, size_t n, size_t first);
};

/** The ways, set by `build`; after the last one a name that is NULL. */
extern struct way ways[];

/** Takes the table and makes room for so many answers; NULL, or why it cannot. */
const char *build(const struct table *table, size_t answers);

/** The next hop in row `row` of the answers, 0 for none. */
uint32_t answer(size_t row);

/** Bytes of the tables that a lookup reads. */
size_t size(void);

#endif
