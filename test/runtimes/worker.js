// worker.js - for workerd: the answers to any request.
import { answers } from './answers.js';

export default {
  /** @returns {Response} */
  fetch() {
    return new Response(answers());
  },
};
