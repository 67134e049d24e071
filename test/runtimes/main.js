// main.js - for runtimes with a command line: the answers on standard output.
import { answers } from './answers.js';

console.log(answers());
