// native/serve.c - a native peer as a process: reads a workload, then answers orders line by line, in JSON.
//
//   started as          PROGRAM FOLDER TRACE...
//   prepare 0 0 0       {"ways":[...],"bytes":N,"buildMs":N}
//   answers WAY TRACE ROWS      {"nexthops":[...]}      of the first rows
//   round WAY TRACE MS          {"ns":N}                of one lookup, measured as bench/rate.ts does
// Ways and traces are given by number. A call of a lookup does SLICE rows. What fails is {"error":"..."}.
#include "subject.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLICE = 1 << 16, TRACES = 8, SAMPLES = 1 << 20 };

struct column {
  void *data;
  size_t bytes;
};

/** A file of the workload, whole. Ends the process where there is none. */
static struct column column(const char *folder, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.bin", folder, name);
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    printf("{\"error\":\"cannot read %s\"}\n", name);
    exit(1);
  }
  struct column c = {.bytes = (size_t)ftell(file)};
  c.data = malloc(c.bytes + 1);
  rewind(file);
  if (c.data == NULL || fread(c.data, 1, c.bytes, file) != c.bytes) exit(1);
  fclose(file);
  return c;
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/** Nanoseconds of one lookup: the median over slices in turn, for `ms` milliseconds after a fifth of that. */
static double measure(const struct way *way, struct column trace, double ms) {
  static double samples[SAMPLES];
  const uint32_t *dst = trace.data;
  size_t rows = trace.bytes / sizeof *dst, slice = rows < SLICE ? rows : SLICE, n = 0, at = 0;
  double warm = now() + ms * 1e6 / 5, end = warm + ms * 1e6;
  for (double start = now(), stop; (start < end || n == 0) && n < SAMPLES; start = stop) {
    way->lookup(dst + at, slice, at);
    stop = now();
    if (start >= warm) samples[n++] = (stop - start) / slice;
    at = at + 2 * slice > rows ? 0 : at + slice;
  }
  qsort(samples, n, sizeof *samples, ascending);
  return samples[n / 2];
}

static void answers(const struct way *way, struct column trace, size_t rows) {
  if (rows > trace.bytes / sizeof(uint32_t)) rows = trace.bytes / sizeof(uint32_t);
  way->lookup(trace.data, rows, 0);
  printf("{\"nexthops\":[");
  for (size_t i = 0; i < rows; i++) printf(i == 0 ? "%u" : ",%u", answer(i));
  printf("]}\n");
}

static void prepare(const struct table *table, size_t answers) {
  double start = now();
  const char *failure = build(table, answers);
  if (failure != NULL) {
    printf("{\"error\":\"%s\"}\n", failure);
    exit(1);
  }
  printf("{\"ways\":[");
  for (struct way *way = ways; way->name != NULL; way++) printf("%s\"%s\"", way == ways ? "" : ",", way->name);
  printf("],\"bytes\":%zu,\"buildMs\":%.1f}\n", size(), (now() - start) / 1e6);
}

int main(int argc, char **argv) {
  if (argc < 3 || argc > 2 + TRACES) return 2;
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);
  struct column addresses = column(argv[1], "addresses");
  struct table table = {
    .rows = addresses.bytes / sizeof(uint32_t),
    .addresses = addresses.data,
    .lengths = column(argv[1], "lengths").data,
    .nexthops = column(argv[1], "nexthops").data,
  };
  struct column traces[TRACES];
  for (int i = 2; i < argc; i++) traces[i - 2] = column(argv[1], argv[i]);

  char line[256], order[16];
  unsigned way, trace;
  double number;
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "%15s %u %u %lf", order, &way, &trace, &number) != 4) return 2;
    if (strcmp(order, "prepare") == 0) prepare(&table, traces[0].bytes / sizeof(uint32_t));
    else if (strcmp(order, "answers") == 0) answers(&ways[way], traces[trace], (size_t)number);
    else printf("{\"ns\":%.4f}\n", measure(&ways[way], traces[trace], number));
  }
  return 0;
}
