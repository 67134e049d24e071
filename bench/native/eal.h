// native/eal.h - DPDK's environment for a process that only wants its tables: no huge pages, devices or telemetry.
#ifndef EAL_H
#define EAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <rte_eal.h>
#include <sched.h>

/** Starts DPDK, and lets the process run on the processors it had; 0, or negative where it cannot. */
static int startEal(void) {
  char *args[] = {"bench", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf", "-m", "1024",
                  "--force-max-simd-bitwidth=512", "--log-level=lib.*:error", NULL};
  cpu_set_t cpus;
  sched_getaffinity(0, sizeof cpus, &cpus);
  int result = rte_eal_init(sizeof args / sizeof *args - 1, args);
  sched_setaffinity(0, sizeof cpus, &cpus);
  return result;
}

#endif
