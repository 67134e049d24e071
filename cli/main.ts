#!/usr/bin/env node
/**
 * cli/main.ts - `hoptrie`: a command line is run, and the process ends with its status.
 */
import { run } from './program.js';

// Whoever reads may stop early (`hoptrie show route | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv);
